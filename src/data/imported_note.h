#ifndef NORMLAB_DATA_IMPORTED_NOTE_H
#define NORMLAB_DATA_IMPORTED_NOTE_H
/* Files of a folder that normlab data import has made. Not collective. */
#include "data/idx.h"
#include "data/imported.h"

#define IMPORTED_NOTE "images.txt"
#define NAMED_NOTE "names.txt"

/* The IDX files of such a folder, in this order. */
enum { IMPORTED_FILES = 4 };
extern const char *const IMPORTED_NAMES[IMPORTED_FILES];

/* Write FOLDER/images.txt or FOLDER/names.txt, which must not exist, and sync it. */
Status imported_write(const ImportedNote *note, const char *folder) MUST_CHECK;
Status named_write(const ImportedNote *note, const char *folder) MUST_CHECK;

#endif
