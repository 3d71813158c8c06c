#include "vector/norm.h"

#include "kernels/isa.h"
#include "vector/tables.h"

static const NormKernels *const TABLES[ISA_COUNT] = ISA_TABLES(norm_kernels);

void norm_sums(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  TABLES[isa_current()]->sums(sum, square, x, s, unit);
}

void norm_forward(float *y, const float *x, const double *mean, const double *rstd,
                  const float *gamma, const float *beta, const Dropout *dropout, int relu, Shape s,
                  NormUnit unit, NormAffine affine) {
  norm_forward_band(y, x, mean, rstd, gamma, beta, dropout, relu, s, band_whole(s), unit, affine);
}

void norm_forward_band(float *y, const float *x, const double *mean, const double *rstd,
                       const float *gamma, const float *beta, const Dropout *dropout, int relu,
                       Shape s, Band band, NormUnit unit, NormAffine affine) {
  TABLES[isa_current()]->forward(y, x, mean, rstd, gamma, beta, dropout, relu, s, band, unit,
                                 affine);
}

void norm_backward_sums(float *dz, double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                        const float *dy, const float *x, const float *y, const double *mean,
                        const double *rstd, const float *gamma, const Dropout *dropout, int relu,
                        Shape s, NormUnit unit, NormAffine affine) {
  norm_backward_begin(sum_d, sum_dx, dgamma, dbeta, s, unit, affine);
  norm_backward_band(dz, sum_d, sum_dx, dgamma, dbeta, dy, x, y, mean, rstd, gamma, dropout, relu,
                     s, band_whole(s), unit, affine);
  norm_backward_end(sum_d, sum_dx, dgamma, dbeta, mean, rstd, gamma, dropout, s, band_whole(s),
                    unit, affine);
}

void norm_backward_begin(double *sum_d, double *sum_dx, double *dgamma, double *dbeta, Shape s,
                         NormUnit unit, NormAffine affine) {
  TABLES[isa_current()]->backward_begin(sum_d, sum_dx, dgamma, dbeta, s, unit, affine);
}

void norm_backward_band(float *dz, double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                        const float *dy, const float *x, const float *y, const double *mean,
                        const double *rstd, const float *gamma, const Dropout *dropout, int relu,
                        Shape s, Band band, NormUnit unit, NormAffine affine) {
  TABLES[isa_current()]->backward_band(dz, sum_d, sum_dx, dgamma, dbeta, dy, x, y, mean, rstd,
                                       gamma, dropout, relu, s, band, unit, affine);
}

void norm_backward_end(double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                       const double *mean, const double *rstd, const float *gamma,
                       const Dropout *dropout, Shape s, Band band, NormUnit unit,
                       NormAffine affine) {
  TABLES[isa_current()]->backward_end(sum_d, sum_dx, dgamma, dbeta, mean, rstd, gamma, dropout, s,
                                      band, unit, affine);
}

void norm_backward_apply(float *dx, const float *dz, const float *x, const double *mean,
                         const double *rstd, const double *mean_d, const double *mean_dx,
                         int n_valid, Shape s, NormUnit unit) {
  TABLES[isa_current()]->backward_apply(dx, dz, x, mean, rstd, mean_d, mean_dx, n_valid, s, unit);
}
