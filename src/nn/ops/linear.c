#include "../run/share.h"
#include "bias.h"
#include "kernels/conv.h"
#include <stdio.h>

static LinearCall linear_call(const Context *context, const Op *op) {
  const Shape in = shape_of(context, op->in);
  return (LinearCall){.in = in,
                      .n_out = shape_of(context, op->out).c,
                      .n_row = in.c * in.h * in.w,
                      .weight = parameter_of(context, op->weight),
                      .bias = parameter_of(context, op->bias),
                      .scratch = context->thread->scratch,
                      .limit = context->pass->now.gradient_limit};
}

static const LinearKernels *kernels_of(const Network *network) {
  return network->backend->linear();
}

static void forward(const Context *context, const Op *op) {
  LinearCall call = linear_call(context, op);
  const Interval own = share_interval(context, call.n_out);
  call.n_out = own.end - own.begin;
  if (call.n_out == 0) return;
  call.weight += (size_t)own.begin * (size_t)call.n_row;
  if (call.bias) call.bias += own.begin;
  kernels_of(context->pass->network)
      ->forward(activation_of(context, op->out) + (size_t)own.begin * BLOCK_LINE,
                activation_of(context, op->in), &call);
}

/* Some outputs. */
static void backward_weights(const Context *context, const Op *op) {
  const Network *network = context->pass->network;
  LinearCall call = linear_call(context, op);
  const Interval own = share_interval(context, call.n_out);
  const size_t first = (size_t)own.begin;
  int64_t *dw = gradient_sums(context, op->weight), *db = gradient_sums(context, op->bias);
  call.n_out = own.end - own.begin;
  if (call.n_out == 0) return;
  note_range(context, kernels_of(network)->backward_weights(
                          dw + first * (size_t)call.n_row, db ? db + first : NULL,
                          activation_of(context, op->in),
                          gradient_of(context, op->out) + first * BLOCK_LINE, &call));
}

static Band backward(const Context *context, const Op *op, int side, float *dx) {
  LinearCall call = linear_call(context, op);
  const Band band = share_channels(context, call.in, 1);
  (void)side;
  backward_weights(context, op);
  if (!dx || band_is_empty(band)) return band;
  call.weight += (size_t)band.channel * (size_t)(call.in.h * call.in.w);
  dx += band_begin(band, call.in);
  call.in.c = band.n_channels;
  kernels_of(context->pass->network)->backward_data(dx, gradient_of(context, op->out), &call);
  return band;
}

static void sizes(Sizes *sizes, const Network *network, const Op *op) {
  raise_to(&sizes->scratch, kernels_of(network)->scratch_size(op_in(network, op)));
}

/* It looks at the whole map. */
static void window(const Network *network, const Op *op, int *size, int *stride) {
  *size = op_in(network, op).h;
  *stride = 0;
}

static int express(Graph *graph, const Op *op) {
  const int n_out = op_out(graph->network, op).c;
  const int flat = graph_call(graph, GRAPH_FLATTEN, graph->activation[op->in], -1);
  int y = graph_call(graph, GRAPH_LINEAR, flat, graph_tensor(graph, op->weight));
  if (op->bias >= 0) y = graph_call(graph, GRAPH_ADD, y, graph_tensor(graph, op->bias));
  return graph_reshape(graph, y, 4, (const int[]){0, n_out, 1, 1});
}

static const OpKind OP_LINEAR = {
    .name = "linear",
    .forgets_output = 1,
    .counts_flops = 1,
    .n_modules = 1,
    .forward = forward,
    .backward = backward,
    .sizes = sizes,
    .window = window,
    .express = express,
};

typedef struct LinearSettings {
  int channels, bias;
} LinearSettings;

static const Key KEYS[] = {
    {"channels", KEY_WHOLE, offsetof(LinearSettings, channels), .range = RANGE_FROM_TO(1, 65536),
     .documentation = "Features of the output."},
    {"bias", KEY_SWITCH, offsetof(LinearSettings, bias), .fallback = "true",
     .documentation = "Whether a learned number is added to each feature."},
};

static Status build(Builder *builder, const void *settings) {
  const LinearSettings *layer = settings;
  Shape in = builder_shape(builder);
  int n_in = in.c * in.h * in.w;
  TRY(builder_limit(builder, (double)layer->channels * n_in, "the weight"));
  Op *op;
  TRY(builder_append(builder, &op, &OP_LINEAR, 0, shape_make(layer->channels, 1, 1)));
  op->weight = builder_tensor(builder, "linear.weight",
                              (Tensor){.description = "of a linear layer [out][in]",
                                       .is_weight = 1,
                                       .n_dims = 2,
                                       .dims = {layer->channels, n_in}});
  builder_uniform(builder, op->weight, op->weight);
  if (layer->bias) op->bias = bias_tensor(builder, "linear.bias", op->weight);
  return status_ok();
}

static void title(const void *settings, char *text, size_t bytes) {
  (void)settings;
  snprintf(text, bytes, "linear");
}

const LayerKind LAYER_LINEAR = {
    .kind = {.name = "linear",
             .summary = "a matrix times the flattened input",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(LinearSettings)},
    .build = build,
    .title = title,
};
