#include "learner.h"

#include "dist/dist.h"
#include <math.h>

Status learner_make(Learner *learner, const Config *config, int c, int h, int w) {
  TRY(network_build(&learner->network, config, c, h, w));
  TRY(optimizer_make(&learner->optimizer, &learner->network));
  return config->training.ema > 0 ? average_make(&learner->average, &learner->network)
                                  : status_ok();
}

void learner_free(Learner *learner) {
  optimizer_free(&learner->optimizer);
  average_free(&learner->average);
  network_free(&learner->network);
}

static int parameters_are_finite(const Network *network) {
  int good = 1;
  for (size_t i = 0; i < network->n_parameters; i++) good &= !!isfinite(network->parameters[i]);
  return good;
}

int learner_step(Learner *learner, const int64_t *gradient, int count, double rate) {
  Network *network = &learner->network;
  optimizer_step(&learner->optimizer, network, gradient, count, rate);
  if (!parameters_are_finite(network)) return 0;
  if (learner->average.values)
    average_update(&learner->average, network, network->config->training.ema,
                   learner->optimizer.n_steps - 1);
  return 1;
}

void learner_swap_average(Learner *learner) {
  if (learner->average.values) average_swap(&learner->average, &learner->network);
}

void learner_broadcast(Learner *learner) {
  Network *network = &learner->network;
  Optimizer *optimizer = &learner->optimizer;
  size_t bytes = network->n_parameters * sizeof(float);
  dist_broadcast(network->parameters, bytes);
  for (int i = 0; i < OPTIMIZER_STATES; i++)
    if (optimizer->state[i]) dist_broadcast(optimizer->state[i], bytes);
  dist_broadcast(&optimizer->n_steps, sizeof optimizer->n_steps);
  for (int i = 0; i < network->n_running; i++) {
    Running *running = &network->running[i];
    dist_broadcast(running->mean, (size_t)running->n_groups * sizeof(float));
    dist_broadcast(running->variance, (size_t)running->n_groups * sizeof(float));
    dist_broadcast(&running->n_batches, sizeof running->n_batches);
  }
  if (learner->average.values)
    dist_broadcast(learner->average.values, average_size(network) * sizeof(float));
  network_pack(network);
}
