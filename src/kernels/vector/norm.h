#ifndef NORMLAB_KERNELS_VECTOR_NORM_H
#define NORMLAB_KERNELS_VECTOR_NORM_H
/* The functions of kernels/norm.h for one instruction set. */
#include "kernels/norm.h"

typedef struct NormKernels {
  void (*sums)(double *sum, double *square, const float *x, Shape s, NormUnit unit);
  void (*forward)(float *y, const float *x, const double *mean, const double *rstd,
                  const float *gamma, const float *beta, const Dropout *dropout, int relu, Shape s,
                  Band band, NormUnit unit, NormAffine affine);
  void (*backward_begin)(double *sum_d, double *sum_dx, double *dgamma, double *dbeta, Shape s,
                         NormUnit unit, NormAffine affine);
  void (*backward_band)(float *dz, double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                        const float *dy, const float *x, const float *y, const double *mean,
                        const double *rstd, const float *gamma, const Dropout *dropout, int relu,
                        Shape s, Band band, NormUnit unit, NormAffine affine);
  void (*backward_end)(double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                       const double *mean, const double *rstd, const float *gamma,
                       const Dropout *dropout, Shape s, Band band, NormUnit unit,
                       NormAffine affine);
  void (*backward_apply)(float *dx, const float *dz, const float *x, const double *mean,
                         const double *rstd, const double *mean_d, const double *mean_dx,
                         int n_valid, Shape s, NormUnit unit);
} NormKernels;

extern const NormKernels norm_kernels_portable, norm_kernels_avx2, norm_kernels_avx512;

#endif
