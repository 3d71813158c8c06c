#ifndef NORMLAB_TESTS_NORM_REFERENCE_H
#define NORMLAB_TESTS_NORM_REFERENCE_H
/* Normalization, dropout and ReLU in plain double precision, from the formulas of kernels/norm.h,
 * on dense arrays [n][c][h][w]. */
#include "kernels/norm.h"

typedef struct NormProblem {
  int n, c, h, w;
  NormUnit unit;
  int unit_channels; /* of units that are pixels */
  NormAffine affine;
  const int *group; /* [n][U]: which units share statistics; 0 .. n_groups - 1 */
  int n_groups;
  double epsilon;
  const double *drop; /* [n][c][h][w]: 0 or the factor of what is kept; NULL: no dropout */
  int relu;
  int is_rms; /* not centred: statistics about 0 */
} NormProblem;

size_t norm_reference_elements(const NormProblem *p);
/* Number of units of a sample, and the one of element i. */
int norm_reference_units(const NormProblem *p);
int norm_reference_unit_of(const NormProblem *p, size_t i);
/* Number of gammas; 0: there are none, and gamma, beta, dgamma and dbeta are not looked at. */
size_t norm_reference_parameters(const NormProblem *p);
/* Which of them element i has. */
size_t norm_reference_parameter_of(const NormProblem *p, size_t i);

/* Element i's value of gamma or beta, or what is given where there is none. */
double norm_reference_value(const NormProblem *p, const double *values, size_t i, double missing);

/* mean, var: [n_groups], var biased (two passes); of an RMS norm 0 and the mean square. */
void norm_reference_statistics(const NormProblem *p, double *mean, double *var, const double *x);
void norm_reference_forward(const NormProblem *p, double *y, const double *x, const double *gamma,
                            const double *beta);
/* dx = rstd (g - mean(g) - xhat mean(g xhat)) with g = gamma x (dy through ReLU and dropout); of an
 * RMS norm without mean(g). beta may be NULL, which is 0, and dbeta is then NULL too. */
void norm_reference_backward(const NormProblem *p, double *dx, double *dgamma, double *dbeta,
                             const double *dy, const double *x, const double *gamma,
                             const double *beta);

/* The dropout factor (0 or 256 / (256 - threshold)) of element e of a sample, by Random123's
 * Philox. */
double dropout_reference(const Dropout *dropout, uint32_t sample, size_t e);

#endif
