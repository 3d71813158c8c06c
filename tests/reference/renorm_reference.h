#ifndef NORMLAB_TESTS_RENORM_REFERENCE_H
#define NORMLAB_TESTS_RENORM_REFERENCE_H
/* Batch renormalization in double precision, from the formulas of nn/renorm.h. r and d are
 * [n_groups]; the running statistics are those of group g % n_running. */
#include "norm_reference.h"

void renorm_reference_constants(const NormProblem *p, double *r, double *d, const double *x,
                                const double *running_mean, const double *running_variance,
                                int n_running, double r_max, double d_max);
void renorm_reference_forward(const NormProblem *p, double *y, const double *x, const double *gamma,
                              const double *beta, const double *r, const double *d);
void renorm_reference_backward(const NormProblem *p, double *dx, double *dgamma, double *dbeta,
                               const double *dy, const double *x, const double *gamma,
                               const double *r, const double *d);

#endif
