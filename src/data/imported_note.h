#ifndef NORMLAB_DATA_IMPORTED_NOTE_H
#define NORMLAB_DATA_IMPORTED_NOTE_H
/* Files of a folder that normlab data import has made. Not collective. */
#include "data/idx.h"
#include "data/imported.h"

#define IMPORTED_NOTE "images.txt"

/* The IDX files of such a folder, in this order. */
enum { IMPORTED_FILES = 4 };
extern const char *const IMPORTED_NAMES[IMPORTED_FILES];

/* Returns whether a name can stand in a line of images.txt: it is not empty, has fewer bytes, is
 * UTF-8, and has no control characters. */
int imported_name_is_fine(const char *name, size_t bytes);

/* Writes FOLDER/images.txt, which must not exist, and syncs it. */
Status imported_write(const ImportedNote *note, const char *folder) MUST_CHECK;

#endif
