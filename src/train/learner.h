#ifndef NORMLAB_TRAIN_LEARNER_H
#define NORMLAB_TRAIN_LEARNER_H
#include "nn/average.h"
#include "nn/optimizer.h"

/* What learns: the network, and what a step changes beside it. It is the same on every rank. */
typedef struct Learner {
  Network network;
  Optimizer optimizer;
  Average average; /* with training.ema; otherwise average.values is NULL */
} Learner;

/* Builds the network for images of c x h x w, with its first weights, and an optimizer that has
 * done no step. The configuration must outlive the learner, and learner_free frees it also after a
 * failure. Returns what network_build returns, or STATUS_MEMORY. Not collective. */
Status learner_make(Learner *learner, const Config *config, int c, int h, int w) MUST_CHECK;
void learner_free(Learner *learner);

/* Does one step of the optimizer, then updates the average. gradient holds exact sums over `count`
 * samples (pass_gradient). Returns 0 if a parameter is not finite afterwards: no run could be
 * resumed from a checkpoint of that. The gradient is the same on every rank, and so is the answer.
 * Not collective. */
int learner_step(Learner *learner, const int64_t *gradient, int count, double rate) MUST_CHECK;

/* Exchanges the weights with their average, if there is one: the average is what is evaluated. A
 * second call takes it back. Not collective. */
void learner_swap_average(Learner *learner);

/* Collective. Every rank gets the state of rank 0's learner, with packed weights. */
void learner_broadcast(Learner *learner);

#endif
