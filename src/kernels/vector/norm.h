#ifndef NORMLAB_KERNELS_VECTOR_NORM_H
#define NORMLAB_KERNELS_VECTOR_NORM_H
/* The functions of kernels/norm.h for one instruction set. */
#include "kernels/norm.h"

typedef struct NormKernels {
  void (*sums)(double *sum, double *square, const float *x, Shape s, NormUnit unit);
  void (*forward)(float *y, const float *x, const NormCall *call);
  void (*backward_begin)(const NormGradient *gradient, const NormCall *call);
  void (*backward_band)(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const float *y, const NormCall *call);
  void (*backward_end)(const NormGradient *gradient, const NormCall *call);
  void (*backward_apply)(float *dx, const float *dz, const float *x, const double *mean_d,
                         const double *mean_dx, int n_valid, const NormCall *call);
} NormKernels;

extern const NormKernels norm_kernels_portable, norm_kernels_avx2, norm_kernels_avx512;

#endif
