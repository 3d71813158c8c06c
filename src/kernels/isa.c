#include "kernels/isa.h"

#include "vector/kernel_set.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

typedef struct IsaRow {
  const char *name;
  const KernelSet *kernels;  /* of blocks of 16 lanes; NULL: not in this build */
  const KernelSet *narrow;   /* of blocks of 8 lanes */
  int (*is_supported)(void); /* by the processor */
} IsaRow;

extern const KernelSet kernel_set_portable, kernel_set_portable_narrow;

static int has_portable(void) {
  return 1;
}

#ifdef HAVE_ISA_AVX2
extern const KernelSet kernel_set_avx2, kernel_set_avx2_narrow;

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

#ifdef HAVE_ISA_AVX512
extern const KernelSet kernel_set_avx512, kernel_set_avx512_narrow;

static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

static const IsaRow ROWS[ISA_COUNT] = {
    [ISA_PORTABLE] = {"portable", &kernel_set_portable, &kernel_set_portable_narrow, has_portable},
#ifdef HAVE_ISA_AVX2
    [ISA_AVX2] = {"avx2", &kernel_set_avx2, &kernel_set_avx2_narrow, has_avx2},
#else
    [ISA_AVX2] = {"avx2", NULL, NULL, NULL},
#endif
#ifdef HAVE_ISA_AVX512
    [ISA_AVX512] = {"avx512", &kernel_set_avx512, &kernel_set_avx512_narrow, has_avx512},
#else
    [ISA_AVX512] = {"avx512", NULL, NULL, NULL},
#endif
};

static Isa current = ISA_PORTABLE;
static _Thread_local int lanes_of_thread = LANES;

const char *isa_name(Isa isa) {
  return ROWS[isa].name;
}

Isa isa_current(void) {
  return current;
}

const KernelSet *kernel_set(void) {
  const IsaRow *row = &ROWS[current];
  return lanes_of_thread == LANES ? row->kernels : row->narrow;
}

int block_lanes(void) {
  return lanes_of_thread;
}

void block_set_lanes(int lanes) {
  lanes_of_thread = lanes;
}

Status isa_select(void) {
  const char *wanted = getenv("NORMLAB_ISA");
  const int is_named = wanted && *wanted;
  for (int i = ISA_COUNT - 1; i >= 0; i--) {
    const IsaRow *row = &ROWS[i];
    if (is_named && strcmp(wanted, row->name) != 0) continue;
    if (row->kernels && row->is_supported()) {
      current = (Isa)i;
      return status_ok();
    }
    if (is_named)
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
