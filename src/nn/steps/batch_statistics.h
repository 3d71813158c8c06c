#ifndef NORMLAB_NN_STEPS_BATCH_STATISTICS_H
#define NORMLAB_NN_STEPS_BATCH_STATISTICS_H
/* Statistics of a norm that crosses samples, for each group of samples, and its running ones. */
#include "../ops/norm.h"

/* From sums and sums of squares [sample group][unit] of the batch in progress: mean and rstd in the
 * exchange, and running = (1 - momentum) running + momentum new, where new is the mean over the
 * groups, of the unbiased variance. Overwrites square. */
void batch_statistics(Pass *pass, const Op *norm, const double *sum, double *square);

/* Before an evaluation: the statistics of all norms that cross samples are the running ones. */
void batch_statistics_use_running(Pass *pass);

#endif
