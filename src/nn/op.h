#ifndef NORMLAB_NN_OP_H
#define NORMLAB_NN_OP_H
/* Operations. Everything that is particular to a kind of operation stands in its file under ops/,
 * which exports one OpKind; nothing else asks which kind an operation is. Not collective. */
#include "base/random.h"
#include "nn/graph.h"

typedef struct Context Context; /* run/context.h */

/* The sizes of a thread's memory. Each operation and step raises those of which it needs more. */
typedef struct Sizes {
  size_t scratch;   /* floats: scratch memory of the kernels */
  size_t temporary; /* floats: activations and gradients that stay until the next exchange */
  size_t extra;     /* floats: one activation or gradient that does not stay */
  size_t piece;     /* floats: the largest part of an activation that steps work on at once */
  size_t sums;      /* doubles: two kinds of sums by unit and lane */
  size_t exchange;  /* exact sums: those of the largest exchange between blocks */
} Sizes;

/* Raises a size to n if it is smaller. */
static inline void raise_to(size_t *size, size_t n) {
  if (n > *size) *size = n;
}

/* A kind of operation. Its functions are called with a context, which says on which block of which
 * pass the calling thread works. */
typedef struct OpKind {
  const char *name;   /* its name in tables: "conv" */
  int is_tail;        /* 1: the operation is only dropout and ReLU, which go by their names */
  int takes_tail;     /* 1: dropout and ReLU that follow it can be a part of it */
  int works_in_place; /* 1: the gradient of its input may overwrite that of its output */
  int forgets_input;  /* 1: backward() does not read op->in and op->in2 */
  int forgets_output; /* 1: it does not read op->out */
  int counts_flops;   /* 1: its multiply-adds, outputs times weights, are useful work */
  int n_modules;      /* the number of modules that PyTorch would have for it, apart from its
                         dropout and ReLU */

  /* forward() computes the activation op->out of the block from op->in (and op->in2). Both it
   * and backward() are NULL if steps/ has steps for the operation. */
  void (*forward)(const Context *context, const Op *op);
  /* backward() goes back from the gradient of op->out. It adds the gradients of the parameters
   * to those of the thread, and writes the gradient of op->in (side 0) or of op->in2 (side 1) to
   * dx; dx is NULL where nobody wants it. Side 0 comes last, and it is there that the
   * parameters' gradients are added. It returns what of dx it has written.
   *
   * The threads of a crew call both for one block, and each computes its share (run/share.h). */
  Band (*backward)(const Context *context, const Op *op, int side, float *dx);

  /* All of the following may be NULL. sizes() raises what the operation needs more of. */
  void (*sizes)(Sizes *sizes, const Network *network, const Op *op);
  /* kept() returns how many doubles a block keeps for it until its backward pass. */
  size_t (*kept)(const Op *op);
  /* packed_size() returns how many floats its packed weights have; pack() packs them. */
  size_t (*packed_size)(const Network *network, const Op *op);
  void (*pack)(const Network *network, const Op *op);
  /* finish() works on the gradient of its parameters, which is part of that of the network
   * [n_parameters], after it has been summed over the ranks. It returns 1 if a value is out of
   * range, and 0 otherwise. */
  int (*finish)(const Network *network, const Op *op, int64_t *gradient);
  /* window() tells the window (0: one element) and the stride of a convolution or a pool. */
  void (*window)(const Network *network, const Op *op, int *window, int *stride);
  /* observe() gives the arrays [out] that are observed in place of its output; `after` may be
   * the extra memory of the thread. */
  void (*observe)(const Context *context, const Op *op, const float **before, const float **after);
  /* norm() returns the norm that the operation is; NULL: it is none. */
  NormSpec (*norm)(const Op *op);
  void (*size_text)(const Op *op, char text[32]); /* "3x3" */

  /* Returns the name of the algorithm that computes a direction of a convolution. */
  const char *(*algorithm)(const Network *network, const Op *op, ConvDirection direction);
  void (*release)(Op *op); /* frees what it owns beside op->own */
  /* check() refuses a training step of so many samples that it cannot do, with STATUS_USAGE and a
   * text that names no layer. */
  Status (*check)(const Network *network, const Op *op, int n_samples);
  /* express() adds what the operation computes in evaluation to a graph, from the value
   * graph->activation[op->in], and returns the value that is its output before dropout and ReLU.
   * NULL: a graph cannot have it. */
  int (*express)(Graph *graph, const Op *op);
} OpKind;

struct Op {
  const OpKind *kind;
  int number;       /* the index among the operations */
  int layer;        /* the index of its layer in the configuration */
  int in, in2, out; /* the numbers of its activations; in2 = -1 for most */
  int weight, bias; /* the numbers of its parameter tensors (scale and shift of a norm), or -1 */
  size_t packed;    /* where its packed weights begin, in floats */
  int threshold;    /* the dropout after it: round(256 p), 0 for none */
  int relu;         /* 1: a ReLU comes last */
  RandomKey dropout_key;
  void *own; /* what belongs to the kind */
};

/* Return the shapes of what an operation reads and writes. */
static inline Shape op_in(const Network *network, const Op *op) {
  return network->shapes[op->in];
}
static inline Shape op_out(const Network *network, const Op *op) {
  return network->shapes[op->out];
}
/* Returns the part of an operation in network_training_flops(). */
double op_training_flops(const Network *network, const Op *op);
/* Return the number of elements of a parameter tensor, and its values. If there is none (-1), they
 * are 0 and NULL. */
static inline size_t tensor_size(const Network *network, int tensor) {
  return tensor < 0 ? 0 : network->tensors[tensor].n;
}
static inline const float *tensor_values(const Network *network, int tensor) {
  return tensor < 0 ? NULL : network->parameters + network->tensors[tensor].offset;
}

/* Append to a text in an array of so many bytes: any text, or the name of an operation, such as
 * "norm, dropout, ReLU" or "conv 3x3". */
void text_append(char *text, size_t bytes, const char *more);
void op_name(const Op *op, char *text, size_t bytes);

#endif
