#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of cache lines; and of pages of 2 MB, for blocks of several of them: kernels walk through
 * activations in steps of tens of kilobytes, so that pages of 4 KB do not fit a TLB. */
enum { ALIGNMENT = 64, HUGE = 2 << 20 };

static size_t alignment_of(size_t bytes) {
  return bytes >= 2 * HUGE ? HUGE : ALIGNMENT;
}

static size_t rounded_up(size_t bytes) {
  const size_t alignment = alignment_of(bytes);
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  return rounded > 0 ? rounded : alignment;
}

size_t memory_bytes(size_t n, size_t size) {
  return rounded_up(n * size);
}

Status memory_reserve(void *memory, size_t n, size_t size, const char *what) {
  void **place = memory;
  *place = NULL;
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes) || bytes > (size_t)-1 - HUGE)
    return status_error(STATUS_MEMORY, "%s: %zu items of %zu bytes are more than can be addressed",
                        what, n, size);
  const size_t alignment = alignment_of(bytes), rounded = rounded_up(bytes);
  void *block = aligned_alloc(alignment, rounded);
  if (!block) return status_error(STATUS_MEMORY, "%s: no memory for %zu bytes", what, bytes);
#ifdef MADV_HUGEPAGE
  if (alignment == HUGE) (void)madvise(block, rounded, MADV_HUGEPAGE); /* a hint */
#endif
  *place = block;
  return status_ok();
}

Status memory_allocate(void *memory, size_t n, size_t size, const char *what) {
  void **place = memory;
  TRY(memory_reserve(memory, n, size, what));
  memset(*place, 0, memory_bytes(n, size));
  return status_ok();
}

Status memory_allocate_all(const MemoryBlock *blocks, int n) {
  for (int i = 0; i < n; i++)
    TRY(memory_allocate(blocks[i].place, blocks[i].n, blocks[i].size, blocks[i].what));
  return status_ok();
}

Status memory_reserve_all(const MemoryBlock *blocks, int n) {
  for (int i = 0; i < n; i++)
    TRY(memory_reserve(blocks[i].place, blocks[i].n, blocks[i].size, blocks[i].what));
  return status_ok();
}

void memory_clear_all(const MemoryBlock *blocks, int n) {
  for (int i = 0; i < n; i++)
    memset(*(void **)blocks[i].place, 0, memory_bytes(blocks[i].n, blocks[i].size));
}

size_t memory_bytes_of_all(const MemoryBlock *blocks, int n) {
  size_t sum = 0;
  for (int i = 0; i < n; i++) sum += memory_bytes(blocks[i].n, blocks[i].size);
  return sum;
}

size_t memory_now(void) {
  size_t total, resident;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  int n = fscanf(file, "%zu %zu", &total, &resident);
  fclose(file);
  return n == 2 ? resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

size_t memory_peak(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

Status memory_room(size_t bytes, const char *what) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return status_ok();
  void *room = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED)
    return status_error(STATUS_MEMORY,
                        "%s needs %zu MB more of address space than the limit of %llu MB leaves; "
                        "raise it (ulimit -v)",
                        what, bytes >> 20, (unsigned long long)limit.rlim_cur >> 20);
  munmap(room, bytes);
  return status_ok();
}
