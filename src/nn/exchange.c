#include "moments.h"

#include "dist/dist.h"
#include "kernels/pointwise.h"
#include <math.h>

double norm_rstd(const Network *network, double variance) {
  return 1 / sqrt((variance > 0   ? variance
                   : variance < 0 ? 0
                                  : variance) +
                  network->config->network.norm_epsilon);
}

void exchange_add(const Pass *pass, Thread *thread, const Slot *slot, const Op *op, const double *a,
                  const double *b) {
  const NormMap *map = &op->map;
  int first = norm_map_sample_group(map, pass->count, slot->first);
  int last = norm_map_sample_group(map, pass->count, slot->first + slot->n_valid - 1);
  for (int u = 0; u < map->n_units; u++) {
    const double *lane_a = a + (size_t)u * LANES, *lane_b = b + (size_t)u * LANES;
    if (first == last) {
      ExactSum *sum = thread->stats + 2 * ((size_t)first * (size_t)map->n_units + (size_t)u);
      thread->out_of_range |= exact_add(sum, lane_sum(lane_a, slot->n_valid), pass->term_limit);
      thread->out_of_range |= exact_add(sum + 1, lane_sum(lane_b, slot->n_valid), pass->term_limit);
      continue;
    }
    for (int l = 0; l < slot->n_valid; l++) {
      int g = norm_map_sample_group(map, pass->count, slot->first + l);
      ExactSum *sum = thread->stats + 2 * ((size_t)g * (size_t)map->n_units + (size_t)u);
      thread->out_of_range |= exact_add(sum, lane_a[l], pass->term_limit);
      thread->out_of_range |= exact_add(sum + 1, lane_b[l], pass->term_limit);
    }
  }
}

void exchange_expand(const Pass *pass, const Slot *slot, const Op *op, double *unit,
                     const double *group) {
  const NormMap *map = &op->map;
  for (int l = 0; l < LANES; l++) {
    int sample = slot->first + (l < slot->n_valid ? l : slot->n_valid - 1);
    int g = pass->is_training ? norm_map_sample_group(map, pass->count, sample) : 0;
    const double *value = group + (size_t)g * (size_t)map->n_units;
    for (int u = 0; u < map->n_units; u++) unit[u * LANES + l] = value[u];
  }
}

/* The threads' sums to those of the whole batch, in those of thread 0. */
static const ExactSum *exchange(Pass *pass, const Op *op) {
  size_t n = 2 * (size_t)op->map.n_units * (size_t)norm_map_sample_groups(&op->map, pass->count);
  int number = (int)(op - pass->network->ops);
  ExactSum *total = pass->threads[0].stats;
  for (int t = 1; t < pass->n_threads; t++) {
    ExactSum *part = pass->threads[t].stats;
    for (size_t i = 0; i < n; i++) total[i] += part[i], part[i] = 0;
  }
  if (is_recording(pass)) {
    profile_record(pass, 0, ACTIVITY_COMBINE, number);
    profile_meet(pass, number);
  }
  dist_sum_exact(total, n, pass->work);
  if (is_recording(pass)) profile_record(pass, 0, ACTIVITY_COMMUNICATE, number);
  return total;
}

static void clear(Pass *pass, const Op *op) {
  size_t n = 2 * (size_t)op->map.n_units * (size_t)norm_map_sample_groups(&op->map, pass->count);
  for (size_t i = 0; i < n; i++) pass->threads[0].stats[i] = 0;
}

static Running *running_of(Network *network, const Op *op) {
  for (int i = 0; i < network->n_running; i++)
    if (network->running[i].op == op - network->ops) return &network->running[i];
  return NULL;
}

/* running = (1 - momentum) running + momentum new, where new is the mean over the groups. */
static void update_running(Pass *pass, const Op *op, const double *mean, const double *unbiased) {
  Running *running = running_of(pass->network, op);
  double momentum = pass->network->config->network.norm_momentum;
  int n_groups = norm_map_sample_groups(&op->map, pass->count);
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

void exchange_forward(Pass *pass, const Op *op) {
  const int by_moments = pass->plan.fusion[op - pass->network->ops].by_moments;
  const ExactSum *total = by_moments ? NULL : exchange(pass, op);
  const NormMap *map = &op->map;
  int n_groups = norm_map_sample_groups(map, pass->count);
  if (by_moments) moments_exchange(pass);
  double *mean = pass->group_mean[op->norm], *rstd = pass->group_rstd[op->norm];
  double *unbiased = pass->group_d; /* free until the backward pass */
  for (int g = 0; g < n_groups; g++) {
    double n = (double)map->group_elements * norm_map_group_samples(map, pass->count, g);
    for (int c = 0; c < map->n_units; c++) {
      size_t i = (size_t)g * (size_t)map->n_units + (size_t)c;
      double sum, square;
      if (by_moments)
        moments_sums(pass, c, &sum, &square);
      else
        sum = exact_value(total[2 * i]), square = exact_value(total[2 * i + 1]);
      double m = sum / n, variance = square / n - m * m;
      if (variance < 0) variance = 0;
      mean[i] = m;
      rstd[i] = norm_rstd(pass->network, variance);
      unbiased[i] = n > 1 ? variance * (n / (n - 1)) : variance;
    }
  }
  update_running(pass, op, mean, unbiased);
  if (!by_moments) clear(pass, op);
}

void exchange_backward(Pass *pass, const Op *op) {
  const ExactSum *sum = exchange(pass, op);
  const NormMap *map = &op->map;
  int n_groups = norm_map_sample_groups(map, pass->count);
  for (int g = 0; g < n_groups; g++) {
    double n = (double)map->group_elements * norm_map_group_samples(map, pass->count, g);
    for (int c = 0; c < map->n_units; c++) {
      size_t i = (size_t)g * (size_t)map->n_units + (size_t)c;
      pass->group_d[i] = exact_value(sum[2 * i]) / n;
      pass->group_dx[i] = exact_value(sum[2 * i + 1]) / n;
    }
  }
  clear(pass, op);
}

void exchange_use_running(Pass *pass) {
  const Network *network = pass->network;
  for (int i = 0; i < network->n_running; i++) {
    const Running *running = &network->running[i];
    int norm = network->ops[running->op].norm;
    for (int c = 0; c < running->channels; c++) {
      pass->group_mean[norm][c] = running->mean[c];
      pass->group_rstd[norm][c] = norm_rstd(network, running->variance[c]);
    }
  }
}
