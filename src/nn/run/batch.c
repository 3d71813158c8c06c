#include "batch.h"

#include "base/exact.h"
#include "dist/dist.h"

void batch_cut(Batch *batch) {
  batch->n_blocks = (batch->count + LANES - 1) / LANES;
  batch->first_block = part_begin(batch->n_blocks, dist_rank(), dist_size());
  batch->last_block = part_begin(batch->n_blocks, dist_rank() + 1, dist_size());
  batch->term_limit = exact_term_limit(EXACT_SUM_RANGE, (uint64_t)batch->count);
  batch->gradient_limit = exact_term_limit(EXACT_GRADIENT_RANGE, (uint64_t)batch->count);
}

void batch_blocks(const Batch *batch, int t, int n_threads, int *begin, int *end) {
  int n_own = batch->last_block - batch->first_block;
  *begin = batch->first_block + part_begin(n_own, t, n_threads);
  *end = batch->first_block + part_begin(n_own, t + 1, n_threads);
}

int batch_first_sample(const Batch *batch, int r) {
  int sample = part_begin(batch->n_blocks, r, dist_size()) * LANES;
  return sample < batch->count ? sample : batch->count;
}
