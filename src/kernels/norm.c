#include "vector/norm.h"

#include "kernels/isa.h"
#include "vector/tables.h"

static const NormKernels *const TABLES[ISA_COUNT] = ISA_TABLES(norm_kernels);

void norm_sums(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  TABLES[isa_current()]->sums(sum, square, x, s, unit);
}

void norm_forward(float *y, const float *x, const NormCall *call) {
  TABLES[isa_current()]->forward(y, x, call);
}

void norm_backward_begin(const NormGradient *gradient, const NormCall *call) {
  TABLES[isa_current()]->backward_begin(gradient, call);
}

void norm_backward_band(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const float *y, const NormCall *call) {
  TABLES[isa_current()]->backward_band(dz, gradient, dy, x, y, call);
}

void norm_backward_end(const NormGradient *gradient, const NormCall *call) {
  TABLES[isa_current()]->backward_end(gradient, call);
}

void norm_backward_sums(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const float *y, const NormCall *call) {
  norm_backward_begin(gradient, call);
  norm_backward_band(dz, gradient, dy, x, y, call);
  norm_backward_end(gradient, call);
}

void norm_backward_apply(float *dx, const float *dz, const float *x, const double *mean_d,
                         const double *mean_dx, int n_valid, const NormCall *call) {
  TABLES[isa_current()]->backward_apply(dx, dz, x, mean_d, mean_dx, n_valid, call);
}
