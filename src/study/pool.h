#ifndef NORMLAB_STUDY_POOL_H
#define NORMLAB_STUDY_POOL_H
/* Memory that is freed together. */
#include "base/status.h"
#include <stddef.h>

typedef struct Pool {
  void **blocks;
  size_t n, capacity;
} Pool;

/* n zeroed items. */
Status pool_items(Pool *pool, void *items, size_t n, size_t size) MUST_CHECK;
Status pool_text(Pool *pool, char **text, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));
/* Hands over a block of malloc's, also after a failure; NULL is a failure to allocate. */
Status pool_keep(Pool *pool, void *block) MUST_CHECK;
void pool_free(Pool *pool);

#endif
