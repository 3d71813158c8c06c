#include "builder.h"

#include "base/random.h"
#include "nn/layer_kinds.h"
#include <math.h>
#include <stdio.h>

static Shape last_shape(const Network *network) {
  return network->shapes[network->n_activations - 1];
}

/* Appends an operation on the newest activation, with an output of shape OUT. */
static Op *append(Network *network, OpKind kind, int layer, Shape out) {
  Op *op = &network->ops[network->n_ops++];
  int in = network->n_activations - 1;
  network->shapes[network->n_activations] = out;
  *op = (Op){.kind = kind,
             .layer = layer,
             .in = in,
             .in2 = -1,
             .out = network->n_activations++,
             .weight = -1,
             .bias = -1,
             .norm = -1};
  return op;
}

static int append_tensor(Network *network, TensorKind kind, int layer, const char *suffix,
                         int n_dims, const int *dims) {
  Tensor *tensor = &network->tensors[network->n_tensors];
  *tensor = (Tensor){.kind = kind, .layer = layer, .n_dims = n_dims, .n = 1};
  snprintf(tensor->name, sizeof tensor->name, "layers.%d.%s", layer, suffix);
  for (int i = 0; i < n_dims; i++) {
    tensor->dims[i] = dims[i];
    tensor->n *= (size_t)dims[i];
  }
  tensor->offset = network->n_parameters;
  network->n_parameters += tensor->n;
  return network->n_tensors++;
}

/* Activations and weights are indexed by int in places; this keeps far away from its end. */
static Status check_size(const Network *network, int layer, double elements, const char *what) {
  enum { LIMIT = 1 << 26 };
  if (elements > LIMIT)
    return config_layer_error(network->config, layer, "%s would have %.0f values; at most %d", what,
                              elements, LIMIT);
  return status_ok();
}

static Status window_output(int *out, const Network *network, int layer, const char *what, int in,
                            int padding, int window, int stride) {
  int room = in + 2 * padding - window;
  if (room < 0)
    return config_layer_error(
        network->config, layer,
        "a %s of %d does not fit a map of %d%s; make it smaller, add padding, "
        "or remove a pool before it",
        what, window, in, padding ? " with its padding" : "");
  *out = room / stride + 1;
  return status_ok();
}

static Status add_conv(Network *network, int layer) {
  const LayerSettings *c = layer_settings(network->config, layer);
  Shape in = last_shape(network);
  int h = 0, w = 0;
  TRY(window_output(&h, network, layer, "kernel", in.h, c->padding, c->kernel, c->stride));
  TRY(window_output(&w, network, layer, "kernel", in.w, c->padding, c->kernel, c->stride));
  TRY(check_size(network, layer, (double)c->channels * h * w, "the output of a sample"));
  TRY(check_size(network, layer, (double)c->channels * in.c * c->kernel * c->kernel, "the weight"));
  Shape out = shape_make(c->channels, h, w);
  Op *op = append(network, OP_CONV, layer, out);
  op->conv = (ConvShape){in, out, c->kernel, c->stride, c->padding};
  op->weight = append_tensor(network, TENSOR_CONV, layer, "conv.weight", 4,
                             (int[]){c->channels, in.c, c->kernel, c->kernel});
  if (c->bias)
    append(network, OP_BIAS, layer, out)->bias =
        append_tensor(network, TENSOR_BIAS, layer, "conv.bias", 1, &c->channels);
  return status_ok();
}

static Status add_norm(Network *network, int layer) {
  const LayerSettings *c = layer_settings(network->config, layer);
  if (!norm_has_statistics(c->norm)) return status_ok();
  Shape shape = last_shape(network);
  NormMap map;
  Status status = norm_map_make(&map, c->norm, shape);
  if (status.code == STATUS_USAGE)
    return config_layer_error(network->config, layer, "%s", status.text);
  if (status.code != STATUS_OK) return status;
  Op *op = append(network, OP_NORM, layer, shape);
  op->map = map;
  op->norm = network->n_norms++;
  op->weight =
      append_tensor(network, TENSOR_NORM, layer, "norm.weight", map.gamma_dims, map.gamma_shape);
  op->bias =
      append_tensor(network, TENSOR_NORM, layer, "norm.bias", map.gamma_dims, map.gamma_shape);
  if (map.crosses_samples) {
    Running *running = &network->running[network->n_running++];
    *running = (Running){.op = network->n_ops - 1, .channels = shape.c};
    snprintf(running->prefix, sizeof running->prefix, "layers.%d.norm", layer);
    network->crosses_samples = 1;
  }
  return status_ok();
}

/* The operation that may take dropout or ReLU in: the last one, if it is a norm or pointwise
 * operation of the same layer that has no ReLU yet. A new pointwise operation otherwise. */
static Op *pointwise(Network *network, int layer, int is_dropout) {
  Op *last = network->n_ops > 0 ? &network->ops[network->n_ops - 1] : NULL;
  if (last && last->layer == layer && (last->kind == OP_NORM || last->kind == OP_POINTWISE) &&
      !last->relu && !(is_dropout && last->threshold))
    return last;
  return append(network, OP_POINTWISE, layer, last_shape(network));
}

static void add_dropout(Network *network, int layer) {
  double p = layer_settings(network->config, layer)->dropout;
  if (!(p > 0)) return;
  int threshold = (int)lround(256 * p);
  pointwise(network, layer, 1)->threshold = threshold < 1 ? 1 : threshold > 255 ? 255 : threshold;
}

static Status add_pool(Network *network, int layer, OpKind kind, int global) {
  const LayerSettings *c = layer_settings(network->config, layer);
  Shape in = last_shape(network);
  int size_h = global ? in.h : c->size, size_w = global ? in.w : c->size;
  int stride = global ? 1 : c->stride, h = 0, w = 0;
  TRY(window_output(&h, network, layer, "window", in.h, 0, size_h, stride));
  TRY(window_output(&w, network, layer, "window", in.w, 0, size_w, stride));
  Op *op = append(network, kind, layer, shape_make(in.c, h, w));
  op->size_h = size_h, op->size_w = size_w, op->stride = stride;
  return status_ok();
}

static Status add_linear(Network *network, int layer) {
  const LayerSettings *c = layer_settings(network->config, layer);
  Shape in = last_shape(network);
  int n_in = in.c * in.h * in.w;
  TRY(check_size(network, layer, (double)c->channels * n_in, "the weight"));
  Op *op = append(network, OP_LINEAR, layer, shape_make(c->channels, 1, 1));
  op->weight =
      append_tensor(network, TENSOR_LINEAR, layer, "linear.weight", 2, (int[]){c->channels, n_in});
  if (c->bias)
    op->bias = append_tensor(network, TENSOR_BIAS, layer, "linear.bias", 1, &c->channels);
  return status_ok();
}

static Status add_block(Network *network, int layer) {
  const NetworkConfig *c = &network->config->network;
  for (int i = 0; i < c->n_order; i++) switch (c->order[i]) {
    case BLOCK_CONV:
      TRY(add_conv(network, layer));
      break;
    case BLOCK_NORM:
      TRY(add_norm(network, layer));
      break;
    case BLOCK_DROPOUT:
      add_dropout(network, layer);
      break;
    case BLOCK_RELU:
      pointwise(network, layer, 0)->relu = 1;
      break;
    case BLOCK_OP_COUNT:
      break;
    }
  return status_ok();
}

static Status add_skip(Network *network, int layer, int from) {
  Shape in = network->shapes[from], out = last_shape(network);
  if (in.c != out.c || in.h != out.h || in.w != out.w)
    return config_layer_error(
        network->config, layer,
        "skip adds the input to the output, but they are %d x %d x %d and %d x "
        "%d x %d; keep the channels and the size of the map (padding %d)",
        in.c, in.h, in.w, out.c, out.h, out.w, layer_settings(network->config, layer)->kernel / 2);
  Op *op = append(network, OP_ADD, layer, out);
  op->in2 = from;
  return status_ok();
}

Status builder_layer(Network *network, int layer) {
  const LayerSettings *c = layer_settings(network->config, layer);
  int from = network->n_activations - 1;
  switch (layer_type(network->config, layer)) {
  case LAYER_BLOCK:
    TRY(add_block(network, layer));
    break;
  case LAYER_CONV:
    TRY(add_conv(network, layer));
    break;
  case LAYER_NORM:
    TRY(add_norm(network, layer));
    break;
  case LAYER_RELU:
    pointwise(network, layer, 0)->relu = 1;
    break;
  case LAYER_DROPOUT:
    add_dropout(network, layer);
    break;
  case LAYER_MAX_POOL:
    TRY(add_pool(network, layer, OP_MAX_POOL, 0));
    break;
  case LAYER_AVG_POOL:
    TRY(add_pool(network, layer, OP_AVG_POOL, 0));
    break;
  case LAYER_GLOBAL_AVG_POOL:
    TRY(add_pool(network, layer, OP_AVG_POOL, 1));
    break;
  case LAYER_LINEAR:
    TRY(add_linear(network, layer));
    break;
  case LAYER_TYPE_COUNT:
    break;
  }
  return c->skip ? add_skip(network, layer, from) : status_ok();
}

void builder_initialize(Network *network) {
  RandomKey key = random_key(network->config->seed, RANDOM_WEIGHTS);
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    float *value = network->parameters + tensor->offset;
    if (tensor->kind == TENSOR_NORM) {
      for (size_t k = 0; k < tensor->n; k++) value[k] = 1; /* beta: below */
      continue;
    }
    /* A bias is drawn like its weight, which stands before it (PyTorch's reset_parameters). */
    const Tensor *weight = tensor->kind == TENSOR_BIAS ? tensor - 1 : tensor;
    double fan_in = (double)weight->n / weight->dims[0], bound = 1 / sqrt(fan_in);
    uint64_t stream = (uint64_t)tensor->layer * 2 + (tensor->kind == TENSOR_BIAS);
    uint32_t word[4];
    for (size_t k = 0; k < tensor->n; k++) {
      if (k % 4 == 0) random_words(word, key, stream, k / 4);
      value[k] = (float)(bound * (2.0 * random_unit_float(word[k % 4]) - 1.0));
    }
  }
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->kind != OP_NORM) continue;
    const Tensor *beta = &network->tensors[op->bias];
    for (size_t k = 0; k < beta->n; k++) network->parameters[beta->offset + k] = 0;
  }
}
