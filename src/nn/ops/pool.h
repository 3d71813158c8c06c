#ifndef NORMLAB_NN_OPS_POOL_H
#define NORMLAB_NN_OPS_POOL_H
/* What max and average pools have in common. Each has an OpKind of these functions, and its
 * operations own a PoolOp. Not collective. */
#include "../builder.h"
#include "../run/share.h"
#include "kernels/pool.h"

typedef struct PoolKernels {
  void (*forward)(float *y, const float *x, const PoolShape *shape);
  void (*backward)(float *dx, const float *dy, const float *x, const PoolShape *shape);
  /* max_pool_select() of kernels/pool.h, or NULL. */
  void (*select)(float *y, uint16_t *passes, const float *x, const PoolShape *shape);
} PoolKernels;

typedef struct PoolOp {
  PoolShape shape;
  const PoolKernels *kernels;
} PoolOp;

/* Returns the pool of some channels. */
static inline PoolShape pool_part(const PoolOp *pool, int n_channels) {
  PoolShape shape = pool->shape;
  shape.in.c = shape.out.c = n_channels;
  return shape;
}

/* Returns whether the pool can narrow the masks of what it reads to what it takes. */
static inline int pool_selects(const PoolOp *pool) {
  const PoolShape *s = &pool->shape;
  return pool->kernels->select && s->size_h == 2 && s->size_w == 2 && s->stride == 2;
}

/* Returns what is particular to a pool, or NULL if the operation is no pool. */
const PoolOp *pool_of(const Op *op);

/* Adds a pool of this function to a graph (OpKind.express). */
int pool_express(Graph *graph, const Op *op, GraphFunction function);

/* The functions of an OpKind. */
void pool_forward(const Context *context, const Op *op);
Band pool_backward(const Context *context, const Op *op, int side, float *dx);
void pool_window(const Network *network, const Op *op, int *window, int *stride);
void pool_size_text(const Op *op, char text[32]);
#define POOL_FUNCTIONS                                                                             \
  .n_modules = 1, .forward = pool_forward, .backward = pool_backward, .window = pool_window,       \
  .size_text = pool_size_text

/* The settings of a layer that has windows, and the rows of their keys. */
typedef struct PoolSettings {
  int size, stride;
} PoolSettings;
#define POOL_KEYS                                                                                  \
  {"size",                                                                                         \
   KEY_WHOLE,                                                                                      \
   offsetof(PoolSettings, size),                                                                   \
   .fallback = "2",                                                                                \
   .range = RANGE_FROM_TO(1, 4096),                                                                \
   .documentation = "Height and width of the window, pixels."},                                    \
  {                                                                                                \
    "stride", KEY_WHOLE, offsetof(PoolSettings, stride),                                           \
        .fallback = "=size", .range = RANGE_FROM_TO(1, 4096),                                      \
        .documentation = "Pixels from one window to the next."                                     \
  }

/* Appends a pool whose windows have size_h x size_w elements and begin `stride` elements apart. */
Status add_pool(Builder *builder, const OpKind *kind, const PoolKernels *kernels, int size_h,
                int size_w, int stride) MUST_CHECK;

#endif
