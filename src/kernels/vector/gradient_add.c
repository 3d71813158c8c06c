#include "vector/gradient_add.h"

#include "vector/kernel_set.h"
#include "vector/sums.h"

/* Each to the nearest integer, ties to even; |v| < 2^63. */
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
  return (vl)((((vlu)upper - (vlu)magic) << 32) + ((vlu)lower - (vlu)magic));
#endif
}

/* The integers of terms; sets lanes of bad to -1 where a term is left out. */
static inline vl steps_of(vdh term, vdh limit, vl *bad) {
  vl ok = (term < limit) & (term > -limit);
  *bad |= ~ok;
  return to_integers((vdh)((vl)term & ok) * (1 / EXACT_GRADIENT_STEP));
}

static int any(vl bad) {
  int64_t all = 0;
  for (int i = 0; i < VH; i++) all |= bad[i];
  return all != 0;
}

/* VH terms at a time. */
INLINE void add_terms(int64_t *acc, const float *term, vdh limit, vl *bad) {
  vl sum;
  memcpy(&sum, acc, sizeof sum);
  sum += steps_of(vdh_of_floats(term), limit, bad);
  memcpy(acc, &sum, sizeof sum);
}

int ISA_NAME(gradient_add_floats)(int64_t *acc, const float *term, size_t n, double limit) {
  const vdh limits = limit + (vdh){0};
  vl bad = {0};
  for (; n >= VH; n -= VH, acc += VH, term += VH) add_terms(acc, term, limits, &bad);
  if (n > 0) {
    float rest[VH] = {0};
    int64_t sum[VH] = {0};
    memcpy(rest, term, n * sizeof *term);
    add_terms(sum, rest, limits, &bad);
    for (size_t i = 0; i < n; i++) acc[i] += sum[i];
  }
  return any(bad);
}

int ISA_NAME(gradient_add_double_lanes)(int64_t *acc, const double *term, size_t n, double limit) {
  const vdh limits = limit + (vdh){0};
  vl bad = {0};
  for (size_t i = 0; i < n; i++, term += LANES) {
    vl steps = {0};
    for (int l = 0; l < LANES; l += VH) steps += steps_of(vdh_load(term + l), limits, &bad);
    for (int l = 0; l < VH; l++) acc[i] += steps[l];
  }
  return any(bad);
}

/* acc[i] += the sum of lane[i] [16], i < VH. */
static __attribute__((noinline)) vl add_large_rows(int64_t *acc, const float *lane, double limit) {
  vl bad = {0};
  for (int i = 0; i < VH; i++) {
    vl steps = {0};
    for (int l = 0; l < LANES; l += VH)
      steps += steps_of(vdh_of_floats(lane + i * LANES + l), limit + (vdh){0}, &bad);
    for (int l = 0; l < VH; l++) acc[i] += steps[l];
  }
  return bad;
}

/* The same, where only lanes of at least `small` need a look at the limit. */
INLINE vl add_rows(int64_t *acc, const float *lane, double limit, int small) {
  const vdh magic = GRADIENT_MAGIC + (vdh){0};
  vi largest = {0};
  vlu row[VH];
#pragma GCC unroll 8
  for (int i = 0; i < VH; i++) {
    row[i] = (vlu){0};
#pragma GCC unroll 4
    for (int l = 0; l < LANES; l += VL)
      largest = vi_max(largest, vf_magnitude(lane + i * LANES + l));
#pragma GCC unroll 8
    for (int l = 0; l < LANES; l += VH)
      row[i] += (vlu)(vdh_of_floats(lane + i * LANES + l) + magic);
  }
  if (__builtin_expect(vi_reaches(largest, small), 0)) return add_large_rows(acc, lane, limit);
  vlu sum;
  fold_rows(row);
  memcpy(&sum, acc, sizeof sum);
  sum += row[0] - LANES * (vlu)magic;
  memcpy(acc, &sum, sizeof sum);
  return (vl){0};
}

int ISA_NAME(gradient_add_lanes)(int64_t *acc, const float *lane, size_t n, double limit) {
  const int small = magnitude((float)(limit < GRADIENT_SMALL ? limit : GRADIENT_SMALL)) - 1;
  vl bad = {0};
  for (; n >= VH; n -= VH, acc += VH, lane += VH * LANES) bad |= add_rows(acc, lane, limit, small);
  if (n > 0) {
    float rest[VH * LANES] CACHE_LINE = {0};
    int64_t sum[VH] = {0};
    memcpy(rest, lane, n * LANES * sizeof *lane);
    bad |= add_rows(sum, rest, limit, small);
    for (size_t i = 0; i < n; i++) acc[i] += sum[i];
  }
  return any(bad);
}
