#include "renorm_reference.h"

#include <math.h>
#include <stdlib.h>

static double *doubles(size_t n, double value) {
  double *x = malloc(n * sizeof *x);
  if (!x) abort();
  for (size_t i = 0; i < n; i++) x[i] = value;
  return x;
}

void renorm_reference_constants(const NormProblem *p, double *r, double *d, const double *x,
                                const double *running_mean, const double *running_variance,
                                int n_running, double r_max, double d_max) {
  size_t n = (size_t)p->n_groups;
  double *mean = doubles(n, 0), *variance = doubles(n, 0);
  norm_reference_statistics(p, mean, variance, x);
  for (int g = 0; g < p->n_groups; g++) {
    double sigma = sqrt(variance[g] + p->epsilon);
    double running = sqrt(running_variance[g % n_running] + p->epsilon);
    r[g] = fmin(fmax(sigma / running, 1 / r_max), r_max);
    d[g] = fmin(fmax((mean[g] - running_mean[g % n_running]) / running, -d_max), d_max);
  }
  free(mean), free(variance);
}

/* (x - mean) / sigma of all elements; owned by the caller. */
static double *normalized(const NormProblem *p, const double *x) {
  double *xhat = doubles(norm_reference_elements(p), 0);
  double *ones = doubles(norm_reference_parameters(p), 1);
  norm_reference_forward(p, xhat, x, ones, NULL);
  free(ones);
  return xhat;
}

void renorm_reference_forward(const NormProblem *p, double *y, const double *x, const double *gamma,
                              const double *beta, const double *r, const double *d) {
  double *xhat = normalized(p, x);
  for (size_t i = 0; i < norm_reference_elements(p); i++) {
    size_t k = norm_reference_parameter_of(p, i);
    y[i] = gamma[k] * (xhat[i] * r[p->group[i]] + d[p->group[i]]) + beta[k];
  }
  free(xhat);
}

void renorm_reference_backward(const NormProblem *p, double *dx, double *dgamma, double *dbeta,
                               const double *dy, const double *x, const double *gamma,
                               const double *r, const double *d) {
  size_t n = norm_reference_elements(p), n_gamma = norm_reference_parameters(p);
  double *xhat = normalized(p, x), *dxhat = doubles(n, 0);
  double *ones = doubles(n_gamma, 1), *unused = doubles(n_gamma, 0);
  for (size_t k = 0; k < n_gamma; k++) dgamma[k] = dbeta[k] = 0;
  for (size_t i = 0; i < n; i++) {
    size_t k = norm_reference_parameter_of(p, i);
    int g = p->group[i];
    dxhat[i] = dy[i] * gamma[k] * r[g];
    dgamma[k] += dy[i] * (xhat[i] * r[g] + d[g]);
    dbeta[k] += dy[i];
  }
  norm_reference_backward(p, dx, unused, NULL, dxhat, x, ones, NULL);
  free(xhat), free(dxhat), free(ones), free(unused);
}
