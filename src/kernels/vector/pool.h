#ifndef NORMLAB_KERNELS_VECTOR_POOL_H
#define NORMLAB_KERNELS_VECTOR_POOL_H
/* The functions of kernels/pool.h for one instruction set. */
#include "kernels/pool.h"

typedef struct PoolKernels {
  void (*max_forward)(float *y, const float *x, Shape in, Shape out, int size, int stride);
  void (*max_backward)(float *dx, const float *dy, const float *x, Shape in, Shape out, int size,
                       int stride);
  void (*avg_forward)(float *y, const float *x, Shape in, Shape out, int size_h, int size_w,
                      int stride);
  void (*avg_backward)(float *dx, const float *dy, Shape in, Shape out, int size_h, int size_w,
                       int stride);
} PoolKernels;

extern const PoolKernels pool_kernels_portable, pool_kernels_avx2, pool_kernels_avx512;

#endif
