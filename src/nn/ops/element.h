#ifndef NORMLAB_NN_OPS_ELEMENT_H
#define NORMLAB_NN_OPS_ELEMENT_H
/* What operations share that belong to a norm, work element by element, and have the parameter of
 * the norm's row (NormKind.parameter): the tanh norm and the threshold. A block keeps the masks of
 * the dropout and the ReLU that follow. Not collective. */
#include "norm.h"

typedef struct ElementOp {
  NormSpec spec;
  int parameter;     /* the number of the tensor of the row's parameter */
  size_t n_elements; /* of a sample */
  /* Computes y of x, which hold the band. */
  void (*run)(const Context *context, const Op *op, Band band, float *y, const float *x);
  /* Writes dx, which may be dy, and adds the parameters' gradients, of a band with all rows of its
   * channels. Returns 1 if a term was out of range; otherwise 0. */
  int (*run_back)(const Context *context, const Op *op, Band band, float *dx, const float *dy,
                  const float *x);
} ElementOp;

static inline const ElementOp *element_of(const Op *op) {
  return op->own;
}
/* Returns the masks of dropout and ReLU of the context's block. */
static inline uint16_t *element_masks(const Context *context, const Op *op) {
  return (uint16_t *)(void *)kept_of(context, op);
}

/* Functions of the OpKind. */
void element_forward(const Context *context, const Op *op);
Band element_backward(const Context *context, const Op *op, int side, float *dx);
size_t element_kept(const Op *op);

/* Appends an operation of this kind with the parameter of the norm's row. own: what it runs.
 * Returns STATUS_MEMORY. */
Status element_append(Builder *builder, Op **op, const OpKind *kind, NormSpec spec,
                      ElementOp own) MUST_CHECK;

#endif
