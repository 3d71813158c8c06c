#ifndef NORMLAB_NN_STEPS_PLACES_H
#define NORMLAB_NN_STEPS_PLACES_H
#include "base/status.h"
#include "step.h"

/* How an operation is done together with its neighbours. */
typedef struct Joined {
  int is_done_with_previous;
  int is_input_whole;  /* 0: the gradient of its input never exists as a whole */
  int waits_forward;   /* 1: blocks wait for one another before its forward pass */
  int waits_backward;  /* 1: and in its backward pass, before it writes its input's gradient */
  int is_output_again; /* 1: its output is made again just before the operation that alone reads
                          it, which is the next one, goes back */
  int is_input_again;  /* 1: and so is its input before that */
} Joined;

/* Finds the places of activations, gradients and kept values. What is written and read between two
 * exchanges only is no longer needed when the thread goes on to its next block; it lies in the
 * thread's memory, which stays in a core's caches. All else lies in the block's slot. joined is
 * [n_ops]; n_readers [n_activations] is the number of operations that read each activation. Returns
 * STATUS_MEMORY. Not collective. */
Status places_make(Plan *plan, const Network *network, const Joined *joined,
                   const int *n_readers) MUST_CHECK;

#endif
