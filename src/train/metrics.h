#ifndef NORMLAB_TRAIN_METRICS_H
#define NORMLAB_TRAIN_METRICS_H
#include "trainer.h"

/* One row of what is counted by steps, and by epochs. Rank 0; not collective. */
Status metrics_step(Trainer *trainer, const StepResult *result, double rate) MUST_CHECK;
/* spread: seconds by phase, minimum, mean and maximum over ranks; last_count: samples of the last
 * step. */
Status metrics_epoch(Trainer *trainer, double images, double seconds, double *spread[3],
                     int last_count) MUST_CHECK;

#endif
