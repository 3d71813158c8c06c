#ifndef NORMLAB_NN_BUILDER_H
#define NORMLAB_NN_BUILDER_H
/* What the kinds of layers (ops/) build operations and tensors with. */
#include "op.h"

typedef struct Builder {
  Network *network;
  int layer;      /* the layer that is being built */
  int n_dropouts; /* of it so far */
} Builder;

/* One kind of layer: what `type` says in the configuration. Exported beside the operation that it
 * makes. */
typedef struct LayerKind {
  Kind kind; /* its side of the configuration */
  /* Appends the layer's operations to the network; settings are the kind's. */
  Status (*build)(Builder *builder, const void *settings);
  /* Its title in a table of layers: "block 3x3 pad 1". */
  void (*title)(const void *settings, char *text, size_t bytes);
} LayerKind;

/* The kind of a layer. */
static inline const LayerKind *layer_kind(const LayerConfig *layer) {
  return (const LayerKind *)layer->kind;
}

/* The newest activation, which the next operation reads, and its shape. */
int builder_newest(const Builder *builder);
Shape builder_shape(const Builder *builder);

/* Appends an operation on the newest activation with an output of this shape, and own_bytes zeroed
 * bytes of its own. */
Status builder_append(Builder *builder, Op **op, const OpKind *kind, size_t own_bytes,
                      Shape out) MUST_CHECK;

/* Appends a parameter tensor "layers.N.SUFFIX" and returns its number. `about` gives what it is:
 * description, is_weight, is_filter, is_norm, n_dims, dims and its first value. */
int builder_tensor(Builder *builder, const char *suffix, Tensor about);
/* Tensors that begin uniform in +-1 / sqrt(fan_in), a weight or its bias. */
void builder_uniform(Builder *builder, int tensor, int weight);

/* The operation that takes dropout or a ReLU in: the last one, if it is of the same layer, takes
 * them and has no ReLU yet (nor, for dropout, another dropout); otherwise *op is NULL. */
void builder_tail(Builder *builder, Op **op, int is_dropout);
void builder_dropout(Builder *builder, Op *op, double probability);

/* A failure about the layer: "FILE:LINE: network.layers.I (TYPE): text". */
#define BUILDER_ERROR(builder, ...)                                                                \
  config_layer_error((builder)->network->config, (builder)->layer, __VA_ARGS__)
/* Refuses what would overflow an index: "the output of a sample", "the weight". */
Status builder_limit(const Builder *builder, double elements, const char *what) MUST_CHECK;
/* The size of a map after a window ("kernel", "window"); refused where it does not fit. */
Status builder_window(const Builder *builder, int *out, const char *what, int in, int padding,
                      int window, int stride) MUST_CHECK;

#endif
