#ifndef NORMLAB_KERNELS_VECTOR_POINTWISE_H
#define NORMLAB_KERNELS_VECTOR_POINTWISE_H
/* The functions of kernels/pointwise.h for one instruction set. */
#include "kernels/pointwise.h"

typedef struct PointwiseKernels {
  void (*forward)(float *y, const float *x, const Dropout *dropout, int relu, Shape s);
  void (*backward)(float *dx, const float *dy, const float *y, const Dropout *dropout, int relu,
                   Shape s);
  void (*bias_forward)(float *y, const float *x, const float *b, Shape s);
  void (*bias_backward)(double *db, const float *dy, Shape s);
  void (*add)(float *y, const float *a, const float *b, Shape s);
  int (*gradient_add_floats)(int64_t *acc, const float *term, size_t n, double limit);
  int (*gradient_add_doubles)(int64_t *acc, const double *term, size_t n, double limit);
} PointwiseKernels;

extern const PointwiseKernels pointwise_kernels_portable, pointwise_kernels_avx2,
    pointwise_kernels_avx512;

#endif
