#include "bias.h"

#include "../run/share.h"

static void forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const size_t begin = band_begin(band, shape);
  if (band_is_empty(band)) return;
  bias_forward(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin,
               parameter_of(context, op->bias) + band.channel, band_shape(band, shape));
}

static Band backward(const Context *context, const Op *op, int side, float *dx) {
  (void)side;
  const float *dy = gradient_of(context, op->out);
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  if (band_is_empty(band)) return band;
  note_range(context, bias_backward(gradient_sums(context, op->bias) + band.channel,
                                    dy + band_begin(band, shape), band_shape(band, shape),
                                    context->pass->now.gradient_limit));
  if (dx && dx != dy) share_copy(dx, dy, band, shape);
  return band;
}

static int express(Graph *graph, const Op *op) {
  return graph_call(graph, GRAPH_ADD, graph->activation[op->in],
                    graph_of_channels(graph, op->bias));
}

static const OpKind OP_BIAS = {
    .name = "bias",
    .forgets_input = 1,
    .forgets_output = 1,
    .works_in_place = 1,
    .forward = forward,
    .backward = backward,
    .express = express,
};

int bias_tensor(Builder *builder, const char *suffix, int weight) {
  int n_out = builder->network->tensors[weight].dims[0];
  int bias = builder_tensor(builder, suffix,
                            (Tensor){.description = "bias [out]", .n_dims = 1, .dims = {n_out}});
  builder_uniform(builder, bias, weight);
  return bias;
}

Status add_bias(Builder *builder, const char *suffix, int weight) {
  Op *op;
  TRY(builder_append(builder, &op, &OP_BIAS, 0, builder_shape(builder)));
  op->bias = bias_tensor(builder, suffix, weight);
  return status_ok();
}
