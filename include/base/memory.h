#ifndef NORMLAB_BASE_MEMORY_H
#define NORMLAB_BASE_MEMORY_H
#include "base/status.h"
#include <stddef.h>

/* Sets *memory to n zeroed items of SIZE bytes, aligned to 64 bytes; n = 0 gives a valid pointer.
 * Fails with STATUS_MEMORY, naming WHAT and the bytes asked for; n * size may not overflow
 * unnoticed. Freed by free(). */
Status memory_allocate(void *memory, size_t n, size_t size, const char *what) MUST_CHECK;

/* Largest resident set of this process so far, bytes. */
size_t memory_peak(void);

#endif
