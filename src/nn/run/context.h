#ifndef NORMLAB_NN_RUN_CONTEXT_H
#define NORMLAB_NN_RUN_CONTEXT_H
/* A pass, and where a thread is in it: what operations and steps work on. */
#include "../steps/step.h"
#include "batch.h"
#include "clock.h"
#include "exchange.h"
#include "kernels/pointwise.h"
#include "observe.h"
#include "workspace.h"

struct Pass {
  Network *network;
  int batch; /* samples, at most */
  Plan plan;
  Workspace work;
  Batch now;
  Exchange exchange;
  Observer observer;
  Clock clock;
  PassAugment augment; /* run: NULL if there is none */
};

struct Context {
  Pass *pass;
  Thread *thread;
  Slot *slot;
};

static inline float *activation_of(const Context *context, int number) {
  return context->slot->activation + context->pass->plan.activation[number];
}
static inline float *gradient_of(const Context *context, int number) {
  return context->slot->gradient + context->pass->plan.gradient[number];
}
/* What an operation keeps until its backward pass. */
static inline double *kept_of(const Context *context, const Op *op) {
  return context->slot->kept + context->pass->plan.kept[op->number];
}
static inline const float *parameter_of(const Context *context, int tensor) {
  return tensor_values(context->pass->network, tensor);
}
static inline Shape shape_of(const Context *context, int number) {
  return context->pass->network->shapes[number];
}

/* The operation's dropout in this step, in place; NULL if there is none. */
static inline const Dropout *dropout_of(const Context *context, const Op *op, Dropout *place) {
  const Batch *now = &context->pass->now;
  if (!now->is_training || op->threshold == 0) return NULL;
  const RandomKey key = op->dropout_key;
  *place = (Dropout){op->threshold, {key.word[0], key.word[1]}, now->step, context->slot->lane};
  return place;
}

/* Adds a block's gradient of a tensor (-1: none) to the thread's. */
static inline void add_gradient(const Context *context, int tensor, const float *term) {
  if (tensor < 0) return;
  const Tensor *t = &context->pass->network->tensors[tensor];
  Thread *thread = context->thread;
  thread->out_of_range |= gradient_add_floats(thread->gradient + t->offset, term, t->n,
                                              context->pass->now.gradient_limit);
}
static inline void add_gradient_doubles(const Context *context, int tensor, const double *term) {
  if (tensor < 0) return;
  const Tensor *t = &context->pass->network->tensors[tensor];
  Thread *thread = context->thread;
  thread->out_of_range |= gradient_add_doubles(thread->gradient + t->offset, term, t->n,
                                               context->pass->now.gradient_limit);
}

/* Adds a term to an exact sum of the thread's. */
static inline void add_exactly(const Context *context, ExactSum *sum, double term) {
  context->thread->out_of_range |= exact_add(sum, term, context->pass->now.term_limit);
}

#endif
