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

/* Sets what belongs to the band's channels to 0, of an array with per_channel values of each. */
static void clear_channels(double *sums, Band band, size_t per_channel) {
  if (!sums) return;
  memset(sums + (size_t)band.channel * per_channel, 0,
         (size_t)band.n_channels * per_channel * sizeof *sums);
}

void norm_backward_begin(const NormGradient *gradient, const NormCall *call) {
  const Shape s = call->shape;
  const size_t n_lanes = (size_t)(norm_units(s, call->unit) / s.c) * LANES;
  const int by_element = call->affine == NORM_AFFINE_ELEMENT;
  const int by_column = call->affine == NORM_AFFINE_COLUMN;
  const size_t n_gammas = by_element ? (size_t)s.h * (size_t)s.w : by_column ? (size_t)s.w : 1;
  const Band gammas = by_column ? (Band){.n_channels = 1} : call->band;
  clear_channels(gradient->sum_d, call->band, n_lanes);
  clear_channels(gradient->sum_dx, call->band, n_lanes);
  clear_channels(gradient->dgamma, gammas, n_gammas);
  clear_channels(gradient->dbeta, gammas, n_gammas);
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
