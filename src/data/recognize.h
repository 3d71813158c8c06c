#ifndef NORMLAB_DATA_RECOGNIZE_H
#define NORMLAB_DATA_RECOGNIZE_H
/* Kinds of files that are given in place of data, told by their first bytes: archives, images of
 * other formats, NumPy's and Python's files, web pages. A row of src/data/recognize.c is a kind.
 * Not collective. */
#include "base/status.h"
#include <stddef.h>

/* Returns what the file at a path is and what to do with it, such as "is a zip archive: unpack it";
 * the text is static. Returns NULL if it is nothing known, or cannot be read. Of a file that is
 * compressed by gzip it is the content that counts. */
const char *recognize_file(const char *path);

/* Returns STATUS_DATA if the file is such a one, with that text and what was expected. */
Status recognize_refuse(const char *path, const char *expected) MUST_CHECK;

/* Looks through a folder without data for what data are usually packed in or made of: an archive,
 * CIFAR-10's Python version. Writes "; there is NAME, which is a zip archive: unpack it", or "". */
void recognize_in_folder(char *text, size_t bytes, const char *folder);

#endif
