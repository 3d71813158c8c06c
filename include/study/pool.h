#ifndef NORMLAB_STUDY_POOL_H
#define NORMLAB_STUDY_POOL_H
/* Pieces of memory that are freed together. The failures are STATUS_MEMORY. Not collective. */
#include "base/status.h"
#include <stddef.h>

typedef struct Pool {
  void **blocks;
  size_t n, capacity;
} Pool;

/* Allocates n zeroed items of `size` bytes. `items` is the address of the pointer to set. */
Status pool_items(Pool *pool, void *items, size_t n, size_t size) MUST_CHECK;
/* Allocates a printf-style text. */
Status pool_text(Pool *pool, char **text, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));
/* Hands a block of malloc() over to the pool, which frees it, also after a failure. NULL is a
 * failure to allocate. */
Status pool_keep(Pool *pool, void *block) MUST_CHECK;
void pool_free(Pool *pool);

#endif
