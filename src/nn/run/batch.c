#include "batch.h"

#include "base/exact.h"
#include "crew.h"
#include "dist/dist.h"

int batch_unit(const ConvBackend *backend) {
  return backend->is_indivisible ? LANES : 1;
}

int batch_most_blocks(int n_samples, int unit, int n_ranks) {
  const int n_units = (n_samples + unit - 1) / unit;
  return ((n_units + n_ranks - 1) / n_ranks * unit + LANES - 1) / LANES;
}

void batch_cut(Batch *batch) {
  batch->first_sample = batch_first_sample(batch, dist_rank());
  batch->n_samples = batch_first_sample(batch, dist_rank() + 1) - batch->first_sample;
  batch->n_blocks = (batch->n_samples + LANES - 1) / LANES;
  batch->term_limit = exact_term_limit(EXACT_SUM_RANGE, (uint64_t)batch->count);
  batch->gradient_limit = exact_term_limit(EXACT_GRADIENT_RANGE, (uint64_t)batch->count);
}

int batch_lanes(const Batch *batch, int block) {
  const int n_left = batch->n_samples - block * LANES;
  return batch->unit == 1 && n_left <= NARROW_LANES ? NARROW_LANES : LANES;
}

BatchPart batch_part(const Batch *batch, int t, int n_threads, int may_share) {
  const int n_alone = batch->n_blocks / n_threads, n_left = batch->n_blocks % n_threads;
  const int left = batch->n_blocks - n_left;
  const int n_crews = may_share || n_left == 0 ? crew_count(n_left, n_threads) : n_left;
  int crew = 0;
  while (part_begin(n_threads, crew + 1, n_crews) <= t) crew++;
  const int first = part_begin(n_threads, crew, n_crews);
  const int has_crew = may_share || t == first;
  return (BatchPart){.begin = t * n_alone,
                     .end = (t + 1) * n_alone,
                     .crew_begin = left + part_begin(n_left, crew, n_crews),
                     .crew_end = left + part_begin(n_left, crew + has_crew, n_crews),
                     .first_thread = first,
                     .n_threads = may_share ? part_begin(n_threads, crew + 1, n_crews) - first : 1};
}

int batch_first_sample(const Batch *batch, int r) {
  const int n_units = (batch->count + batch->unit - 1) / batch->unit;
  const int sample = part_begin(n_units, r, dist_size()) * batch->unit;
  return sample < batch->count ? sample : batch->count;
}
