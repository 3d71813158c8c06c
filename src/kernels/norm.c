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

static size_t n_parameters(Shape s, NormAffine affine) {
  if (affine == NORM_AFFINE_CHANNEL) return (size_t)s.c;
  return affine == NORM_AFFINE_COLUMN ? (size_t)s.w : (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

void norm_backward_begin(const NormGradient *gradient, const NormCall *call) {
  const Shape s = call->shape;
  const size_t n_lanes = (size_t)norm_units(s, call->unit) * LANES;
  const size_t n_gammas = n_parameters(s, call->affine);
  memset(gradient->sum_d, 0, n_lanes * sizeof *gradient->sum_d);
  memset(gradient->sum_dx, 0, n_lanes * sizeof *gradient->sum_dx);
  if (gradient->dgamma) memset(gradient->dgamma, 0, n_gammas * sizeof *gradient->dgamma);
  if (gradient->dbeta) memset(gradient->dbeta, 0, n_gammas * sizeof *gradient->dbeta);
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
