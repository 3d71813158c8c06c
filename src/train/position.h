#ifndef NORMLAB_TRAIN_POSITION_H
#define NORMLAB_TRAIN_POSITION_H
#include "nn/pass.h"

/* Where a run stands: all that resuming needs besides weights, the optimizer's state and running
 * statistics. It is the same on every rank. */
typedef struct Position {
  int64_t epoch, step;        /* the next step: epoch 0 .., step 0 .. steps of an epoch - 1 */
  int64_t loss[2];            /* the exact_split sum over the samples of the epoch so far */
  int64_t correct, n_samples; /* of the epoch so far */
} Position;

/* Counts a step whose update is done. Not collective. */
void position_advance(Position *position, const StepResult *result);
/* Goes to the first step of the next epoch, with sums of 0. Not collective. */
void position_next_epoch(Position *position);
/* Collective. Every rank gets rank 0's position. */
void position_broadcast(Position *position);

#endif
