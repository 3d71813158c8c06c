#include "vector/kernel_set.h"
#include "vector/vector.h"

typedef int64_t vl __attribute__((vector_size(VL_BYTES), may_alias)); /* VH integers */

/* Each to the nearest integer, ties to even; |v| < 2^62. */
static inline vl to_integers(vdh v) {
#if defined ISA_IS_AVX512
  return (vl)_mm512_cvtpd_epi64((__m512d)v);
#else
  /* Adding 1.5 x 2^52 leaves the nearest integer in the low bits of a double. Large numbers go in
   * two parts: the upper one is a multiple of 2^32, so it does not touch the tie-breaking of the
   * lower. */
  const vdh magic = 0x1.8p52 + (vdh){0};
  vdh upper = v * 0x1p-32 + magic;
  vdh lower = (v - (upper - magic) * 0x1p32) + magic;
  return (((vl)upper - (vl)magic) << 32) + ((vl)lower - (vl)magic);
#endif
}

/* Adds terms; returns non-zero lanes where a term was left out. */
static inline vl add_terms(int64_t *acc, vdh term, vdh limit) {
  vl sum, ok = (term < limit) & (term > -limit);
  vdh kept = (vdh)((vl)term & ok);
  memcpy(&sum, acc, sizeof sum);
  sum += to_integers(kept * 0x1p40);
  memcpy(acc, &sum, sizeof sum);
  return ~ok;
}

static int any(vl bad) {
  int64_t all = 0;
  for (int i = 0; i < VH; i++) all |= bad[i];
  return all != 0;
}

/* VH terms from number i on; one of the two arrays is NULL. */
INLINE vdh load_terms(const float *floats, const double *doubles, size_t i) {
  return floats ? vdh_of_floats(floats + i) : vdh_load(doubles + i);
}

INLINE int gradient_add(int64_t *acc, const float *floats, const double *doubles, size_t n,
                        double limit) {
  const vdh limits = limit + (vdh){0};
  vl bad = {0};
  size_t i = 0;
  for (; i + VH <= n; i += VH) bad |= add_terms(acc + i, load_terms(floats, doubles, i), limits);
  if (i < n) {
    vdh rest = {0};
    int64_t sum[VH] = {0};
    for (size_t j = i; j < n; j++) rest[j - i] = floats ? (double)floats[j] : doubles[j];
    bad |= add_terms(sum, rest, limits);
    for (size_t j = i; j < n; j++) acc[j] += sum[j - i];
  }
  return any(bad);
}

int ISA_NAME(gradient_add_floats)(int64_t *acc, const float *term, size_t n, double limit) {
  return gradient_add(acc, term, NULL, n, limit);
}

int ISA_NAME(gradient_add_doubles)(int64_t *acc, const double *term, size_t n, double limit) {
  return gradient_add(acc, NULL, term, n, limit);
}
