#ifndef NORMLAB_TRAIN_MEASURE_H
#define NORMLAB_TRAIN_MEASURE_H
#include "trainer.h"

/* How long a run takes, from a few steps of it. */
typedef struct Measured {
  double step, evaluation; /* seconds: the median of the steps; that of all images */
} Measured;

/* Trains n_steps steps after a few that are not timed, and evaluates a part of the images. The
 * weights are others afterwards: the trainer is of no use for a run. Returns STATUS_NUMBERS if the
 * network diverges meanwhile, STATUS_STOPPED on request, or STATUS_MEMORY. Not for several ranks.
 */
Status measure_run(Measured *measured, Trainer *trainer, int n_steps) MUST_CHECK;

#endif
