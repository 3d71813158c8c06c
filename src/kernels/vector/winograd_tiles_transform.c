#include "vector/winograd_tiles.h"

/* from_place, to_place: floats from place to place; n_to: how many outputs are wanted. */
INLINE void transform_in(const Transform *t, const int m, const size_t from_place) {
  const float *from[WINOGRAD_N_MAX];
#pragma GCC unroll 6
  for (int k = 0; k < m + 2; k++) from[k] = t->from[k];
  float *to = t->to;
  const size_t next = t->to_next;
  for (int c = 0; c < t->n_channels; c++, to += t->to_step) {
    const size_t n = (size_t)t->n * LANES;
    for (size_t q = 0, p = 0; q < n; q += LANES, p += from_place) {
      for (int l = 0; l < LANES; l += VL) {
        vf d[WINOGRAD_N_MAX], v[WINOGRAD_N_MAX];
#pragma GCC unroll 6
        for (int k = 0; k < m + 2; k++) d[k] = vf_load(from[k] + p + l);
        winograd_in(v, d, m);
#pragma GCC unroll 6
        for (int k = 0; k < m + 2; k++) vf_store(to + (size_t)k * next + q + l, v[k]);
      }
    }
#pragma GCC unroll 6
    for (int k = 0; k < m + 2; k++) from[k] += t->from_step[k];
  }
}

INLINE void transform_out(const Transform *t, const int m, const size_t to_place, const int n_to) {
  const float *from[WINOGRAD_N_MAX];
#pragma GCC unroll 6
  for (int k = 0; k < m + 2; k++) from[k] = t->from[k];
  float *to = t->to;
  const size_t next = t->to_next;
  for (int c = 0; c < t->n_channels; c++, to += t->to_step) {
    const size_t n = (size_t)t->n * LANES;
    for (size_t q = 0, p = 0; q < n; q += LANES, p += to_place) {
      for (int l = 0; l < LANES; l += VL) {
        vf v[WINOGRAD_N_MAX], y[WINOGRAD_M_MAX];
#pragma GCC unroll 6
        for (int k = 0; k < m + 2; k++) v[k] = vf_load(from[k] + q + l);
        winograd_out(y, v, m);
#pragma GCC unroll 4
        for (int k = 0; k < n_to; k++) vf_store(to + (size_t)k * next + p + l, y[k]);
      }
    }
#pragma GCC unroll 6
    for (int k = 0; k < m + 2; k++) from[k] += t->from_step[k];
  }
}

#define OUT(m, n)                                                                                  \
  static void out_##m##_##n(const Transform *t) {                                                  \
    transform_out(t, m, LANES, n);                                                                 \
  }
#define DOWN(m)                                                                                    \
  static void down_##m(const Transform *t) {                                                       \
    transform_in(t, m, LANES);                                                                     \
  }
#define ACROSS(m)                                                                                  \
  static void in_##m(const Transform *t) {                                                         \
    transform_in(t, m, (m)*LANES);                                                                 \
  }                                                                                                \
  static void across_##m(const Transform *t) {                                                     \
    transform_out(t, m, (m)*LANES, m);                                                             \
  }
DOWN(2)
DOWN(3)
ACROSS(2)
ACROSS(3)
ACROSS(4)
OUT(2, 1)
OUT(2, 2)
OUT(3, 1)
OUT(3, 2)
OUT(3, 3)

const Transforms ISA_NAME(winograd_transforms)[WINOGRAD_M_MAX + 1] = {
    [2] = {down_2, in_2, across_2, {out_2_1, out_2_2}},
    [3] = {down_3, in_3, across_3, {out_3_1, out_3_2, out_3_3}},
    [4] = {.in = in_4, .across = across_4}};
