#include "kernels/isa.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

static const char *const NAMES[ISA_COUNT] = {"portable", "avx2", "avx512"};
static Isa current = ISA_PORTABLE;

const char *isa_name(Isa isa) {
  return NAMES[isa];
}

Isa isa_current(void) {
  return current;
}

static int has(Isa isa) {
  switch (isa) {
  case ISA_PORTABLE:
    return 1;
#ifdef HAVE_ISA_AVX2
  case ISA_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#ifdef HAVE_ISA_AVX512
  case ISA_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  default:
    return 0;
  }
}

Status isa_select(void) {
  const char *wanted = getenv("NORMLAB_ISA");
  for (int i = ISA_COUNT - 1; i >= 0; i--) {
    int named = wanted && *wanted;
    if (named && strcmp(wanted, NAMES[i]) != 0) continue;
    if (has((Isa)i)) {
      current = (Isa)i;
      return status_ok();
    }
    if (named)
      return status_error(STATUS_USAGE,
                          "NORMLAB_ISA=%s: this processor or build does not have it; unset it",
                          wanted);
  }
  return status_error(STATUS_USAGE, "NORMLAB_ISA=%s: unknown; use portable, avx2 or avx512",
                      wanted);
}

void isa_flush_denormals(void) {
#ifdef __SSE2__
  _mm_setcsr(_mm_getcsr() | 0x8040); /* FTZ and DAZ */
#endif
}
