#ifndef NORMLAB_KERNELS_VECTOR_MOMENTS_H
#define NORMLAB_KERNELS_VECTOR_MOMENTS_H
/* The functions of kernels/moments.h for one instruction set. */
#include "kernels/moments.h"

typedef struct MomentsKernels {
  void (*widen)(double *to, const float *x, int n); /* n elements of 16 lanes */
  /* sums[l][k] = sum over columns j < n and lanes of a[j stride + l] b[j stride + k], l < n_left,
   * k < n_right; a and b are rows [..][16] of values of floats. Lane by lane, then the lanes in the
   * order of lane_sum. */
  void (*products)(double *sums, const double *a, int n_left, const double *b, int n_right,
                   int stride, int n);
} MomentsKernels;

extern const MomentsKernels moments_kernels_portable, moments_kernels_avx2, moments_kernels_avx512;

#endif
