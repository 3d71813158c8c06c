#ifndef NORMLAB_KERNELS_VECTOR_POOL_H
#define NORMLAB_KERNELS_VECTOR_POOL_H
/* The functions of kernels/pool.h for one instruction set. */
#include "kernels/pool.h"

typedef struct PoolKernels {
  void (*max_forward)(float *y, const float *x, const PoolShape *shape);
  void (*max_backward)(float *dx, const float *dy, const float *x, const PoolShape *shape);
  void (*avg_forward)(float *y, const float *x, const PoolShape *shape);
  void (*avg_backward)(float *dx, const float *dy, const PoolShape *shape);
} PoolKernels;

extern const PoolKernels pool_kernels_portable, pool_kernels_avx2, pool_kernels_avx512;

#endif
