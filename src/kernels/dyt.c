#include "kernels/dyt.h"

#include "vector/kernel_set.h"

void dyt_forward(float *y, const float *x, const DytCall *call) {
  kernel_set()->dyt_forward(y, x, call);
}

int dyt_backward(float *dx, const DytGradient *gradient, const float *dy, const float *x,
                 const DytCall *call) {
  return kernel_set()->dyt_backward(dx, gradient, dy, x, call);
}
