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

/* Whether samples on both sides of this place share no group. */
static int is_between_groups(const Pass *pass, const NormMap *map, int sample) {
  return sample == 0 || sample == pass->now.count ||
         batch_group_of(pass, map, sample - 1) != batch_group_of(pass, map, sample);
}

DistScope batch_scope(const Pass *pass, const NormMap *map) {
  DistScope scope = DIST_SCOPE_RANK;
  if (batch_groups(pass, map) == 1) return DIST_SCOPE_ALL;
  for (int r = 1; r < dist_size(); r++) {
    if (is_between_groups(pass, map, batch_first_sample(&pass->now, r))) continue;
    if (dist_node_begins(r)) return DIST_SCOPE_ALL;
    scope = DIST_SCOPE_NODE;
  }
  return scope;
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

void batch_statistics_begin(Pass *pass) {
  Exchange *exchange = &pass->exchange;
  int64_t *begin = exchange->gradient + pass->network->n_parameters + TAIL_COUNT;
  memset(begin, 0, (size_t)(exchange->late_end - begin) * sizeof *begin);
  exchange->sent_end = begin;
}

/* The groups that begin with one of this rank's samples. */
static void write_late(Pass *pass, const Op *op, const double *mean, const double *unbiased) {
  const NormMap *map = &norm_of(op)->map;
  const Batch *now = &pass->now;
  const size_t n = (size_t)map->n_groups;
  const size_t n_groups = (size_t)batch_groups(pass, map);
  int64_t *late = exchange_late(&pass->exchange, op->number, 2 * n * n_groups);
  for (size_t g = 0; g < n_groups; g++) {
    const int own = (int)g * map->batch_group - now->first_sample;
    if (own < 0 || own >= now->n_samples) continue;
    memcpy(late + 2 * g * n, mean + g * n, n * sizeof *mean);
    memcpy(late + (2 * g + 1) * n, unbiased + g * n, n * sizeof *unbiased);
  }
}

void batch_statistics_finish(Pass *pass) {
  const Network *network = pass->network;
  double *mean = pass->exchange.mean_d, *unbiased = pass->exchange.mean_dx; /* free by now */
  for (int i = 0; i < network->n_ops; i++) {
    const NormOp *norm = norm_of(&network->ops[i]);
    const int64_t *late = pass->exchange.late[i];
    if (!late || batch_scope(pass, &norm->map) == DIST_SCOPE_ALL) continue;
    const size_t n = (size_t)norm->map.n_groups;
    for (size_t g = 0; g < (size_t)batch_groups(pass, &norm->map); g++) {
      memcpy(mean + g * n, late + 2 * g * n, n * sizeof *mean);
      memcpy(unbiased + g * n, late + (2 * g + 1) * n, n * sizeof *unbiased);
    }
    update_running(pass, norm, mean, unbiased);
  }
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
    if (batch_scope(pass, map) == DIST_SCOPE_ALL)
      update_running(pass, norm, mean, square);
    else
      write_late(pass, op, mean, square);
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
