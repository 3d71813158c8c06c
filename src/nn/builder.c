#include "builder.h"

#include "base/log.h"
#include "base/memory.h"
#include "kernels/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any layer makes. */
enum { OPS_PER_LAYER = 8, TENSORS_PER_LAYER = 8 };

int builder_newest(const Builder *builder) {
  return builder->network->n_activations - 1;
}

Shape builder_shape(const Builder *builder) {
  return builder->network->shapes[builder_newest(builder)];
}

Status builder_append(Builder *builder, Op **place, const OpKind *kind, size_t own_bytes,
                      Shape out) {
  Network *network = builder->network;
  BUG_IF(network->n_ops >= OPS_PER_LAYER * network->config->network.n_layers);
  Op *op = *place = &network->ops[network->n_ops];
  *op = (Op){.kind = kind,
             .number = network->n_ops++,
             .layer = builder->layer,
             .in = builder_newest(builder),
             .in2 = -1,
             .out = network->n_activations,
             .weight = -1,
             .bias = -1};
  network->shapes[network->n_activations++] = out;
  return memory_allocate(&op->own, own_bytes, 1, kind->name);
}

int builder_tensor(Builder *builder, const char *suffix, Tensor about) {
  Network *network = builder->network;
  BUG_IF(network->n_tensors >= TENSORS_PER_LAYER * network->config->network.n_layers);
  Tensor *tensor = &network->tensors[network->n_tensors];
  *tensor = about;
  tensor->layer = builder->layer;
  snprintf(tensor->name, sizeof tensor->name, "layers.%d.%s", builder->layer, suffix);
  tensor->n = 1;
  for (int i = 0; i < tensor->n_dims; i++) tensor->n *= (size_t)tensor->dims[i];
  tensor->offset = network->n_parameters;
  network->n_parameters += tensor->n;
  return network->n_tensors++;
}

void builder_uniform(Builder *builder, int number, int weight_number) {
  Tensor *tensor = &builder->network->tensors[number];
  const Tensor *weight = &builder->network->tensors[weight_number];
  double fan_in = (double)weight->n / weight->dims[0];
  tensor->bound = 1 / sqrt(fan_in);
  tensor->stream = (uint64_t)tensor->layer * 2 + (number != weight_number);
}

void builder_tail(Builder *builder, Op **op, int is_dropout) {
  const Network *network = builder->network;
  Op *last = network->n_ops > 0 ? &network->ops[network->n_ops - 1] : NULL;
  int fits = last && last->layer == builder->layer && last->kind->takes_tail && !last->relu &&
             !(is_dropout && last->threshold);
  *op = fits ? last : NULL;
}

void builder_dropout(Builder *builder, Op *op, double probability) {
  int threshold = (int)lround(256 * probability);
  op->threshold = threshold < 1 ? 1 : threshold > 255 ? 255 : threshold;
  /* By layer, and by the number of the dropout within the layer: the same for all norms. */
  RandomKey key = random_key(builder->network->config->seed, RANDOM_DROPOUT);
  uint32_t word[4];
  random_words(word, key, (uint64_t)builder->layer, (uint64_t)builder->n_dropouts++);
  op->dropout_key = (RandomKey){{word[0], word[1]}};
}

/* Activations and weights are indexed by int in places; this keeps far away from its end. */
Status builder_limit(const Builder *builder, double elements, const char *what) {
  enum { LIMIT = 1 << 26 };
  if (elements > LIMIT)
    return BUILDER_ERROR(builder, "%s would have %.0f values; at most %d", what, elements, LIMIT);
  return status_ok();
}

Status builder_window(const Builder *builder, int *out, const char *what, int in, int padding,
                      int window, int stride) {
  int room = in + 2 * padding - window;
  if (room < 0)
    return BUILDER_ERROR(builder,
                         "a %s of %d does not fit a map of %d%s; make it smaller, add padding, "
                         "or remove a pool before it",
                         what, window, in, padding ? " with its padding" : "");
  *out = room / stride + 1;
  return status_ok();
}

static Status build_layer(Network *network, int number) {
  const LayerConfig *layer = &network->config->network.layers[number];
  Builder builder = {.network = network, .layer = number};
  return layer_kind(layer)->build(&builder, layer->settings);
}

static Status allocate(Network *network, const Config *config) {
  size_t n_layers = (size_t)config->network.n_layers;
  TRY(memory_allocate(&network->ops, n_layers * OPS_PER_LAYER, sizeof(Op), "operations"));
  TRY(memory_allocate(&network->shapes, n_layers * OPS_PER_LAYER + 1, sizeof(Shape), "shapes"));
  TRY(memory_allocate(&network->tensors, n_layers * TENSORS_PER_LAYER, sizeof(Tensor), "tensors"));
  return memory_allocate(&network->running, n_layers * OPS_PER_LAYER, sizeof(Running),
                         "running statistics");
}

static Status allocate_values(Network *network) {
  TRY(memory_allocate(&network->parameters, network->n_parameters, sizeof(float), "parameters"));
  if (network->config->network.weights == WEIGHTS_STANDARDIZED)
    TRY(memory_allocate(&network->standardized, network->n_parameters, sizeof(float),
                        "standardized weights"));
  for (int i = 0; i < network->n_ops; i++) {
    Op *op = &network->ops[i];
    if (!op->kind->packed_size) continue;
    op->packed = network->n_packed;
    network->n_packed += (op->kind->packed_size(network, op) + 15) / 16 * 16;
  }
  TRY(memory_allocate(&network->packed, network->n_packed, sizeof(float), "packed weights"));
  for (int i = 0; i < network->n_running; i++) {
    Running *running = &network->running[i];
    size_t n = (size_t)running->n_groups;
    TRY(memory_allocate(&running->mean, n, sizeof(float), "running mean"));
    TRY(memory_allocate(&running->variance, n, sizeof(float), "running variance"));
    TRY(memory_allocate(&running->population.mean, n, sizeof(float), "population mean"));
    TRY(memory_allocate(&running->population.variance, n, sizeof(float), "population variance"));
    for (size_t c = 0; c < n; c++) running->variance[c] = 1;
  }
  return status_ok();
}

static Status check_output(Network *network) {
  const Config *config = network->config;
  Shape out = network->shapes[network->n_activations - 1];
  int last = config->network.n_layers - 1;
  if (out.h != 1 || out.w != 1)
    return config_layer_error(config, last,
                              "the network ends with %d x %d x %d values; end it with one value a "
                              "class: a pool over the whole map (global-avg-pool), or linear",
                              out.c, out.h, out.w);
  if (out.c > MAX_CLASSES)
    return config_layer_error(config, last, "the network has %d outputs; at most %d", out.c,
                              MAX_CLASSES);
  network->n_classes = out.c;
  return status_ok();
}

static const size_t ANY = (size_t)-1;

static Status build(Network *network, const Config *config, Shape input, size_t n_parameters) {
  network->config = config;
  network->backend = conv_backend(config->conv.backend);
  if (!network->backend)
    return status_error(STATUS_USAGE, "conv.backend: %s is unknown", config->conv.backend);
  TRY(allocate(network, config));
  network->shapes[0] = input;
  network->n_activations = 1;
  for (int i = 0; i < config->network.n_layers; i++) TRY(build_layer(network, i));
  TRY(check_output(network));
  if (n_parameters != ANY && n_parameters != network->n_parameters)
    return status_error(STATUS_DATA, "the network has %zu parameters; %zu are there",
                        network->n_parameters, n_parameters);
  return allocate_values(network);
}

static void initialize(Network *network) {
  RandomKey key = random_key(network->config->seed, RANDOM_WEIGHTS);
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    float *value = network->parameters + tensor->offset;
    uint32_t word[4] = {0};
    for (size_t k = 0; k < tensor->n; k++) {
      if (tensor->bound > 0 && k % 4 == 0) random_words(word, key, tensor->stream, k / 4);
      value[k] = tensor->bound > 0
                     ? (float)(tensor->bound * (2.0 * random_unit_float(word[k % 4]) - 1.0))
                     : tensor->value;
    }
  }
}

Status network_build_known(Network *network, const Config *config, int c, int h, int w,
                           size_t n_parameters) {
  *network = (Network){0};
  Status status = build(network, config, shape_make(c, h, w), n_parameters);
  if (status.code != STATUS_OK) {
    network_free(network);
    return status;
  }
  initialize(network);
  network_pack(network);
  return status;
}

Status network_build(Network *network, const Config *config, int c, int h, int w) {
  return network_build_known(network, config, c, h, w, ANY);
}

void network_free(Network *network) {
  for (int i = 0; i < network->n_ops; i++) {
    Op *op = &network->ops[i];
    if (op->own && op->kind->release) op->kind->release(op);
    free(op->own);
  }
  for (int i = 0; i < network->n_running; i++) {
    free(network->running[i].mean);
    free(network->running[i].variance);
    free(network->running[i].population.mean);
    free(network->running[i].population.variance);
  }
  void *owned[] = {network->ops,        network->shapes,       network->tensors, network->running,
                   network->parameters, network->standardized, network->packed};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  *network = (Network){0};
}

size_t network_bytes(const Network *network) {
  size_t bytes = memory_bytes(network->n_parameters, sizeof(float)) +
                 memory_bytes(network->n_packed, sizeof(float));
  if (network->config->network.weights == WEIGHTS_STANDARDIZED)
    bytes += memory_bytes(network->n_parameters, sizeof(float));
  for (int i = 0; i < network->n_running; i++)
    bytes += 4 * memory_bytes((size_t)network->running[i].n_groups, sizeof(float));
  return bytes;
}

void network_pack_tensor(const Network *network, int tensor) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->weight == tensor && op->kind->pack) op->kind->pack(network, op);
  }
}

void network_pack(Network *network) {
  for (int i = 0; i < network->n_tensors; i++) network_pack_tensor(network, i);
}

double op_training_flops(const Network *network, const Op *op) {
  const Shape out = op_out(network, op);
  if (!op->kind->counts_flops) return 0;
  return 2.0 * (double)tensor_size(network, op->weight) * out.h * out.w * (op->in == 0 ? 2 : 3);
}

double network_training_flops(const Network *network) {
  double sum = 0;
  for (int i = 0; i < network->n_ops; i++) sum += op_training_flops(network, &network->ops[i]);
  return sum;
}
