#include "add.h"

#include "../run/share.h"

static void forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const size_t begin = band_begin(band, shape);
  if (band_is_empty(band)) return;
  add_forward(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin,
              activation_of(context, op->in2) + begin, band_shape(band, shape));
}

/* y = a + b, so that both gradients are that of y. */
static Band backward(const Context *context, const Op *op, int side, float *dx) {
  (void)side;
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const float *dy = gradient_of(context, op->out);
  if (dx && dx != dy) share_copy(dx, dy, band, shape);
  return band;
}

static int express(Graph *graph, const Op *op) {
  return graph_call(graph, GRAPH_ADD, graph->activation[op->in], graph->activation[op->in2]);
}

static const OpKind OP_ADD = {
    .name = "add",
    .forgets_input = 1,
    .forgets_output = 1,
    .works_in_place = 1,
    .forward = forward,
    .backward = backward,
    .express = express,
};

Status add_skip(Builder *builder, int from, int kernel) {
  Shape in = builder->network->shapes[from], out = builder_shape(builder);
  if (in.c != out.c || in.h != out.h || in.w != out.w)
    return BUILDER_ERROR(builder,
                         "skip adds the input to the output, but they are %d x %d x %d and %d x "
                         "%d x %d; keep the channels and the size of the map (padding %d)",
                         in.c, in.h, in.w, out.c, out.h, out.w, kernel / 2);
  Op *op;
  TRY(builder_append(builder, &op, &OP_ADD, 0, out));
  op->in2 = from;
  return status_ok();
}
