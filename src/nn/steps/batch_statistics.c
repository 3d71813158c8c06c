#include "batch_statistics.h"

static void update_running(Pass *pass, const NormOp *norm, const double *mean,
                           const double *unbiased) {
  Running *running = &pass->network->running[norm->running];
  double momentum = pass->network->config->network.norm_momentum;
  int n_groups = norm_map_sample_groups(&norm->map, pass->now.count);
  for (int c = 0; c < running->channels; c++) {
    double m = 0, v = 0;
    for (int g = 0; g < n_groups; g++) {
      m += mean[g * running->channels + c];
      v += unbiased[g * running->channels + c];
    }
    running->mean[c] = (float)((1 - momentum) * running->mean[c] + momentum * m / n_groups);
    running->variance[c] = (float)((1 - momentum) * running->variance[c] + momentum * v / n_groups);
  }
  running->n_batches++;
}

void batch_statistics(Pass *pass, const Op *op, const double *sum, double *square) {
  const NormOp *norm = norm_of(op);
  const NormMap *map = &norm->map;
  int count = pass->now.count;
  double *mean = pass->exchange.mean[op->number], *rstd = pass->exchange.rstd[op->number];
  for (int g = 0; g < norm_map_sample_groups(map, count); g++) {
    double n = (double)map->group_elements * norm_map_group_samples(map, count, g);
    for (int c = 0; c < map->n_units; c++) {
      size_t i = (size_t)g * (size_t)map->n_units + (size_t)c;
      double m = map->is_centred ? sum[i] / n : 0, variance = square[i] / n - m * m;
      if (variance < 0) variance = 0;
      mean[i] = m;
      rstd[i] = norm_rstd_of(pass->network, variance);
      square[i] = n > 1 ? variance * (n / (n - 1)) : variance;
    }
  }
  update_running(pass, norm, mean, square);
}

void batch_statistics_use_running(Pass *pass) {
  const Network *network = pass->network;
  for (int i = 0; i < network->n_ops; i++) {
    const NormOp *norm = norm_of(&network->ops[i]);
    if (!norm || norm->running < 0) continue;
    const Running *running = &network->running[norm->running];
    for (int c = 0; c < running->channels; c++) {
      pass->exchange.mean[i][c] = running->mean[c];
      pass->exchange.rstd[i][c] = norm_rstd_of(network, running->variance[c]);
    }
  }
}
