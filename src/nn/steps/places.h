#ifndef NORMLAB_NN_STEPS_PLACES_H
#define NORMLAB_NN_STEPS_PLACES_H
#include "base/status.h"
#include "step.h"

/* Whether an operation is done with the one before it. */
typedef struct Joined {
  int is_done_with_previous;
  int is_input_whole; /* otherwise the gradient of its input never exists as a whole */
} Joined;

/* Places of activations, gradients and kept values in a slot. joined [n_ops]; n_readers by
 * activation. */
Status places_make(Plan *plan, const Network *network, const Joined *joined,
                   const int *n_readers) MUST_CHECK;

#endif
