#include "study/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static Status no_memory(void) {
  return status_error(STATUS_MEMORY, "study: no memory");
}

Status pool_keep(Pool *pool, void *block) {
  if (!block) return no_memory();
  if (pool->n == pool->capacity) {
    size_t capacity = pool->capacity ? 2 * pool->capacity : 64;
    void **blocks = realloc(pool->blocks, capacity * sizeof *blocks);
    if (!blocks) {
      free(block);
      return no_memory();
    }
    pool->blocks = blocks;
    pool->capacity = capacity;
  }
  pool->blocks[pool->n++] = block;
  return status_ok();
}

Status pool_items(Pool *pool, void *items, size_t n, size_t size) {
  void **place = items;
  *place = calloc(n ? n : 1, size);
  Status status = pool_keep(pool, *place);
  if (status.code != STATUS_OK) *place = NULL;
  return status;
}

Status pool_text(Pool *pool, char **text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(text, format, arguments) < 0) *text = NULL;
  va_end(arguments);
  Status status = pool_keep(pool, *text);
  if (status.code != STATUS_OK) *text = NULL;
  return status;
}

void pool_free(Pool *pool) {
  for (size_t i = 0; i < pool->n; i++) free(pool->blocks[i]);
  free(pool->blocks);
  *pool = (Pool){0};
}
