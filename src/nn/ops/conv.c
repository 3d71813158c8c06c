#include "conv.h"

#include "add.h"
#include "bias.h"
#include "standardize.h"
#include <stdio.h>
#include <string.h>

ConvCall conv_call(const Context *context, const Op *op, const Band *band, Ahead ahead) {
  return (ConvCall){.shape = conv_shape(op),
                    .packed = context->pass->network->packed + op->packed,
                    .band = band,
                    .ahead = ahead,
                    .scratch = context->thread->scratch,
                    .limit = context->pass->now.gradient_limit};
}

static void forward(const Context *context, const Op *op) {
  const ConvBackend *backend = context->pass->network->backend;
  const ConvShape *shape = conv_shape(op);
  const Band band = share_band(context, shape->out, backend->steps(shape, CONV_FORWARD));
  const ConvCall call = conv_call(context, op, share_is_whole(context) ? NULL : &band, (Ahead){0});
  if (band_is_empty(band)) return;
  backend->forward(activation_of(context, op->out) + band_begin(band, shape->out),
                   activation_of(context, op->in), &call);
}

/* Some output channels. */
static void backward_weights(const Context *context, const Op *op) {
  ConvShape shape = *conv_shape(op);
  ConvCall call = conv_call(context, op, NULL, (Ahead){0});
  const Band band = share_channels(context, shape.out, 1);
  const size_t n_weights = tensor_size(context->pass->network, op->weight) / (size_t)shape.out.c;
  if (band_is_empty(band)) return;
  const float *dy = gradient_of(context, op->out) + band_begin(band, shape.out);
  shape.out.c = band.n_channels;
  call.part = &shape;
  int64_t *dw = gradient_sums(context, op->weight) + (size_t)band.channel * n_weights;
  note_range(context, context->pass->network->backend->backward_weights(
                          dw, activation_of(context, op->in), dy, &call));
}

static Band backward_data(const Context *context, const Op *op, float *dx) {
  const ConvBackend *backend = context->pass->network->backend;
  const ConvShape *shape = conv_shape(op);
  const Band band = share_band(context, shape->in, backend->steps(shape, CONV_DATA));
  const ConvCall call = conv_call(context, op, share_is_whole(context) ? NULL : &band, (Ahead){0});
  if (!band_is_empty(band))
    backend->backward_data(dx + band_begin(band, shape->in), gradient_of(context, op->out), &call);
  return band;
}

/* One half of a crew computes dW and the other one dX, which take about as long: so fewer threads
 * prepare the same x and dy, and their shares are larger. */
static Band backward(const Context *context, const Op *op, int side, float *dx) {
  Context own = *context;
  const int half = dx ? share_half(&own) : SHARE_NO_HALF;
  (void)side;
  if (half != 1) backward_weights(&own, op);
  return dx && half != 0 ? backward_data(&own, op, dx) : (Band){0};
}

static void sizes(Sizes *sizes, const Network *network, const Op *op) {
  raise_to(&sizes->scratch, network->backend->scratch_size(conv_shape(op)));
}

static size_t packed_size(const Network *network, const Op *op) {
  return network->backend->packed_size(conv_shape(op));
}

const float *conv_weights(const Network *network, const Op *op) {
  const float *all = network->standardized ? network->standardized : network->parameters;
  return all + network->tensors[op->weight].offset;
}

static void pack(const Network *network, const Op *op) {
  const Tensor *weight = &network->tensors[op->weight];
  const size_t n_filters = (size_t)weight->dims[0];
  if (network->standardized)
    standardize_weights(network->standardized + weight->offset, tensor_values(network, op->weight),
                        n_filters, weight->n / n_filters);
  network->backend->pack(network->packed + op->packed, conv_weights(network, op), conv_shape(op));
}

/* From the gradient of the weights that are used to that of the weights. */
static int finish(const Network *network, const Op *op, int64_t *gradient) {
  const Tensor *weight = &network->tensors[op->weight];
  const size_t n_filters = (size_t)weight->dims[0];
  if (!network->standardized) return 0;
  return standardize_gradient(gradient + weight->offset, tensor_values(network, op->weight),
                              n_filters, weight->n / n_filters);
}

static void window(const Network *network, const Op *op, int *size, int *stride) {
  (void)network;
  *size = conv_shape(op)->kernel;
  *stride = conv_shape(op)->stride;
}

static void size_text(const Op *op, char text[32]) {
  snprintf(text, 32, "%dx%d", conv_shape(op)->kernel, conv_shape(op)->kernel);
}

static const char *algorithm(const Network *network, const Op *op, ConvDirection direction) {
  return network->backend->algorithm(conv_shape(op), direction);
}

/* The weights as they are used (standardize.h). */
static int express_weights(Graph *graph, const Op *op) {
  static const int FILTER[] = {1, 2, 3};
  const ConvShape *shape = conv_shape(op);
  const double n = (double)shape->in.c * shape->kernel * shape->kernel;
  int w = graph_tensor(graph, op->weight);
  if (!graph->network->standardized) return w;
  w = graph_call(graph, GRAPH_SUBTRACT, w, graph_mean(graph, w, 3, FILTER));
  int s = graph_mean(graph, graph_call(graph, GRAPH_MULTIPLY, w, w), 3, FILTER);
  s = graph_call(graph, GRAPH_MULTIPLY, s, graph_number(graph, n / (n - 1)));
  s = graph_call(graph, GRAPH_ROOT, s, -1);
  s = graph_call(graph, GRAPH_ADD, s, graph_number(graph, STANDARDIZE_EPSILON));
  return graph_call(graph, GRAPH_DIVIDE, w, s);
}

static int express(Graph *graph, const Op *op) {
  const ConvShape *shape = conv_shape(op);
  return graph_node(graph,
                    (GraphNode){.function = GRAPH_CONV,
                                .in = {graph->activation[op->in], express_weights(graph, op)},
                                .size = {shape->kernel, shape->kernel},
                                .stride = shape->stride,
                                .padding = shape->padding});
}

const OpKind OP_CONV = {
    .name = "conv",
    .forgets_output = 1,
    .counts_flops = 1,
    .n_modules = 1,
    .forward = forward,
    .backward = backward,
    .sizes = sizes,
    .packed_size = packed_size,
    .pack = pack,
    .finish = finish,
    .window = window,
    .size_text = size_text,
    .algorithm = algorithm,
    .express = express,
};

Status add_conv(Builder *builder, const ConvSettings *c) {
  Shape in = builder_shape(builder);
  int h = 0, w = 0;
  TRY(builder_window(builder, &h, "kernel", in.h, c->padding, c->kernel, c->stride));
  TRY(builder_window(builder, &w, "kernel", in.w, c->padding, c->kernel, c->stride));
  TRY(builder_limit(builder, (double)c->channels * h * w, "the output of a sample"));
  TRY(builder_limit(builder, (double)c->channels * in.c * c->kernel * c->kernel, "the weight"));
  if (builder->network->config->network.weights == WEIGHTS_STANDARDIZED &&
      in.c * c->kernel * c->kernel == 1)
    return BUILDER_ERROR(builder, "network.weights is standardized, but a filter has one weight, "
                                  "whose deviation is 0; take a larger kernel, or plain");
  Shape out = shape_make(c->channels, h, w);
  Op *op;
  TRY(builder_append(builder, &op, &OP_CONV, sizeof(ConvShape), out));
  *(ConvShape *)op->own = (ConvShape){in, out, c->kernel, c->stride, c->padding};
  op->weight = builder_tensor(builder, "conv.weight",
                              (Tensor){.description = "of a convolution [out][in][row][column]",
                                       .is_weight = 1,
                                       .is_filter = 1,
                                       .n_dims = 4,
                                       .dims = {c->channels, in.c, c->kernel, c->kernel}});
  builder_uniform(builder, op->weight, op->weight);
  return c->bias ? add_bias(builder, "conv.bias", op->weight) : status_ok();
}

void conv_title(const char *name, const ConvSettings *c, char *text, size_t bytes) {
  int used = snprintf(text, bytes, "%s %dx%d", name, c->kernel, c->kernel);
  if (c->stride != 1) used += snprintf(text + used, bytes - (size_t)used, " /%d", c->stride);
  if (c->padding) used += snprintf(text + used, bytes - (size_t)used, " pad %d", c->padding);
  if (c->skip) snprintf(text + used, bytes - (size_t)used, " + skip");
}

const char *conv_check(const void *settings, char *text, size_t bytes) {
  const ConvSettings *c = settings;
  if (c->padding == 0 || c->padding < c->kernel) return NULL;
  snprintf(text, bytes, "%d is not less than the kernel; accepted: 0 to %d", c->padding,
           c->kernel - 1);
  return "padding";
}

static const Key KEYS[] = {CONV_KEYS};

static Status build(Builder *builder, const void *settings) {
  const ConvSettings *c = settings;
  int from = builder_newest(builder);
  TRY(add_conv(builder, c));
  return c->skip ? add_skip(builder, from, c->kernel) : status_ok();
}

static void title(const void *settings, char *text, size_t bytes) {
  conv_title("conv", settings, text, bytes);
}

const LayerKind LAYER_CONV = {
    .kind = {.name = "conv",
             .summary = "a convolution",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(ConvSettings),
             .check = conv_check},
    .build = build,
    .title = title,
};
