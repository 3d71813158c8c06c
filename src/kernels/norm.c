#include "kernels/norm.h"

#include "vector/kernel_set.h"
#include <string.h>

void norm_sums(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  kernel_set()->norm_sums(sum, square, x, s, unit);
}

void norm_forward(float *y, const float *x, const NormCall *call) {
  kernel_set()->norm_forward(y, x, call);
}

void norm_forward_again(float *y, const float *x, const NormCall *call) {
  kernel_set()->norm_forward_again(y, x, call);
}

void norm_backward_begin(const NormGradient *gradient, const NormCall *call) {
  const Shape s = call->shape;
  const size_t per_channel = (size_t)(norm_units(s, call->unit) / s.c * block_lanes());
  const size_t first = (size_t)call->band.channel * per_channel;
  const size_t n = (size_t)call->band.n_channels * per_channel;
  memset(gradient->sum_d + first, 0, n * sizeof *gradient->sum_d);
  memset(gradient->sum_dx + first, 0, n * sizeof *gradient->sum_dx);
}

void norm_backward_band(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const NormCall *call) {
  kernel_set()->norm_backward_band(dz, gradient, dy, x, call);
}

void norm_backward_end(const NormGradient *gradient, const NormCall *call) {
  kernel_set()->norm_backward_end(gradient, call);
}

void norm_backward_sums(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const NormCall *call) {
  norm_backward_begin(gradient, call);
  norm_backward_band(dz, gradient, dy, x, call);
  norm_backward_end(gradient, call);
}

void norm_backward_apply(float *dx, const float *dy, const float *x, const double *mean_d,
                         const double *mean_dx, int n_valid, const NormCall *call) {
  kernel_set()->norm_backward_apply(dx, dy, x, mean_d, mean_dx, n_valid, call);
}
