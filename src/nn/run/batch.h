#ifndef NORMLAB_NN_RUN_BATCH_H
#define NORMLAB_NN_RUN_BATCH_H
/* The batch in progress, and which of its samples belong to this rank. Not collective. */
#include "base/images.h"
#include "kernels/block.h"
#include "kernels/conv.h"

typedef struct Batch {
  const ImageSet *set;
  const float *table;    /* the table of dataset_table() (data/dataset.h) */
  const uint32_t *index; /* [count]: the sample numbers; NULL: the position is the sample number */
  int count, is_training;
  /* 1: a norm that crosses samples has statistics by groups of them; 0: it has the same ones for
   * all samples of the batch, be they the batch's own or not. */
  int is_grouped;
  int unit; /* samples that one rank has together: 1, or a block's (batch_unit()) */
  int first_sample, n_samples;       /* those of this rank */
  int n_blocks;                      /* of this rank: each of 16 of its samples but the last */
  uint64_t step;                     /* the global number of the step */
  double term_limit, gradient_limit; /* the limits of a term of an exact sum, and of a gradient */
} Batch;

/* Returns where part i of n_parts begins if 0 .. n - 1 is cut into contiguous parts whose sizes
 * differ by at most 1. */
static inline int part_begin(int n, int i, int n_parts) {
  return (int)((int64_t)n * i / n_parts);
}

/* Returns the largest number of samples that an evaluation with the statistics of batches takes
 * together, where training takes up to `batch`: what is left of a set joins its last batch. */
static inline int evaluation_batch_most(int batch) {
  return 2 * batch - 1;
}

/* Returns the unit in which ranks share the samples of a batch: blocks of 16, if the backend's bits
 * may depend on where a sample stands in its block, or else single samples. */
int batch_unit(const ConvBackend *backend);
/* Returns the largest number of blocks that a rank has of a batch of so many samples. */
int batch_most_blocks(int n_samples, int unit, int n_ranks);
/* Sets the rank's samples, its blocks, and the limits, which follow from the count. */
void batch_cut(Batch *batch);
/* Returns the lanes of a block of the rank: 16, or 8 if its samples fit and may stand anywhere in a
 * block. */
int batch_lanes(const Batch *batch, int block);
/* The blocks of a thread: those that it has alone, and those that it shares with its crew
 * (crew.h). */
typedef struct BatchPart {
  int begin, end;              /* the thread's own blocks: begin .. end - 1 */
  int crew_begin, crew_end;    /* the blocks of its crew */
  int first_thread, n_threads; /* the threads of its crew */
} BatchPart;

/* Returns the blocks of thread t of n_threads. All threads have the same number of blocks alone;
 * crews share what is left, or, with may_share = 0, the first thread of each crew has it alone. */
BatchPart batch_part(const Batch *batch, int t, int n_threads, int may_share);
/* Returns the first sample of rank r; for r = dist_size() this is the count. */
int batch_first_sample(const Batch *batch, int r);

#endif
