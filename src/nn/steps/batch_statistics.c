#include "batch_statistics.h"

#include "correction.h"

/* A batch of evaluation takes up what is left of its set, and so has up to twice the samples. */
int batch_groups(const Pass *pass, const NormMap *map) {
  if (!pass->now.is_grouped || norm_map_sample_groups(map, pass->batch) == 1) return 1;
  return norm_map_sample_groups(map, pass->now.count);
}

int batch_group_of(const Pass *pass, const NormMap *map, int sample) {
  if (batch_groups(pass, map) == 1) return 0;
  return norm_map_sample_group(map, pass->now.count, sample);
}

int batch_group_samples(const Pass *pass, const NormMap *map, int group) {
  if (batch_groups(pass, map) == 1) return pass->now.count;
  return norm_map_group_samples(map, pass->now.count, group);
}

static void update_running(Pass *pass, const NormOp *norm, const double *mean,
                           const double *unbiased) {
  Running *running = &pass->network->running[norm->running];
  double momentum = pass->network->config->network.norm_momentum;
  int n_groups = batch_groups(pass, &norm->map);
  for (int c = 0; c < running->n_groups; c++) {
    double m = 0, v = 0;
    for (int g = 0; g < n_groups; g++) {
      m += mean[g * running->n_groups + c];
      v += unbiased[g * running->n_groups + c];
    }
    running->mean[c] = (float)((1 - momentum) * running->mean[c] + momentum * m / n_groups);
    running->variance[c] = (float)((1 - momentum) * running->variance[c] + momentum * v / n_groups);
  }
  running->n_batches++;
}

/* The same statistics for all samples. */
static void use(Pass *pass, const Op *op, const float *mean, const float *variance) {
  const NormMap *map = &norm_of(op)->map;
  for (int c = 0; c < map->n_groups; c++) {
    pass->exchange.mean[op->number][c] = map->is_centred ? mean[c] : 0;
    pass->exchange.rstd[op->number][c] = norm_rstd_of(pass->network, variance[c]);
  }
}

/* The only place where the statistics of the population become floats. */
static void keep_population(Pass *pass, const Op *op, const double *variance) {
  Running *running = &pass->network->running[norm_of(op)->running];
  for (int c = 0; c < running->n_groups; c++) {
    running->population.mean[c] = (float)pass->exchange.mean[op->number][c];
    running->population.variance[c] = (float)variance[c];
  }
  use(pass, op, running->population.mean, running->population.variance);
}

void batch_statistics(Pass *pass, const Op *op, const double *sum, double *square) {
  const NormOp *norm = norm_of(op);
  const NormMap *map = &norm->map;
  double *mean = pass->exchange.mean[op->number], *rstd = pass->exchange.rstd[op->number];
  for (int g = 0; g < batch_groups(pass, map); g++) {
    double n = (double)map->group_elements * batch_group_samples(pass, map, g);
    for (int c = 0; c < map->n_groups; c++) {
      size_t i = (size_t)g * (size_t)map->n_groups + (size_t)c;
      double m = map->is_centred ? sum[i] / n : 0, variance = square[i] / n - m * m;
      if (variance < 0) variance = 0;
      mean[i] = m;
      rstd[i] = norm_rstd_of(pass->network, variance);
      square[i] =
          map->is_centred && n > 1 && pass->now.is_training ? variance * (n / (n - 1)) : variance;
    }
  }
  if (pass->now.is_training) {
    const size_t n_groups = (size_t)batch_groups(pass, map);
    correction_find(pass, op, n_groups);
    update_running(pass, norm, mean, square);
    correction_apply(pass, op, n_groups);
  } else if (!pass->now.is_grouped) {
    keep_population(pass, op, square);
  }
}

void batch_statistics_use(Pass *pass, Statistics statistics) {
  const Network *network = pass->network;
  for (int i = 0; i < network->n_ops; i++) {
    const NormOp *norm = norm_of(&network->ops[i]);
    if (!norm || norm->running < 0) continue;
    const Running *running = &network->running[norm->running];
    if (statistics == STATISTICS_POPULATION)
      use(pass, &network->ops[i], running->population.mean, running->population.variance);
    else
      use(pass, &network->ops[i], running->mean, running->variance);
  }
}
