#include "kernels/threshold.h"

#include "vector/kernel_set.h"

void threshold_forward(float *y, const float *x, const ThresholdCall *call) {
  kernel_set()->threshold_forward(y, x, call);
}

int threshold_backward(float *dx, int64_t *dtau, double limit, const float *dy, const float *x,
                       const ThresholdCall *call) {
  return kernel_set()->threshold_backward(dx, dtau, limit, dy, x, call);
}
