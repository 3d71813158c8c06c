#include "kernels/norm.h"

#include "vector/kernel_set.h"
#include <string.h>

void norm_sums(double *sum, double *square, const float *x, const NormCall *call) {
  kernel_set()->norm_sums(sum, square, x, call);
}

void norm_statistics(const NormStatistics *statistics) {
  kernel_set()->norm_statistics(statistics);
}

void norm_scale_sums(double *sum, size_t n, double factor) {
  kernel_set()->norm_scale_sums(sum, n, factor);
}

void norm_forward(float *y, const float *x, const NormCall *call) {
  kernel_set()->norm_forward(y, x, call);
}

void norm_forward_again(float *y, const float *x, const NormCall *call) {
  kernel_set()->norm_forward_again(y, x, call);
}

void norm_backward_begin(const NormGradient *gradient, const NormCall *call) {
  const Band b = call->band;
  const int step = call->unit == NORM_UNIT_PIXEL ? call->unit_channels : 1;
  for (int c = b.channel; c < b.channel + b.n_channels; c += step - c % step) {
    const int first = norm_unit_of(call->shape, call->unit, call->unit_channels, c, b.row, 0);
    const int last = norm_unit_of(call->shape, call->unit, call->unit_channels, c,
                                  b.row + b.n_rows - 1, call->shape.w - 1);
    const size_t lanes = (size_t)block_lanes();
    const size_t at = (size_t)first * lanes, n = (size_t)(last - first + 1) * lanes;
    memset(gradient->sum_d + at, 0, n * sizeof *gradient->sum_d);
    memset(gradient->sum_dx + at, 0, n * sizeof *gradient->sum_dx);
  }
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
