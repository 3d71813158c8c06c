#ifndef NORMLAB_NN_OPS_NORM_H
#define NORMLAB_NN_OPS_NORM_H
/* A norm as an operation: relu(dropout(gamma (x - mean) rstd + beta)). Its statistics are kept by
 * the block between the two directions; where they come from is the business of
 * steps/norm_group.c. */
#include "../builder.h"
#include "../run/context.h"
#include "norms/partition.h"

extern const OpKind OP_NORM;

typedef struct NormOp {
  NormMap map;
  int running; /* index of its running statistics, or -1 */
} NormOp;

/* What is particular to a norm, or NULL if the operation is none. */
static inline const NormOp *norm_of(const Op *op) {
  return op->kind == &OP_NORM ? op->own : NULL;
}

/* Statistics of the context's block, [U][16]. */
static inline double *norm_mean(const Context *context, const Op *op) {
  return kept_of(context, op);
}
static inline double *norm_rstd(const Context *context, const Op *op) {
  return kept_of(context, op) + (size_t)norm_of(op)->map.n_units * LANES;
}

/* 1 / sqrt(variance + epsilon); a variance that rounding made negative counts as 0. */
double norm_rstd_of(const Network *network, double variance);

/* A call for a part of the norm's output; place: for the dropout. */
NormCall norm_call(const Context *context, const Op *op, Band band, Dropout *place);
/* Where the gradients of scale and shift of a block go, with these sums. */
NormGradient norm_gradient(const Context *context, const Op *op, double *sum_d, double *sum_dx);
/* Adds them to the thread's. */
void norm_add_gradient(const Context *context, const Op *op, const NormGradient *gradient);

/* From sums over units to means over their groups within a sample, lane by lane, for units first ..
 * last - 1, which are whole groups; a norm that is not centred has mean_d = 0. In place. */
void norm_means(const NormMap *map, double *sum_d, double *sum_dx, int first, int last);

Status add_norm(Builder *builder, NormSpec spec) MUST_CHECK;

#endif
