#ifndef NORMLAB_KERNELS_GRADIENT_ADD_H
#define NORMLAB_KERNELS_GRADIENT_ADD_H
/* Rounding to the grid of gradients (base/exact.h) by one addition: with 1.5 x 2^52 steps added,
 * the low bits of a double are the number of steps of what was added, rounded to nearest, ties to
 * even, if its magnitude is below GRADIENT_SMALL. */
#include "base/exact.h"
#include "vector/vector.h"

#define GRADIENT_MAGIC (0x1.8p52 * EXACT_GRADIENT_STEP)
#define GRADIENT_SMALL (0x1p51 * EXACT_GRADIENT_STEP)

/* The bits of magnitudes are integers in the same order: infinity above numbers, NaN above it. */
static inline vi vf_magnitude(const float *x) {
  return (vi)vf_load(x) & INT32_MAX;
}
static inline int32_t magnitude(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & INT32_MAX;
}
static inline float magnitude_value(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#endif
