#ifndef NORMLAB_TRAIN_DIVERGENCE_H
#define NORMLAB_TRAIN_DIVERGENCE_H
#include "trainer.h"

/* Where a run has diverged. */
typedef struct Divergence {
  const char *where;        /* "epoch 2, step 17" */
  const StepResult *result; /* of the step; NULL: in the evaluation behind it */
  const char *kept;         /* the file that holds the last good state; NULL: there is none */
  int is_first;             /* 1: no step has been taken before */
} Divergence;

/* Returns STATUS_NUMBERS, with a message that says where, in which layer, and what to do. It is
 * the same on all ranks. Not collective. */
Status divergence_status(const Trainer *trainer, const Divergence *divergence) MUST_CHECK;

#endif
