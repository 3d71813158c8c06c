#ifndef NORMLAB_DATA_SAMPLER_H
#define NORMLAB_DATA_SAMPLER_H
/* Which samples a step takes: a pure function of seed, epoch and step. An epoch is one permutation
 * of the whole train set (Fisher-Yates with Philox), cut into batches; the last one may be smaller.
 */
#include "base/status.h"
#include <stdint.h>

typedef struct Sampler {
  int n, batch, shuffle;
  uint64_t seed;
  int epoch;       /* of order; -1 before the first */
  uint32_t *order; /* [n] */
} Sampler;

Status sampler_make(Sampler *sampler, int n, int batch, int shuffle, uint64_t seed) MUST_CHECK;
void sampler_free(Sampler *sampler);
/* Steps of an epoch: ceil(n / batch). */
int sampler_steps(const Sampler *sampler);
/* Samples of a step of an epoch, in order; *count of them. Valid until the next call for another
 * epoch. shuffle = 0: file order. */
const uint32_t *sampler_batch(Sampler *sampler, int epoch, int step, int *count);

#endif
