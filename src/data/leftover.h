#ifndef NORMLAB_DATA_LEFTOVER_H
#define NORMLAB_DATA_LEFTOVER_H
/* Signs that a data folder is not what it seems: files of downloads that have not ended, and a file
 * beside its compressed copy that is another. Not collective. */
#include "base/status.h"

/* Returns STATUS_DATA if the folder has a file whose name begins with one of the stems and ends as
 * programs name downloads and copies that go on (.part, .crdownload, .aria2, rsync's hidden files).
 * The list of stems ends with NULL. A folder that cannot be listed has none. */
Status leftover_refuse(const char *folder, const char *const *stems) MUST_CHECK;

/* Returns STATUS_DATA if two files, compressed or not, differ in content. Other failures are those
 * of reading. */
Status twins_check(const char *path, const char *twin) MUST_CHECK;

#endif
