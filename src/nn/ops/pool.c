#include "pool.h"

#include <stdio.h>

void pool_forward(const Context *context, const Op *op) {
  const PoolOp *pool = op->own;
  const Shape in = pool->shape.in, out = pool->shape.out;
  const Band band = share_channels(context, in, 1);
  const PoolShape part = pool_part(pool, band.n_channels);
  if (band_is_empty(band)) return;
  pool->kernels->forward(activation_of(context, op->out) + (size_t)band.channel * out.stride,
                         activation_of(context, op->in) + (size_t)band.channel * in.stride, &part);
}

Band pool_backward(const Context *context, const Op *op, int side, float *dx) {
  const PoolOp *pool = op->own;
  const Shape in = pool->shape.in, out = pool->shape.out;
  const Band band = share_channels(context, in, 1);
  const PoolShape part = pool_part(pool, band.n_channels);
  const size_t begin = band_begin(band, in);
  (void)side;
  if (dx && !band_is_empty(band))
    pool->kernels->backward(dx + begin,
                            gradient_of(context, op->out) + (size_t)band.channel * out.stride,
                            activation_of(context, op->in) + begin, &part);
  return band;
}

void pool_window(const Network *network, const Op *op, int *window, int *stride) {
  const PoolOp *pool = op->own;
  (void)network;
  *window = pool->shape.size_h;
  *stride = pool->shape.stride;
}

void pool_size_text(const Op *op, char text[32]) {
  snprintf(text, 32, "%d", ((const PoolOp *)op->own)->shape.size_h);
}

int pool_express(Graph *graph, const Op *op, GraphFunction function) {
  const PoolShape *shape = &((const PoolOp *)op->own)->shape;
  return graph_node(graph, (GraphNode){.function = function,
                                       .in = {graph->activation[op->in], -1},
                                       .size = {shape->size_h, shape->size_w},
                                       .stride = shape->stride});
}

const PoolOp *pool_of(const Op *op) {
  return op->kind->forward == pool_forward ? op->own : NULL;
}

Status add_pool(Builder *builder, const OpKind *kind, const PoolKernels *kernels, int size_h,
                int size_w, int stride) {
  Shape in = builder_shape(builder);
  int h = 0, w = 0;
  TRY(builder_window(builder, &h, "window", in.h, 0, size_h, stride));
  TRY(builder_window(builder, &w, "window", in.w, 0, size_w, stride));
  Shape out = shape_make(in.c, h, w);
  Op *op;
  TRY(builder_append(builder, &op, kind, sizeof(PoolOp), out));
  *(PoolOp *)op->own = (PoolOp){{in, out, size_h, size_w, stride}, kernels};
  return status_ok();
}
