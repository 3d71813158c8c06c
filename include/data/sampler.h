#ifndef NORMLAB_DATA_SAMPLER_H
#define NORMLAB_DATA_SAMPLER_H
/* Chooses the samples of each step, as a pure function of seed, epoch and step. An epoch is one
 * permutation of the whole train set (Fisher and Yates's shuffle, drawn with Philox), which is cut
 * into batches; the last batch may be smaller. Not collective. */
#include "base/status.h"
#include <stdint.h>

typedef struct Sampler {
  int n, batch, shuffle;
  uint64_t seed;
  int epoch;       /* the epoch that `order` is of; -1 before the first */
  uint32_t *order; /* [n]: the permutation */
} Sampler;

/* Makes a sampler of n samples in batches of `batch`, both at least 1. If shuffle is 0, every
 * epoch is in the order of the files. Returns STATUS_MEMORY. The caller frees the sampler by
 * sampler_free(). */
Status sampler_make(Sampler *sampler, int n, int batch, int shuffle, uint64_t seed) MUST_CHECK;
void sampler_free(Sampler *sampler);
/* Returns the number of steps of an epoch, ceil(n / batch). */
int sampler_steps(const Sampler *sampler);
/* Returns the number of samples of a step (from 0) of any epoch. */
int sampler_count(const Sampler *sampler, int step);
/* Returns the numbers of the samples of a step, in order, and sets *count to how many there are.
 * epoch and step count from 0. The array stays valid until the next call for another epoch. */
const uint32_t *sampler_batch(Sampler *sampler, int epoch, int step, int *count);

#endif
