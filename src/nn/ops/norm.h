#ifndef NORMLAB_NN_OPS_NORM_H
#define NORMLAB_NN_OPS_NORM_H
/* A norm as an operation: y = relu(dropout(gamma (x - mean) rstd + beta)). A block keeps the
 * norm's statistics, and the masks of dropout and ReLU, from the forward to the backward pass;
 * steps/norm_group.h says where the statistics come from. Not collective. */
#include "../builder.h"
#include "../run/share.h"
#include "norms/partition.h"

extern const OpKind OP_NORM;

typedef struct NormOp {
  NormSpec spec;
  NormMap map;
  size_t n_elements; /* of a sample */
  int running;       /* the index of its running statistics, or -1 */
  int group_units;   /* the units of a group */
  int *units;        /* [n_groups][group_units]: which they are, in ascending order */
} NormOp;

/* Returns what is particular to a norm, or NULL if the operation is no norm. */
static inline const NormOp *norm_of(const Op *op) {
  return op->kind == &OP_NORM ? op->own : NULL;
}

/* Return the statistics of the context's block, [U][16]. */
static inline double *norm_mean(const Context *context, const Op *op) {
  return kept_of(context, op);
}
static inline double *norm_rstd(const Context *context, const Op *op) {
  return kept_of(context, op) + (size_t)norm_of(op)->map.n_units * LANES;
}

/* Adds gamma y + beta to a graph, as far as the operation has them. */
int norm_express_affine(Graph *graph, const Op *op, NormAffine affine, int y);

/* Returns whether a block keeps masks of dropout and ReLU. */
static inline int norm_keeps_masks(const Op *op) {
  return op->relu || op->threshold > 0;
}
/* Returns the masks of dropout and ReLU of the context's block (NormCall.passes). */
static inline uint16_t *norm_passes(const Context *context, const Op *op) {
  return (void *)(norm_rstd(context, op) + (size_t)norm_of(op)->map.n_units * LANES);
}

/* Returns a call for a part of the norm's output. `place` is memory for the dropout that the call
 * refers to. */
NormCall norm_call(const Context *context, const Op *op, Band band, Dropout *place);
/* Returns where the gradients of scale and shift of a block are added to, those of the thread,
 * together with these sums [U][16]. */
NormGradient norm_gradient(const Context *context, const Op *op, double *sum_d, double *sum_dx);

/* Returns 1 / sqrt(variance + epsilon), where a variance that rounding made negative counts as 0.
 */
double norm_rstd_of(const Network *network, double variance);

/* Returns what norm_statistics() is to know of one group within a sample, arrays apart. */
NormStatistics norm_statistics_of(const Network *network, const NormMap *map);
/* Turns sums over units, in place, into means over the groups of units that share statistics
 * within a sample, lane by lane, for these groups. For a norm that is not centred mean_d = 0. */
void norm_means(const NormOp *norm, double *sum_d, double *sum_dx, Interval groups);

/* Returns the doubles that keep the masks of n elements of a sample, a word each. */
static inline size_t mask_doubles(size_t n) {
  const size_t per_double = sizeof(double) / sizeof(uint16_t);
  return (n + per_double - 1) / per_double;
}

/* Appends the tensor of a parameter beside gamma and beta and returns its number. */
int norm_parameter(Builder *builder, const NormParameter *parameter, int channels);
/* Appends the tensors of gamma and beta, as far as the norm has them, of these dimensions: none for
 * a norm without. */
void norm_affine(Builder *builder, Op *op, NormSpec spec, int n_dims, const int *dims);
/* Appends a norm with its scale, shift and running statistics, or nothing for a norm without
 * statistics. Returns STATUS_USAGE if it does not fit the channels, or STATUS_MEMORY. */
Status add_norm(Builder *builder, NormSpec spec) MUST_CHECK;

/* Makes the thread's share of the norm's output, all of which is stored, by norm_forward() or
 * norm_forward_again() of kernels/norm.h. */
void norm_make(const Context *context, const Op *op,
               void (*kernel)(float *y, const float *x, const NormCall *call));

#endif
