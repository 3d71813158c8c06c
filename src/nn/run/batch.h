#ifndef NORMLAB_NN_RUN_BATCH_H
#define NORMLAB_NN_RUN_BATCH_H
/* The batch in progress, and which of its blocks are this rank's. */
#include "base/images.h"
#include "kernels/block.h"

typedef struct Batch {
  const ImageSet *set;
  const float *table;    /* as dataset_table */
  const uint32_t *index; /* sample numbers; NULL: position = sample number */
  int count, is_training;
  int n_blocks, first_block, last_block;
  uint64_t step;                     /* global number */
  double term_limit, gradient_limit; /* of a term of an exact sum, of a gradient */
} Batch;

/* The part of 0 .. n that belongs to part i of n_parts: contiguous, sizes differ by at most 1. */
static inline int part_begin(int n, int i, int n_parts) {
  return (int)((int64_t)n * i / n_parts);
}

/* Sets what follows from the count: blocks and limits. */
void batch_cut(Batch *batch);
/* The blocks of thread t of n_threads. */
void batch_blocks(const Batch *batch, int t, int n_threads, int *begin, int *end);
/* The first sample of rank r's blocks; of rank dist_size(): the count. */
int batch_first_sample(const Batch *batch, int r);

#endif
