#include "nn/network.h"

#include "base/memory.h"
#include "builder.h"
#include "kernels/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A layer makes at most: convolution, bias, one operation for each entry of the order, addition. */
enum { OPS_PER_LAYER = 2 + BLOCK_OP_COUNT + 1, TENSORS_PER_LAYER = 4 };

static Status allocate(Network *network, const Config *config) {
  size_t n_layers = (size_t)config->network.n_layers;
  TRY(memory_allocate(&network->ops, n_layers * OPS_PER_LAYER, sizeof(Op), "operations"));
  TRY(memory_allocate(&network->shapes, n_layers * OPS_PER_LAYER + 1, sizeof(Shape), "shapes"));
  TRY(memory_allocate(&network->tensors, n_layers * TENSORS_PER_LAYER, sizeof(Tensor), "tensors"));
  TRY(memory_allocate(&network->running, n_layers, sizeof(Running), "running statistics"));
  return status_ok();
}

static Status allocate_values(Network *network) {
  TRY(memory_allocate(&network->parameters, network->n_parameters, sizeof(float), "parameters"));
  for (int i = 0; i < network->n_ops; i++) {
    Op *op = &network->ops[i];
    if (op->kind != OP_CONV) continue;
    op->packed = network->n_packed;
    network->n_packed += (network->backend->packed_size(&op->conv) + 15) / 16 * 16;
  }
  TRY(memory_allocate(&network->packed, network->n_packed, sizeof(float), "packed weights"));
  for (int i = 0; i < network->n_running; i++) {
    Running *running = &network->running[i];
    size_t n = (size_t)running->channels;
    TRY(memory_allocate(&running->mean, n, sizeof(float), "running mean"));
    TRY(memory_allocate(&running->variance, n, sizeof(float), "running variance"));
    for (size_t c = 0; c < n; c++) running->variance[c] = 1;
  }
  return status_ok();
}

static Status build(Network *network, const Config *config, Shape input) {
  network->config = config;
  network->backend = conv_backend(config->conv.backend);
  if (!network->backend)
    return status_error(STATUS_USAGE, "conv.backend: %s is unknown; use direct or gemm",
                        config->conv.backend);
  TRY(allocate(network, config));
  network->shapes[0] = input;
  network->n_activations = 1;
  for (int i = 0; i < config->network.n_layers; i++) TRY(builder_layer(network, i));
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
  return allocate_values(network);
}

Status network_build(Network *network, const Config *config, int c, int h, int w) {
  *network = (Network){0};
  Status status = build(network, config, shape_make(c, h, w));
  if (status.code != STATUS_OK) {
    network_free(network);
    return status;
  }
  builder_initialize(network);
  network_pack(network, 0, network->n_ops);
  return status;
}

void network_free(Network *network) {
  for (int i = 0; i < network->n_ops; i++) norm_map_free(&network->ops[i].map);
  for (int i = 0; i < network->n_running; i++) {
    free(network->running[i].mean);
    free(network->running[i].variance);
  }
  free(network->ops);
  free(network->shapes);
  free(network->tensors);
  free(network->running);
  free(network->parameters);
  free(network->packed);
  *network = (Network){0};
}

void network_pack(Network *network, int first_op, int last_op) {
  for (int i = first_op; i < last_op; i++) {
    const Op *op = &network->ops[i];
    if (op->kind == OP_CONV)
      network->backend->pack(network->packed + op->packed,
                             network->parameters + network->tensors[op->weight].offset, &op->conv);
  }
}
