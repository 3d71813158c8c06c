#ifndef NORMLAB_NN_RENORM_H
#define NORMLAB_NN_RENORM_H
/* Batch renormalization (Ioffe, "Batch renormalization: towards reducing minibatch dependence in
 * batch-normalized models", 2017). In training, with mean and sigma = sqrt(variance + epsilon) of a
 * group of statistics, and the running ones as they were before the step,
 *
 *   r = clip(sigma / running sigma, 1 / r_max, r_max)
 *   d = clip((mean - running mean) / running sigma, -d_max, d_max)
 *   y = gamma ((x - mean) / sigma r + d) + beta
 *
 * where running sigma = sqrt(running_var + epsilon). The backward pass takes r and d as constants.
 * The running statistics change as those of batch norm do, after r and d have been taken of them;
 * all groups of a step have the same running statistics. Every evaluation does without r and d.
 *
 * The limits are 1 and 0, which is batch norm, until step renorm.begin; then they grow linearly
 * with the steps, r_max to renorm.r_max at step renorm.r_end, and d_max to renorm.d_max at
 * renorm.d_end, and stay. These steps are numbers, or, below 1, shares of the run. Not collective.
 */
#include "config/run_length.h"

typedef struct RenormLimits {
  double r_max, d_max;
} RenormLimits;

/* Returns the limits of step `step` (0 = first) of a run of this length. */
RenormLimits renorm_limits(const Config *config, const RunLength *length, int64_t step);

/* Returns whether a step of the configuration is a share of the run. */
int renorm_has_shares(const Config *config);

#endif
