#include "pass_internal.h"

#include "base/memory.h"
#include "dist/dist.h"
#include "kernels/pointwise.h"
#include <math.h>
#include <stdio.h>

/* Sums of an observed layer. */
enum { BEFORE, BEFORE_SQUARE, AFTER, AFTER_SQUARE, N_SUMS };

static int has_weight(const Op *op) {
  return op->kind == OP_CONV || op->kind == OP_LINEAR || op->kind == OP_NORM;
}

Status observe_make(Pass *pass) {
  const Network *network = pass->network;
  size_t n_layers = (size_t)network->config->network.n_layers, n_ops = (size_t)network->n_ops;
  TRY(memory_allocate(&pass->observations, n_layers, sizeof(Observation), "observations"));
  TRY(memory_allocate(&pass->observation_of, n_ops, sizeof(int), "observations"));
  int last_op = -1;
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    pass->observation_of[i] = -1;
    if (!has_weight(op)) continue;
    /* The norm of a layer is observed rather than its convolution, which comes first. */
    if (last_op >= 0 && network->ops[last_op].layer == op->layer) {
      pass->observation_of[last_op] = -1;
    } else {
      Observation *observation = &pass->observations[pass->n_observations++];
      observation->layer = op->layer;
      snprintf(observation->name, sizeof observation->name, "layers.%d", op->layer);
    }
    pass->observation_of[i] = pass->n_observations - 1;
    last_op = i;
  }
  return status_ok();
}

static void add_sums(Pass *pass, Thread *thread, const Slot *slot, ExactSum *to, const float *x,
                     Shape shape) {
  double *sum = thread->observed, *square = sum + (size_t)shape.c * LANES;
  norm_sums(sum, square, x, shape, NORM_UNIT_CHANNEL);
  for (int c = 0; c < shape.c; c++) {
    double s = lane_sum(sum + (size_t)c * LANES, slot->n_valid);
    double q = lane_sum(square + (size_t)c * LANES, slot->n_valid);
    thread->out_of_range |= exact_add(to, s, pass->term_limit / shape.c);
    thread->out_of_range |= exact_add(to + 1, q, pass->term_limit / shape.c);
  }
}

void observe_forward(Pass *pass, Thread *thread, const Slot *slot, const Op *op) {
  const Network *network = pass->network;
  int number = pass->observation_of[op - network->ops];
  if (number < 0) return;
  ExactSum *sums = thread->observation + (size_t)number * N_SUMS;
  const Shape shape = network->shapes[op->out];
  if (op->kind != OP_NORM) {
    const float *y = activation_of(pass, slot, op->out);
    add_sums(pass, thread, slot, sums + BEFORE, y, shape);
    add_sums(pass, thread, slot, sums + AFTER, y, shape);
    return;
  }
  const float *x = activation_of(pass, slot, op->in);
  add_sums(pass, thread, slot, sums + BEFORE, x, shape);
  Dropout place;
  NormCall call = step_norm_call(pass, slot, op, band_whole(shape), &place);
  call.dropout = NULL;
  call.relu = 0;
  norm_forward(thread->extra, x, &call);
  add_sums(pass, thread, slot, sums + AFTER, thread->extra, shape);
}

static void moments(double *mean, double *deviation, const ExactSum *sum, double n) {
  *mean = exact_value(sum[0]) / n;
  double variance = exact_value(sum[1]) / n - *mean * *mean;
  *deviation = variance > 0 ? sqrt(variance) : 0;
}

void observe_finish(Pass *pass) {
  const Network *network = pass->network;
  size_t n = (size_t)pass->n_observations * N_SUMS;
  ExactSum *total = pass->threads[0].observation;
  for (int t = 1; t < pass->n_threads; t++)
    for (size_t i = 0; i < n; i++) {
      total[i] += pass->threads[t].observation[i];
      pass->threads[t].observation[i] = 0;
    }
  dist_sum_exact(total, n, pass->work);
  for (int i = 0; i < network->n_ops; i++) {
    int number = pass->observation_of[i];
    if (number < 0) continue;
    Shape shape = network->shapes[network->ops[i].out];
    double elements = (double)shape.c * shape.h * shape.w * pass->count;
    Observation *o = &pass->observations[number];
    const ExactSum *sum = total + (size_t)number * N_SUMS;
    moments(&o->mean_before, &o->deviation_before, sum + BEFORE, elements);
    moments(&o->mean_after, &o->deviation_after, sum + AFTER, elements);
  }
  for (size_t i = 0; i < n; i++) total[i] = 0;
}
