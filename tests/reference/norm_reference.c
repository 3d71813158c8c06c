#include "norm_reference.h"

#include <math.h>
#include <Random123/philox.h>
#include <stdlib.h>

size_t norm_reference_elements(const NormProblem *p) {
  return (size_t)p->n * (size_t)p->c * (size_t)p->h * (size_t)p->w;
}

size_t norm_reference_parameters(const NormProblem *p) {
  switch (p->affine) {
  case NORM_AFFINE_CHANNEL:
    return (size_t)p->c;
  case NORM_AFFINE_ELEMENT:
    return norm_reference_elements(p) / (size_t)p->n;
  case NORM_AFFINE_COLUMN:
    return (size_t)p->w;
  case NORM_AFFINE_NONE:
    break;
  }
  return 0;
}

int norm_reference_unit_of(const NormProblem *p, size_t i) {
  int w = p->w, h = p->h, at = (int)(i % (size_t)(p->c * h * w));
  int column = at % w, row = at / w % h, channel = at / w / h;
  switch (p->unit) {
  case NORM_UNIT_CHANNEL:
    return channel;
  case NORM_UNIT_ROW:
    return channel * h + row;
  case NORM_UNIT_PIXEL:
    return (channel / p->unit_channels * h + row) * w + column;
  }
  return -1;
}

int norm_reference_units(const NormProblem *p) {
  return norm_reference_unit_of(p, (size_t)(p->c * p->h * p->w) - 1) + 1;
}

/* The group of each element. Owned by the caller. */
static int *groups_of(const NormProblem *p) {
  const size_t per_sample = (size_t)(p->c * p->h * p->w), n = (size_t)p->n;
  const size_t n_units = (size_t)norm_reference_units(p);
  int *group = malloc(norm_reference_elements(p) * sizeof *group);
  for (size_t at = 0; at < per_sample; at++) {
    const size_t unit = (size_t)norm_reference_unit_of(p, at);
    for (size_t i = 0; i < n; i++) group[i * per_sample + at] = p->group[i * n_units + unit];
  }
  return group;
}

double norm_reference_value(const NormProblem *p, const double *values, size_t i, double missing) {
  if (!values || p->affine == NORM_AFFINE_NONE) return missing;
  return values[norm_reference_parameter_of(p, i)];
}

size_t norm_reference_parameter_of(const NormProblem *p, size_t i) {
  size_t w = (size_t)p->w, h = (size_t)p->h, c = (size_t)p->c;
  if (p->affine == NORM_AFFINE_CHANNEL) return i / w / h % c;
  return p->affine == NORM_AFFINE_COLUMN ? i % w : i % (c * h * w);
}

/* mean[g] = mean of value over group g. */
static void group_means(const NormProblem *p, const int *group, double *mean, const double *value) {
  double *count = calloc((size_t)p->n_groups, sizeof *count);
  for (int g = 0; g < p->n_groups; g++) mean[g] = 0;
  const size_t n = norm_reference_elements(p);
  for (size_t i = 0; i < n; i++) {
    mean[group[i]] += value[i];
    count[group[i]] += 1;
  }
  for (int g = 0; g < p->n_groups; g++) mean[g] /= count[g] > 0 ? count[g] : 1;
  free(count);
}

void norm_reference_statistics(const NormProblem *p, double *mean, double *var, const double *x) {
  size_t n = norm_reference_elements(p);
  double *square = malloc(n * sizeof *square);
  int *group = groups_of(p);
  group_means(p, group, mean, x);
  for (int g = 0; g < p->n_groups && p->is_rms; g++) mean[g] = 0;
  for (size_t i = 0; i < n; i++) square[i] = pow(x[i] - mean[group[i]], 2);
  group_means(p, group, var, square);
  free(square);
  free(group);
}

static void normalize(const NormProblem *p, double *xhat, double *rstd, const double *x) {
  double *mean = malloc((size_t)p->n_groups * sizeof *mean);
  int *group = groups_of(p);
  const size_t n = norm_reference_elements(p);
  norm_reference_statistics(p, mean, rstd, x);
  for (int g = 0; g < p->n_groups; g++) rstd[g] = 1 / sqrt(rstd[g] + p->epsilon);
  for (size_t i = 0; i < n; i++) xhat[i] = (x[i] - mean[group[i]]) * rstd[group[i]];
  free(mean);
  free(group);
}

void norm_reference_forward(const NormProblem *p, double *y, const double *x, const double *gamma,
                            const double *beta) {
  double *rstd = malloc((size_t)p->n_groups * sizeof *rstd);
  normalize(p, y, rstd, x);
  for (size_t i = 0; i < norm_reference_elements(p); i++) {
    y[i] = norm_reference_value(p, gamma, i, 1) * y[i] + norm_reference_value(p, beta, i, 0);
    if (p->drop) y[i] *= p->drop[i];
    if (p->relu && y[i] < 0) y[i] = 0;
  }
  free(rstd);
}

void norm_reference_backward(const NormProblem *p, double *dx, double *dgamma, double *dbeta,
                             const double *dy, const double *x, const double *gamma,
                             const double *beta) {
  size_t n = norm_reference_elements(p), n_groups = (size_t)p->n_groups;
  double *rstd = malloc(3 * n_groups * sizeof *rstd), *mean_d = rstd + n_groups;
  double *mean_dx = mean_d + n_groups;
  double *xhat = malloc(3 * n * sizeof *xhat), *d = xhat + n, *product = d + n;
  int *group = groups_of(p);
  normalize(p, xhat, rstd, x);
  for (size_t k = 0; k < norm_reference_parameters(p); k++) dgamma[k] = 0;
  for (size_t k = 0; dbeta && k < norm_reference_parameters(p); k++) dbeta[k] = 0;
  for (size_t i = 0; i < n; i++) {
    double drop = p->drop ? p->drop[i] : 1, scale = norm_reference_value(p, gamma, i, 1);
    double z = drop * (scale * xhat[i] + norm_reference_value(p, beta, i, 0));
    /* y = relu(drop z): dz = [z > 0] drop dy */
    double dz = p->relu && !(z > 0) ? 0 : drop * dy[i];
    if (p->affine != NORM_AFFINE_NONE) {
      dgamma[norm_reference_parameter_of(p, i)] += dz * xhat[i];
      if (dbeta) dbeta[norm_reference_parameter_of(p, i)] += dz;
    }
    d[i] = dz * scale;
    product[i] = d[i] * xhat[i];
  }
  group_means(p, group, mean_d, d);
  for (size_t g = 0; g < n_groups && p->is_rms; g++) mean_d[g] = 0;
  group_means(p, group, mean_dx, product);
  for (size_t i = 0; i < n; i++) {
    int g = group[i];
    dx[i] = rstd[g] * (d[i] - mean_d[g] - xhat[i] * mean_dx[g]);
  }
  free(rstd);
  free(xhat);
  free(group);
}

double dropout_reference(const Dropout *dropout, uint32_t sample, size_t e) {
  philox4x32_ctr_t counter = {
      {sample, (uint32_t)(e / 16), (uint32_t)dropout->step, (uint32_t)(dropout->step >> 32)}};
  philox4x32_key_t key = {{dropout->key[0], dropout->key[1]}};
  philox4x32_ctr_t words = philox4x32_R(7, counter, key);
  uint32_t byte = words.v[e % 16 / 4] >> (8 * (e % 4)) & 0xff;
  return byte >= (uint32_t)dropout->threshold ? 256.0 / (256 - dropout->threshold) : 0;
}
