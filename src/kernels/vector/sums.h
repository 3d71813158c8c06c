#ifndef NORMLAB_KERNELS_SUMS_H
#define NORMLAB_KERNELS_SUMS_H
/* Sums over runs and over lanes, in double precision, in an order that does not depend on the
 * vector length. */
#include "vector/vector.h"
#include "vector/walk.h"

/* Adds VL floats to VL doubles. */
static inline void add_floats(double *sum, vf v) {
  for (int h = 0; h < 2; h++) vdh_store(sum + h * VH, vdh_load(sum + h * VH) + vdh_half(v, h));
}

typedef struct SquareSums {
  vdh x, square;
} SquareSums;

static inline void add_square(SquareSums *s, const float *x) {
  vdh v = vdh_of_floats(x);
  s->x += v;
  s->square = vdh_add_product(s->square, v, v);
}

/* Adds the x of a run to sum [16] and their squares to square [16]. Even and odd elements are added
 * up by themselves, so that no addition waits for the one before. */
static inline void run_add_squares(double *sum, double *square, const float *x, int n) {
  for (int lane = 0; lane < LANES; lane += VL) {
    SquareSums even[2] = {{{0}, {0}}}, odd[2] = {{{0}, {0}}};
    const float *p = x + lane;
    int i = 0;
    for (; i + 1 < n; i += 2, p += 2 * LANES)
      for (int h = 0; h < 2; h++) {
        add_square(&even[h], p + h * VH);
        add_square(&odd[h], p + LANES + h * VH);
      }
    for (int h = 0; h < 2; h++) {
      double *to = sum + lane + h * VH, *to_square = square + lane + h * VH;
      if (i < n) add_square(&even[h], p + h * VH);
      vdh_store(to, vdh_load(to) + (even[h].x + odd[h].x));
      vdh_store(to_square, vdh_load(to_square) + (even[h].square + odd[h].square));
    }
  }
}

/* Adds the x of a run to sum [16]. */
static inline void run_add(double *sum, const float *x, int n) {
  for (int lane = 0; lane < LANES; lane += VH) {
    vdh even = vdh_load(sum + lane), odd = {0};
    int i = 0;
    for (; i + 1 < n; i += 2) {
      even += vdh_of_floats(x + i * LANES + lane);
      odd += vdh_of_floats(x + (i + 1) * LANES + lane);
    }
    if (i < n) even += vdh_of_floats(x + i * LANES + lane);
    vdh_store(sum + lane, even + odd);
  }
}

/* Of blocks of `width` doubles: the lower halves of a's and b's blocks in turn, and the upper. */
#if defined ISA_IS_AVX512
static inline vdh lower_halves(vdh a, vdh b, int width) {
  if (width == 8) return VD_SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
  if (width == 4) return VD_SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
  return VD_SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
}
static inline vdh upper_halves(vdh a, vdh b, int width) {
  if (width == 8) return VD_SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  if (width == 4) return VD_SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  return VD_SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}
#elif defined ISA_IS_AVX2
static inline vdh lower_halves(vdh a, vdh b, int width) {
  return width == 4 ? VD_SHUFFLE(a, b, 0, 1, 4, 5) : VD_SHUFFLE(a, b, 0, 4, 2, 6);
}
static inline vdh upper_halves(vdh a, vdh b, int width) {
  return width == 4 ? VD_SHUFFLE(a, b, 2, 3, 6, 7) : VD_SHUFFLE(a, b, 1, 5, 3, 7);
}
#else
static inline vdh lower_halves(vdh a, vdh b, int width) {
  (void)width;
  return VD_SHUFFLE(a, b, 0, 2);
}
static inline vdh upper_halves(vdh a, vdh b, int width) {
  (void)width;
  return VD_SHUFFLE(a, b, 1, 3);
}
#endif

/* row[0] = the sums of the VH rows. */
INLINE void fold_rows(vlu *row) {
#pragma GCC unroll 4
  for (int half = VH / 2; half > 0; half /= 2)
#pragma GCC unroll 4
    for (int i = 0; i < half; i++) {
      const vdh a = (vdh)row[i], b = (vdh)row[i + half];
      row[i] = (vlu)lower_halves(a, b, 2 * half) + (vlu)upper_halves(a, b, 2 * half);
    }
}

#endif
