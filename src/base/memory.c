#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Of cache lines; and of pages of 2 MB, for blocks of several of them: kernels walk through
 * activations in steps of tens of kilobytes, so that pages of 4 KB do not fit a TLB. */
enum { ALIGNMENT = 64, HUGE = 2 << 20 };

Status memory_allocate(void *memory, size_t n, size_t size, const char *what) {
  void **place = memory;
  *place = NULL;
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes) || bytes > (size_t)-1 - HUGE)
    return status_error(STATUS_MEMORY, "%s: %zu items of %zu bytes are more than can be addressed",
                        what, n, size);
  const size_t alignment = bytes >= 2 * HUGE ? HUGE : ALIGNMENT;
  size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded == 0) rounded = alignment;
  void *block = aligned_alloc(alignment, rounded);
  if (!block) return status_error(STATUS_MEMORY, "%s: no memory for %zu bytes", what, bytes);
#ifdef MADV_HUGEPAGE
  if (alignment == HUGE) (void)madvise(block, rounded, MADV_HUGEPAGE); /* a hint */
#endif
  memset(block, 0, rounded);
  *place = block;
  return status_ok();
}

size_t memory_peak(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}
