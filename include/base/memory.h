#ifndef NORMLAB_BASE_MEMORY_H
#define NORMLAB_BASE_MEMORY_H
#include "base/status.h"
#include <stddef.h>

/* Allocates n zeroed items of `size` bytes, aligned to 64 bytes. `memory` is the address of the
 * pointer to set; the caller frees the pointer by free(). With n = 0 the pointer is valid, too.
 * Returns STATUS_MEMORY if there is not enough memory, or if n * size overflows; the message names
 * WHAT and the number of bytes. Not collective. */
Status memory_allocate(void *memory, size_t n, size_t size, const char *what) MUST_CHECK;

/* The same without zeros: the memory has no contents yet. Linux gives it to the node of the machine
 * whose thread writes it first; so what a thread works with, it should write first. */
Status memory_reserve(void *memory, size_t n, size_t size, const char *what) MUST_CHECK;

/* Returns the bytes that memory_allocate takes for n items of `size` bytes: it rounds up. */
size_t memory_bytes(size_t n, size_t size);

/* A block that is to be allocated. `place` is the address of the pointer to set. */
typedef struct MemoryBlock {
  void *place;
  size_t n, size;
  const char *what;
} MemoryBlock;
/* Allocates blocks [n] as memory_allocate does, in order. After a failure the caller frees those
 * whose pointers are not NULL. */
Status memory_allocate_all(const MemoryBlock *blocks, int n) MUST_CHECK;
/* The same without zeros, as memory_reserve does. */
Status memory_reserve_all(const MemoryBlock *blocks, int n) MUST_CHECK;
/* Zeroes blocks [n] that have been reserved. */
void memory_clear_all(const MemoryBlock *blocks, int n);
/* Returns the bytes that memory_allocate_all takes for them. */
size_t memory_bytes_of_all(const MemoryBlock *blocks, int n);

/* Return the largest resident set that this process has had so far, and the one that it has now, in
 * bytes; 0 if it is not known. */
size_t memory_peak(void);
size_t memory_now(void);

/* Looks whether the process may have so many bytes more of address space, which a library would
 * want to have without asking. Returns STATUS_MEMORY where a limit (ulimit -v) does not leave them:
 * WHAT needs them. Not collective. */
Status memory_room(size_t bytes, const char *what) MUST_CHECK;

#endif
