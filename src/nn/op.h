#ifndef NORMLAB_NN_OP_H
#define NORMLAB_NN_OP_H
/* Operations. All that is particular to a kind of operation stands in its file under ops/, which
 * exports one OpKind; nothing else asks of which kind an operation is. */
#include "base/random.h"
#include "nn/network.h"

typedef struct Context Context; /* run/context.h */

/* What a thread needs memory for; each operation and step raises what it needs more of. */
typedef struct Sizes {
  size_t scratch;  /* floats, of the kernels */
  size_t extra;    /* floats, one activation or gradient that does not stay */
  size_t term;     /* floats, the weight gradient of a block */
  size_t first;    /* floats, that of the first convolution where it is fused */
  size_t piece;    /* floats, the largest piece of an activation */
  size_t sums;     /* doubles, sums by unit and lane, two sorts */
  size_t affine;   /* doubles, gradients of scale and shift of a block */
  size_t exchange; /* exact sums of the largest exchange between blocks */
} Sizes;

static inline void raise_to(size_t *size, size_t n) {
  if (n > *size) *size = n;
}

typedef struct OpKind {
  const char *name;   /* in tables: "conv" */
  int is_tail;        /* the operation is nothing but dropout and ReLU, which go by their names */
  int takes_tail;     /* dropout and ReLU that follow can be a part of it */
  int works_in_place; /* the gradient of its input may overwrite that of its output */
  int counts_flops;   /* its multiply-adds, outputs times weights, are useful work */
  int n_modules;      /* modules that PyTorch would have for it, its dropout and ReLU apart */

  /* NULL, both, where steps/ has steps for it. Writes the activation op->out of the context's
   * block from op->in (and op->in2). */
  void (*forward)(const Context *context, const Op *op);
  /* From the gradient of op->out, adds those of the parameters to the thread's, and writes that of
   * op->in (side 0) or of op->in2 (side 1) to dx; dx is NULL where nobody wants it. Side 0 comes
   * last, and with it the parameters' gradients. */
  void (*backward)(const Context *context, const Op *op, int side, float *dx);

  /* The following may be NULL. */
  void (*sizes)(Sizes *sizes, const Network *network, const Op *op);
  size_t (*kept)(const Op *op); /* doubles that a block keeps for it until its backward pass */
  size_t (*packed_size)(const Network *network, const Op *op); /* floats */
  void (*pack)(const Network *network, const Op *op);
  /* What a convolution or a pool looks at: window (0: one element) and stride. */
  void (*window)(const Network *network, const Op *op, int *window, int *stride);
  /* What is observed of it in place of its output: arrays [out], of which after may be the
   * thread's extra. */
  void (*observe)(const Context *context, const Op *op, const float **before, const float **after);
  void (*size_text)(const Op *op, char text[32]); /* "3x3" */
  void (*release)(Op *op);                        /* of what it owns beside op->own */
} OpKind;

struct Op {
  const OpKind *kind;
  int number;       /* index among the operations */
  int layer;        /* index in the configuration */
  int in, in2, out; /* activations; in2 = -1 for most */
  int weight, bias; /* parameter tensors (scale and shift of a norm), or -1 */
  size_t packed;    /* place of the packed weights, in floats */
  int threshold;    /* dropout after it: round(256 p), 0 for none */
  int relu;         /* whether a ReLU comes last */
  RandomKey dropout_key;
  void *own; /* of the kind */
};

static inline Shape op_in(const Network *network, const Op *op) {
  return network->shapes[op->in];
}
static inline Shape op_out(const Network *network, const Op *op) {
  return network->shapes[op->out];
}
/* Elements of a parameter tensor; 0 if there is none (-1). */
static inline size_t tensor_size(const Network *network, int tensor) {
  return tensor < 0 ? 0 : network->tensors[tensor].n;
}
static inline const float *tensor_values(const Network *network, int tensor) {
  return tensor < 0 ? NULL : network->parameters + network->tensors[tensor].offset;
}

/* Appends to a text of so many bytes; the second "norm, dropout, ReLU" or "conv 3x3". */
void text_append(char *text, size_t bytes, const char *more);
void op_name(const Op *op, char *text, size_t bytes);

#endif
