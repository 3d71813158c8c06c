#include "kernels/pool.h"

#include "vector/kernel_set.h"

void max_pool_forward(float *y, const float *x, const PoolShape *shape) {
  kernel_set()->max_pool_forward(y, x, shape);
}

void max_pool_select(float *y, uint16_t *passes, const float *x, const PoolShape *shape) {
  kernel_set()->max_pool_select(y, passes, x, shape);
}

void max_pool_backward(float *dx, const float *dy, const float *x, const PoolShape *shape) {
  kernel_set()->max_pool_backward(dx, dy, x, shape);
}

void avg_pool_forward(float *y, const float *x, const PoolShape *shape) {
  kernel_set()->avg_pool_forward(y, x, shape);
}

void avg_pool_backward(float *dx, const float *dy, const PoolShape *shape) {
  kernel_set()->avg_pool_backward(dx, dy, shape);
}
