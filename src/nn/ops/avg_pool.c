#include "pool.h"

#include <stdio.h>

/* The mean's derivative needs no input. */
static void backward(float *dx, const float *dy, const float *x, const PoolShape *shape) {
  (void)x;
  avg_pool_backward(dx, dy, shape);
}

static const PoolKernels KERNELS = {avg_pool_forward, backward};

static int express(Graph *graph, const Op *op) {
  return pool_express(graph, op, GRAPH_AVERAGE_POOL);
}

static const OpKind OP_AVG_POOL = {.name = "average pool",
                                   .forgets_input = 1,
                                   .forgets_output = 1,
                                   .express = express,
                                   POOL_FUNCTIONS};

static const Key KEYS[] = {POOL_KEYS};

static Status build(Builder *builder, const void *settings) {
  const PoolSettings *pool = settings;
  return add_pool(builder, &OP_AVG_POOL, &KERNELS, pool->size, pool->size, pool->stride);
}

static void title(const void *settings, char *text, size_t bytes) {
  snprintf(text, bytes, "average pool %d", ((const PoolSettings *)settings)->size);
}

const LayerKind LAYER_AVG_POOL = {
    .kind = {.name = "avg-pool",
             .summary = "the mean of each window",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(PoolSettings)},
    .build = build,
    .title = title,
};

static Status build_global(Builder *builder, const void *settings) {
  Shape in = builder_shape(builder);
  (void)settings;
  return add_pool(builder, &OP_AVG_POOL, &KERNELS, in.h, in.w, 1);
}

static void title_global(const void *settings, char *text, size_t bytes) {
  (void)settings;
  snprintf(text, bytes, "global average pool");
}

const LayerKind LAYER_GLOBAL_AVG_POOL = {
    .kind = {.name = "global-avg-pool", .summary = "the mean of each channel's whole map"},
    .build = build_global,
    .title = title_global,
};
