#ifndef NORMLAB_NN_STEPS_PLACES_H
#define NORMLAB_NN_STEPS_PLACES_H
#include "base/status.h"
#include "step.h"

/* How an operation is done together with its neighbours. */
typedef struct Joined {
  int is_done_with_previous;
  int is_input_whole; /* 0: the gradient of its input never exists as a whole */
} Joined;

/* Finds the places of activations, gradients and kept values in a slot. joined is [n_ops];
 * n_readers [n_activations] is the number of operations that read each activation. Returns
 * STATUS_MEMORY. Not collective. */
Status places_make(Plan *plan, const Network *network, const Joined *joined,
                   const int *n_readers) MUST_CHECK;

#endif
