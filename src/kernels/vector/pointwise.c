#include "kernels/pointwise.h"

#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/sums.h"
#include "vector/vector.h"
#include "vector/walk.h"

/* ---- dropout and ReLU ---- */

/* forward: y = relu(drop(x factor)).  backward: dx = dy factor through the masks; y is read where
 * relu. */
INLINE void element(float *to, const float *from, const float *y, vf factor, const Draw *draw,
                    int word, int byte, int lane, int drop, int relu, int back) {
  vf v = vf_load(from + lane) * factor;
  if (drop) v = draw_apply(v, draw, word, byte, lane);
  if (relu) v = back ? vf_relu_backward(v, vf_load(y + lane)) : vf_relu(v);
  vf_store(to + lane, v);
}

INLINE void walk_all(float *to, const float *from, const float *y, const Dropout *dropout, Shape s,
                     int drop, int relu, int back) {
  vf factor = vf_set(dropout ? dropout_factor(dropout) : 1);
  Draw draw;
  if (drop) draw_start(&draw, dropout);
  for (Walk w = walk_start(s, band_whole(s), NORM_UNIT_CHANNEL, 0, drop); walk_next(&w);) {
    if (drop) draw_group(&draw, w.element / RUN);
    int first = (int)(w.element % RUN), quads = run_quads(w.n, first, drop);
    for (int lane = 0; lane < LANES; lane += VL) {
      size_t at = w.at;
      for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
        for (int byte = 0; byte < 4; byte++, at += LANES)
          element(to + at, from + at, y + at, factor, &draw, first / 4 + q, byte, lane, drop, relu,
                  back);
      for (int i = 4 * quads, e = first + i; i < w.n; i++, e++, at += LANES)
        element(to + at, from + at, y + at, factor, &draw, e / 4, e % 4, lane, drop, relu, back);
    }
  }
}

void ISA_NAME(pointwise_forward)(float *y, const float *x, const Dropout *dropout, int relu,
                                 Shape s) {
  int drop = dropout && dropout->threshold > 0;
  if (drop && relu)
    walk_all(y, x, x, dropout, s, 1, 1, 0);
  else if (drop)
    walk_all(y, x, x, dropout, s, 1, 0, 0);
  else if (relu)
    walk_all(y, x, x, NULL, s, 0, 1, 0);
  else
    walk_all(y, x, x, NULL, s, 0, 0, 0);
}

void ISA_NAME(pointwise_backward)(float *dx, const float *dy, const float *y,
                                  const Dropout *dropout, int relu, Shape s) {
  if (relu) /* y <= 0 is the mask of the dropout, too */
    walk_all(dx, dy, y, dropout, s, 0, 1, 1);
  else if (dropout && dropout->threshold > 0)
    walk_all(dx, dy, dy, dropout, s, 1, 0, 1);
  else
    walk_all(dx, dy, dy, NULL, s, 0, 0, 1);
}

/* ---- sums ---- */

void ISA_NAME(bias_forward)(float *y, const float *x, const float *b, Shape s) {
  for (int c = 0; c < s.c; c++) {
    size_t end = ((size_t)c * s.stride) + (size_t)s.h * (size_t)s.w * LANES;
    vf bias = vf_set(b[c]);
    for (size_t i = (size_t)c * s.stride; i < end; i += VL) vf_store(y + i, vf_load(x + i) + bias);
  }
}

void ISA_NAME(bias_backward)(double *db, const float *dy, Shape s) {
  for (int c = 0; c < s.c; c++) {
    double sum[LANES] = {0};
    const float *d = dy + (size_t)c * s.stride;
    for (int n = s.h * s.w, i = 0; i < n; i += RUN)
      run_add(sum, d + (size_t)i * LANES, n - i < RUN ? n - i : RUN);
    db[c] = lane_sum(sum, LANES);
  }
}

void ISA_NAME(add_forward)(float *y, const float *a, const float *b, Shape s) {
  for (int c = 0; c < s.c; c++) {
    size_t end = ((size_t)c * s.stride) + (size_t)s.h * (size_t)s.w * LANES;
    for (size_t i = (size_t)c * s.stride; i < end; i += VL)
      vf_store(y + i, vf_load(a + i) + vf_load(b + i));
  }
}

/* ---- exact sums of gradients ---- */

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

int ISA_NAME(gradient_add_floats)(int64_t *acc, const float *term, size_t n, double limit) {
  vl bad = {0};
  vdh limits = limit + (vdh){0};
  size_t i = 0;
  for (; i + VH <= n; i += VH) bad |= add_terms(acc + i, vdh_of_floats(term + i), limits);
  if (i < n) {
    vdh rest = {0};
    int64_t sum[VH] = {0};
    for (size_t j = i; j < n; j++) rest[j - i] = term[j];
    bad |= add_terms(sum, rest, limits);
    for (size_t j = i; j < n; j++) acc[j] += sum[j - i];
  }
  return any(bad);
}

int ISA_NAME(gradient_add_doubles)(int64_t *acc, const double *term, size_t n, double limit) {
  vl bad = {0};
  vdh limits = limit + (vdh){0};
  size_t i = 0;
  for (; i + VH <= n; i += VH) bad |= add_terms(acc + i, vdh_load(term + i), limits);
  if (i < n) {
    vdh rest = {0};
    int64_t sum[VH] = {0};
    for (size_t j = i; j < n; j++) rest[j - i] = term[j];
    bad |= add_terms(sum, rest, limits);
    for (size_t j = i; j < n; j++) acc[j] += sum[j - i];
  }
  return any(bad);
}
