#ifndef NORMLAB_BASE_MEMORY_H
#define NORMLAB_BASE_MEMORY_H
#include "base/status.h"
#include <stddef.h>

/* Allocates n zeroed items of `size` bytes, aligned to 64 bytes. `memory` is the address of the
 * pointer to set; the caller frees the pointer by free(). With n = 0 the pointer is valid, too.
 * Returns STATUS_MEMORY if there is not enough memory, or if n * size overflows; the message names
 * WHAT and the number of bytes. Not collective. */
Status memory_allocate(void *memory, size_t n, size_t size, const char *what) MUST_CHECK;

/* Returns the largest resident set that this process has had so far, in bytes. */
size_t memory_peak(void);

#endif
