#ifndef NORMLAB_NN_RUN_CONTEXT_H
#define NORMLAB_NN_RUN_CONTEXT_H
/* A pass, and where in it a thread is: this is what operations and steps work on. Not collective.
 */
#include "../steps/step.h"
#include "batch.h"
#include "clock.h"
#include "exchange.h"
#include "kernels/pointwise.h"
#include "observe.h"
#include "similarity.h"
#include "workspace.h"

/* Everything that belongs to a pass. */
struct Pass {
  Network *network;
  int batch; /* the largest number of samples */
  Plan plan;
  Workspace work;
  Batch now;
  Exchange exchange;
  Observer observer;
  Similarity similarity; /* similarity.sum is NULL without it */
  Clock clock;
  DealChoice choice;
  RenormLimits renorm; /* of the present step */
  PassAugment augment; /* augment.run is NULL if there is none */
};

/* The pass, the calling thread, the slot of the block that it works on, and which share of the work
 * on it is the thread's (share.h). */
struct Context {
  Pass *pass;
  Thread *thread;
  Slot *slot;
  Thread *first; /* the first thread of the crew; the thread itself if it works alone */
  Crew *crew;    /* NULL: it works alone */
  int share, n_shares;
  /* Whether the crew meets before and after its work on the block, because its first thread's
   * memory may be in use before, or will be afterwards. */
  int meets_before, meets_after;
};

/* Returns the array that has this place. */
static inline float *array_at(const Context *context, Place place) {
  return (place.is_temporary ? context->first->temporary : context->slot->arrays) + place.at;
}
/* Returns the block's sums [Sizes.sums], which all threads of the crew see. */
static inline double *sums_of(const Context *context) {
  return context->first->sums;
}

/* Return activation `number` of the block, and its gradient. */
static inline float *activation_of(const Context *context, int number) {
  return array_at(context, context->pass->plan.activation[number]);
}
static inline float *gradient_of(const Context *context, int number) {
  return array_at(context, context->pass->plan.gradient[number]);
}
/* Returns what an operation keeps until its backward pass. */
static inline double *kept_of(const Context *context, const Op *op) {
  return context->slot->kept + context->pass->plan.kept[op->number];
}
/* Returns the values of a parameter tensor; NULL for tensor -1. */
static inline const float *parameter_of(const Context *context, int tensor) {
  return tensor_values(context->pass->network, tensor);
}
/* Returns the shape of activation `number`. */
static inline Shape shape_of(const Context *context, int number) {
  return context->pass->network->shapes[number];
}

/* Fills *place with the operation's dropout in this step and returns it, or returns NULL if there
 * is none. */
static inline const Dropout *dropout_of(const Context *context, const Op *op, Dropout *place) {
  const Batch *now = &context->pass->now;
  if (!now->is_training || op->threshold == 0) return NULL;
  const RandomKey key = op->dropout_key;
  *place = (Dropout){op->threshold, {key.word[0], key.word[1]}, now->step, context->slot->lane};
  return place;
}

/* Returns where a thread adds up the gradient of a tensor; NULL for tensor -1. What is added is on
 * the grid of gradients (base/exact.h), with now.gradient_limit as the bound of a sample's term. */
static inline int64_t *gradient_sums(const Context *context, int tensor) {
  if (tensor < 0) return NULL;
  return context->thread->gradient + context->pass->network->tensors[tensor].offset;
}
/* Keeps in mind whether a term was out of range. */
static inline void note_range(const Context *context, int out_of_range) {
  context->thread->out_of_range |= out_of_range;
}

/* Adds a term to an exact sum of the thread, and keeps in mind whether it was out of range. */
static inline void add_exactly(const Context *context, ExactSum *sum, double term) {
  context->thread->out_of_range |= exact_add(sum, term, context->pass->now.term_limit);
}

#endif
