#ifndef NORMLAB_NN_STEPS_BATCH_STATISTICS_H
#define NORMLAB_NN_STEPS_BATCH_STATISTICS_H
/* The statistics of a norm that crosses samples, for each group of samples, and its running
 * statistics. Not collective: the sums are those of all ranks of the scope. */
#include "../ops/norm.h"

/* Return how the samples of the batch in progress are grouped: the number of groups, the group of a
 * sample, and the number of samples in a group. A batch that is_grouped has groups as a batch of
 * training has (norms/partition.h). It may have more samples than the largest batch of training:
 * where that is one group, this one is, too. Other batches are one group. */
int batch_groups(const Pass *pass, const NormMap *map);
int batch_group_of(const Pass *pass, const NormMap *map, int sample);
int batch_group_samples(const Pass *pass, const NormMap *map, int group);

/* Returns over which ranks the norm's sums are added up: only those whose samples share groups. The
 * same on all ranks. */
DistScope batch_scope(const Pass *pass, const NormMap *map);

/* Called before and after a step of training; the latter when the message with the gradient has
 * been added up over the ranks. Where only one rank or node has a group's sums, the running
 * statistics wait for that message: one of its ranks writes the bits of the group's two statistics
 * into it, where all others have 0, so that all ranks read them there. */
void batch_statistics_begin(Pass *pass);
void batch_statistics_finish(Pass *pass);

/* Computes mean and rstd of the exchange from the sums and the sums of squares [sample
 * group][group] of the batch in progress. Overwrites square. In training, then
 * or after the step,
 * running = (1 - momentum) running + momentum new, where `new` is the mean over the sample groups
 * of the mean and of the unbiased variance, or of the mean square where the norm is not centred.
 * Outside of training, a batch that is not grouped is the population: its mean and its biased
 * variance, as floats, become Running.population, and it is these floats that mean and rstd are
 * computed from. */
void batch_statistics(Pass *pass, const Op *norm, const double *sum, double *square);

/* Takes the running statistics, or those of the population, as the statistics of all norms that
 * cross samples. It is called before an evaluation. */
void batch_statistics_use(Pass *pass, Statistics statistics);

#endif
