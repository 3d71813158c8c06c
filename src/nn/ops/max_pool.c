#include "pool.h"

#include <stdio.h>

static const PoolKernels KERNELS = {max_pool_forward, max_pool_backward, max_pool_select};

static int express(Graph *graph, const Op *op) {
  return pool_express(graph, op, GRAPH_MAX_POOL);
}

static const OpKind OP_MAX_POOL = {
    .name = "max pool", .forgets_output = 1, .express = express, POOL_FUNCTIONS};

static const Key KEYS[] = {POOL_KEYS};

static Status build(Builder *builder, const void *settings) {
  const PoolSettings *pool = settings;
  return add_pool(builder, &OP_MAX_POOL, &KERNELS, pool->size, pool->size, pool->stride);
}

static void title(const void *settings, char *text, size_t bytes) {
  snprintf(text, bytes, "max pool %d", ((const PoolSettings *)settings)->size);
}

const LayerKind LAYER_MAX_POOL = {
    .kind = {.name = "max-pool",
             .summary = "the largest value of each window",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(PoolSettings)},
    .build = build,
    .title = title,
};
