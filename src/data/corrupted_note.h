#ifndef NORMLAB_DATA_CORRUPTED_NOTE_H
#define NORMLAB_DATA_CORRUPTED_NOTE_H
/* The writing side of corruption.txt. Not collective. */
#include "data/corrupted.h"

/* The name of the file in its folder. */
#define CORRUPTED_NOTE "corruption.txt"

/* Writes the file into a folder that has none. */
Status corrupted_write(const CorruptedNote *note, const char *folder) MUST_CHECK;

#endif
