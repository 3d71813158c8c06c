#ifndef NORMLAB_TESTS_NORM_CASE_H
#define NORMLAB_TESTS_NORM_CASE_H
/* Runs the norm kernels over the blocks of a problem as a caller does: sums, statistics of each
 * group, forward, backward sums, their means over each group, second half. */
#include "norm_reference.h"

typedef struct NormCase {
  NormProblem p;
  Shape s;
  int n_blocks;
  uint32_t first_sample;                /* global number of sample 0 */
  Dropout dropout;                      /* threshold 0: none; lane is set for each block */
  double *x, *gamma, *beta, *dy, *drop; /* dense; x, gamma, beta, dy are float values */
  int *group;
  int channels, rows;    /* of the bands that it is run in; 0: as a whole */
  int no_gamma, no_beta; /* see norm_case_without() */
} NormCase;

/* What comes out, dense, and the raw blocks for comparisons of bits. */
typedef struct NormOutcome {
  double *mean, *var; /* [n_groups] */
  double *y, *dx, *dz, *dgamma, *dbeta;
  float *y_block, *dx_block;
  size_t n_block_floats;
  int out_of_range;
} NormOutcome;

typedef enum Sharing { SHARE_NOTHING, SHARE_SAMPLE, SHARE_BATCH, SHARE_SCATTERED } Sharing;

/* Which units, and which affine. */
typedef struct NormVariant {
  NormUnit unit;
  int parts; /* of units that are pixels: the channels are cut into so many, or one by one if they
                are not divided by that */
  NormAffine affine;
} NormVariant;

/* Variant number i, from 0 to N_NORM_VARIANTS - 1: every unit with every affine. Of three seeds in
 * a row each has other parts. */
enum { N_NORM_VARIANTS = 12 };
NormVariant norm_variant(int i, int seed);

/* Values with a mean of `offset` deviations, different in each channel. */
NormCase norm_case_make(int n, int c, int h, int w, NormVariant variant, Sharing sharing,
                        int threshold, int relu, double offset);
/* The kernels get no gamma, no beta and neither of their gradients, which stay 0; the problem gets
 * ones and zeros. */
void norm_case_without(NormCase *k, int gamma, int beta);
void norm_case_free(NormCase *k);
NormOutcome norm_case_run(const NormCase *k);
void norm_outcome_free(NormOutcome *o);

#endif
