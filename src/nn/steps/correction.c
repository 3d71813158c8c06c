#include "correction.h"

/* A NaN stays. */
static double clip(double x, double low, double high) {
  if (x < low) return low;
  return x > high ? high : x;
}

void correction_find(Pass *pass, const Op *op, size_t n_sample_groups) {
  const NormOp *norm = norm_of(op);
  const RenormLimits limits = pass->renorm;
  double *correction = pass->exchange.correction[op->number];
  if (!correction) return;
  const Running *running = &pass->network->running[norm->running];
  const size_t n = (size_t)norm->map.n_groups;
  for (size_t i = 0; i < n_sample_groups * n; i++) {
    const double mean = pass->exchange.mean[op->number][i],
                 rstd = pass->exchange.rstd[op->number][i];
    const double running_rstd = norm_rstd_of(pass->network, running->variance[i % n]);
    correction[2 * i] = clip(running_rstd / rstd, 1 / limits.r_max, limits.r_max);
    correction[2 * i + 1] =
        clip((mean - running->mean[i % n]) * running_rstd, -limits.d_max, limits.d_max);
  }
}

void correction_apply(Pass *pass, const Op *op, size_t n_sample_groups) {
  const double *correction = pass->exchange.correction[op->number];
  if (!correction) return;
  const size_t n = n_sample_groups * (size_t)norm_of(op)->map.n_groups;
  double *mean = pass->exchange.mean[op->number], *rstd = pass->exchange.rstd[op->number];
  for (size_t i = 0; i < n; i++) {
    rstd[i] *= correction[2 * i];
    mean[i] -= correction[2 * i + 1] / rstd[i];
  }
}

void correction_of_means(Pass *pass, const Op *op, size_t n_sample_groups) {
  const double *correction = pass->exchange.correction[op->number];
  if (!correction) return;
  const size_t n = n_sample_groups * (size_t)norm_of(op)->map.n_groups;
  double *mean_d = pass->exchange.mean_d, *mean_dx = pass->exchange.mean_dx;
  for (size_t i = 0; i < n; i++) {
    const double r = correction[2 * i], d = correction[2 * i + 1];
    const double m = (mean_dx[i] - d * mean_d[i]) / r;
    mean_d[i] -= d * m / r;
    mean_dx[i] = m / r;
  }
}
