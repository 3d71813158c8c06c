#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ALIGNMENT = 64 };

Status memory_allocate(void *memory, size_t n, size_t size, const char *what) {
  void **place = memory;
  *place = NULL;
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes) || bytes > (size_t)-1 - ALIGNMENT)
    return status_error(STATUS_MEMORY, "%s: %zu items of %zu bytes are more than can be addressed",
                        what, n, size);
  size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (rounded == 0) rounded = ALIGNMENT;
  void *block = aligned_alloc(ALIGNMENT, rounded);
  if (!block) return status_error(STATUS_MEMORY, "%s: no memory for %zu bytes", what, bytes);
  memset(block, 0, rounded);
  *place = block;
  return status_ok();
}

size_t memory_peak(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}
