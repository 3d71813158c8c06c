#ifndef NORMLAB_NN_STEPS_BATCH_STATISTICS_H
#define NORMLAB_NN_STEPS_BATCH_STATISTICS_H
/* The statistics of a norm that crosses samples, for each group of samples, and its running
 * statistics. Not collective: the sums are those of all ranks. */
#include "../ops/norm.h"

/* Computes mean and rstd of the exchange from the sums and the sums of squares [sample
 * group][unit] of the batch in progress. Then running = (1 - momentum) running + momentum new,
 * where `new` is the mean over the sample groups of the mean and of the unbiased variance.
 * Overwrites square. */
void batch_statistics(Pass *pass, const Op *norm, const double *sum, double *square);

/* Takes the running statistics as the statistics of all norms that cross samples. It is called
 * before an evaluation. */
void batch_statistics_use_running(Pass *pass);

#endif
