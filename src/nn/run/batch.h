#ifndef NORMLAB_NN_RUN_BATCH_H
#define NORMLAB_NN_RUN_BATCH_H
/* The batch in progress, which of its samples belong to this rank, and how the rank's threads deal
 * them out. Not collective. */
#include "base/images.h"
#include "kernels/block.h"
#include "kernels/conv.h"

/* How the samples are dealt out that are left when all threads have the same number of full blocks:
 * in blocks of up to 16, or, if there are no more of these than threads, in blocks of up to 8; and
 * whether several threads work on one of these blocks where there are fewer blocks than threads.
 * Results do not depend on it. Which one is the fastest depends on how far the cores are from each
 * other, and on the instruction set. */
typedef enum Deal { DEAL_SHARED, DEAL_NARROW_SHARED, DEAL_ALONE, N_DEALS } Deal;

typedef struct Batch {
  const ImageSet *set;
  const float *table;    /* the table of dataset_table() (data/dataset.h) */
  const uint32_t *index; /* [count]: the sample numbers; NULL: the position is the sample number */
  int count, is_training;
  /* 1: a norm that crosses samples has statistics by groups of them; 0: it has the same ones for
   * all samples of the batch, be they the batch's own or not. */
  int is_grouped;
  int unit;  /* samples that one rank has together: 1, or a block's (batch_unit()) */
  int group; /* 0, or the size of groups of which each is one rank's as a whole; what is left joins
                the last */
  int first_sample, n_samples;       /* those of this rank */
  Deal deal;                         /* or, of whole units, DEAL_ALONE */
  int n_alone;                       /* full blocks that each thread of the rank has alone */
  int n_wide, n_blocks;              /* the rank's blocks of 16 lanes, which come first, and all */
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
/* Returns the largest number of blocks that a rank of n_threads threads has of a batch of up to so
 * many samples, also where ranks have whole groups. */
int batch_most_blocks(int n_samples, int unit, int n_ranks, int n_threads);
/* Gives the ranks whole groups of so many samples, if that costs no balance: the rank with the most
 * samples has as many blocks of 8 as without. Called before batch_cut(). */
void batch_keep_groups(Batch *batch, int group);
/* Sets the rank's samples, its blocks, and the limits, which follow from the count. */
void batch_cut(Batch *batch, int n_threads, Deal deal);

/* Return the first of the rank's samples that a block has, and its number of lanes. */
static inline int batch_block_begin(const Batch *batch, int block) {
  const int n_narrow = block > batch->n_wide ? block - batch->n_wide : 0;
  return (block - n_narrow) * LANES + n_narrow * NARROW_LANES;
}
static inline int batch_lanes(const Batch *batch, int block) {
  return block < batch->n_wide ? LANES : NARROW_LANES;
}

/* The blocks of a thread: those that it has alone, begin .. end - 1, and one of those that are
 * left, with the threads of its crew (crew.h). */
typedef struct BatchPart {
  int begin, end;
  int crew_block;              /* -1: it has none */
  int first_thread, n_threads; /* of the crew */
} BatchPart;

/* Returns the blocks of thread t of n_threads. */
BatchPart batch_part(const Batch *batch, int t, int n_threads);

/* Returns how long a rank's samples take n_threads threads by the best way to deal them out, in
 * units of the time that one thread takes for a full block. An estimate: of s6, two threads took
 * 0.63 to 0.69 of the time of one for a block, where their cores have a cache in common; more than
 * two were not tried. A block of 8 lanes took 0.77 of the time of one of 16 with AVX-512, and less
 * with shorter vectors. */
double batch_rounds(int n_samples, int n_threads);

/* Returns the first sample of rank r; for r = dist_size() this is the count. */
int batch_first_sample(const Batch *batch, int r);

#endif
