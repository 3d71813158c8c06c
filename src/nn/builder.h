#ifndef NORMLAB_NN_BUILDER_H
#define NORMLAB_NN_BUILDER_H
/* What the kinds of layers (ops/) build operations and parameter tensors with. Not collective. */
#include "op.h"

typedef struct Builder {
  Network *network;
  int layer;      /* the index of the layer that is being built */
  int n_dropouts; /* the number of its dropouts so far */
} Builder;

/* One kind of layer, which `type` names in the configuration. It is exported beside the operation
 * that it makes. */
typedef struct LayerKind {
  Kind kind; /* what the configuration knows of it */
  /* Appends the layer's operations to the network. `settings` are those of the kind. Returns
   * STATUS_USAGE where shapes do not fit, or STATUS_MEMORY. */
  Status (*build)(Builder *builder, const void *settings);
  /* Writes the layer's title in a table of layers: "block 3x3 pad 1". */
  void (*title)(const void *settings, char *text, size_t bytes);
} LayerKind;

/* Returns the kind of a layer. */
static inline const LayerKind *layer_kind(const LayerConfig *layer) {
  return (const LayerKind *)layer->kind;
}

/* Return the number of the newest activation, which the next operation reads, and its shape. */
int builder_newest(const Builder *builder);
Shape builder_shape(const Builder *builder);

/* Appends an operation that reads the newest activation and has an output of this shape. op->own
 * gets own_bytes zeroed bytes. Returns STATUS_MEMORY. */
Status builder_append(Builder *builder, Op **op, const OpKind *kind, size_t own_bytes,
                      Shape out) MUST_CHECK;

/* Appends a parameter tensor named "layers.N.SUFFIX" and returns its number. `about` says what it
 * is: description, is_weight, is_filter, is_norm, n_dims, dims and its first value. */
int builder_tensor(Builder *builder, const char *suffix, Tensor about);
/* Lets a tensor, which is `weight` itself or its bias, begin uniformly distributed in +-1 /
 * sqrt(fan_in) of the weight. */
void builder_uniform(Builder *builder, int tensor, int weight);

/* Sets *op to the operation that takes dropout or a ReLU in. This is the last operation if it is
 * of the same layer, takes them, and has no ReLU yet (nor, for dropout, another dropout);
 * otherwise *op is NULL. */
void builder_tail(Builder *builder, Op **op, int is_dropout);
/* Gives an operation a dropout with this probability. */
void builder_dropout(Builder *builder, Op *op, double probability);

/* A failure about the layer: STATUS_USAGE with "FILE:LINE: network.layers.I (TYPE): text". */
#define BUILDER_ERROR(builder, ...)                                                                \
  config_layer_error((builder)->network->config, (builder)->layer, __VA_ARGS__)
/* Refuses a number of elements that would overflow an index. `what` says of what: "the output of a
 * sample", "the weight". */
Status builder_limit(const Builder *builder, double elements, const char *what) MUST_CHECK;
/* Computes the size of a map after a window has gone over it, along one side. `what` is "kernel"
 * or "window". Refuses a window that does not fit. */
Status builder_window(const Builder *builder, int *out, const char *what, int in, int padding,
                      int window, int stride) MUST_CHECK;

#endif
