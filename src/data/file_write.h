#ifndef NORMLAB_DATA_FILE_WRITE_H
#define NORMLAB_DATA_FILE_WRITE_H
/* New files and folders of data. Not collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

/* A part of a file's content. */
typedef struct FilePart {
  const uint8_t *bytes;
  size_t n;
} FilePart;

/* Writes a new file of parts [n_parts] and syncs it; gzip = 1 compresses it. The file must not
 * exist before, and does not exist after a failure, which is STATUS_FILE or STATUS_MEMORY. */
Status file_write(const char *path, const FilePart *parts, int n_parts, int gzip) MUST_CHECK;

/* Gives a file another name: a hard link or, where the file system allows none, a copy. `to` must
 * not exist before, and does not exist after a failure. */
Status file_link(const char *from, const char *to) MUST_CHECK;

/* Makes a folder and those above it, as far as they are missing. */
Status folder_make(const char *folder) MUST_CHECK;

/* Syncs the names in a folder. */
Status folder_sync(const char *folder) MUST_CHECK;

#endif
