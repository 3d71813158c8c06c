#ifndef NORMLAB_TESTS_SUPPORT_RANKS_H
#define NORMLAB_TESTS_SUPPORT_RANKS_H
#include "dist/dist.h"

/* Of the leak sanitizer, if it is there. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* dist_start, but without its limit, as ctest has one for the whole test; and dist_end. What MPI
 * keeps to the end is not called a leak. */
static inline Status ranks_start(int *argc, char ***argv) {
  if (__lsan_disable) __lsan_disable();
  Status status = dist_start(argc, argv);
  if (__lsan_enable) __lsan_enable();
  dist_limit(0);
  return status;
}

static inline void ranks_end(void) {
  if (__lsan_disable) __lsan_disable();
  dist_end();
  if (__lsan_enable) __lsan_enable();
}

#endif
