#ifndef NORMLAB_STUDY_PART_H
#define NORMLAB_STUDY_PART_H
/* Files of a submission's folder. The failures are STATUS_FILE. Not collective. */
#include "base/status.h"

/* Copies a file with the rights that it has; the copy must not be there yet. */
Status part_copy(const char *from, const char *to) MUST_CHECK;
/* Writes a text to a file, in place of what it held. */
Status part_write(const char *path, const char *text) MUST_CHECK;

#endif
