#include "data/sampler.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"

#include <stdlib.h>

Status sampler_make(Sampler *sampler, int n, int batch, int shuffle, uint64_t seed) {
  BUG_IF(n < 1 || batch < 1);
  *sampler = (Sampler){.n = n, .batch = batch, .shuffle = shuffle, .seed = seed, .epoch = -1};
  return memory_allocate(&sampler->order, (size_t)n, sizeof *sampler->order, "order of samples");
}

void sampler_free(Sampler *sampler) {
  free(sampler->order);
  *sampler = (Sampler){.epoch = -1};
}

int sampler_steps(const Sampler *sampler) {
  return sampler->n / sampler->batch + (sampler->n % sampler->batch != 0);
}

static void permute(Sampler *sampler, int epoch) {
  uint32_t *order = sampler->order;
  for (int i = 0; i < sampler->n; i++) order[i] = (uint32_t)i;
  if (!sampler->shuffle) return;
  RandomStream stream = random_stream(sampler->seed, RANDOM_SHUFFLE, (uint64_t)epoch);
  for (int i = sampler->n - 1; i > 0; i--) {
    uint32_t j = random_below(&stream, (uint32_t)i + 1);
    uint32_t other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
}

int sampler_count(const Sampler *sampler, int step) {
  int first = step * sampler->batch; /* below n, so it cannot overflow */
  return sampler->n - first < sampler->batch ? sampler->n - first : sampler->batch;
}

const uint32_t *sampler_batch(Sampler *sampler, int epoch, int step, int *count) {
  BUG_IF(epoch < 0 || step < 0 || step >= sampler_steps(sampler));
  if (epoch != sampler->epoch) {
    permute(sampler, epoch);
    sampler->epoch = epoch;
  }
  *count = sampler_count(sampler, step);
  return sampler->order + step * sampler->batch;
}
