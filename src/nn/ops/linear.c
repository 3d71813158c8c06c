#include "../run/context.h"
#include "bias.h"
#include "kernels/conv.h"
#include <stdio.h>

static LinearCall linear_call(const Context *context, const Op *op) {
  return (LinearCall){.in = shape_of(context, op->in),
                      .n_out = shape_of(context, op->out).c,
                      .weight = parameter_of(context, op->weight),
                      .bias = parameter_of(context, op->bias),
                      .scratch = context->thread->scratch,
                      .limit = context->pass->now.gradient_limit};
}

static const LinearKernels *kernels_of(const Network *network) {
  return network->backend->linear();
}

static void forward(const Context *context, const Op *op) {
  const LinearCall call = linear_call(context, op);
  kernels_of(context->pass->network)
      ->forward(activation_of(context, op->out), activation_of(context, op->in), &call);
}

static void backward(const Context *context, const Op *op, int side, float *dx) {
  const LinearCall call = linear_call(context, op);
  const Network *network = context->pass->network;
  const LinearKernels *kernels = kernels_of(network);
  const float *dy = gradient_of(context, op->out);
  (void)side;
  note_range(context, kernels->backward_weights(gradient_sums(context, op->weight),
                                                gradient_sums(context, op->bias),
                                                activation_of(context, op->in), dy, &call));
  if (dx) kernels->backward_data(dx, dy, &call);
}

static void sizes(Sizes *sizes, const Network *network, const Op *op) {
  raise_to(&sizes->scratch, kernels_of(network)->scratch_size(op_in(network, op)));
}

/* It looks at the whole map. */
static void window(const Network *network, const Op *op, int *size, int *stride) {
  *size = op_in(network, op).h;
  *stride = 0;
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
