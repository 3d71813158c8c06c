#include "dyt.h"

#include "../run/share.h"
#include "kernels/dyt.h"
#include "norm.h"

typedef struct DytOp {
  int alpha;         /* the number of its tensor */
  size_t n_elements; /* of a sample */
} DytOp;

static DytCall dyt_call(const Context *context, const Op *op, Band band, Dropout *place) {
  const DytOp *dyt = op->own;
  return (DytCall){.shape = shape_of(context, op->out),
                   .band = band,
                   .alpha = *parameter_of(context, dyt->alpha),
                   .gamma = parameter_of(context, op->weight),
                   .beta = parameter_of(context, op->bias),
                   .dropout = dropout_of(context, op, place),
                   .relu = op->relu,
                   .passes = (uint16_t *)(void *)kept_of(context, op)};
}

static void forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_band(context, shape, ANY_STEPS);
  const size_t begin = band_begin(band, shape);
  Dropout place;
  const DytCall call = dyt_call(context, op, band, &place);
  if (band_is_empty(band)) return;
  dyt_forward(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin,
              &call);
}

/* If nobody wants the gradient of its input, that lies in the place of the output's. */
static Band backward(const Context *context, const Op *op, int side, float *dx) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const size_t begin = band_begin(band, shape);
  const DytOp *dyt = op->own;
  Dropout place;
  const DytCall call = dyt_call(context, op, band, &place);
  const DytGradient gradient = {.dalpha = gradient_sums(context, dyt->alpha),
                                .dgamma = gradient_sums(context, op->weight),
                                .dbeta = gradient_sums(context, op->bias),
                                .limit = context->pass->now.gradient_limit};
  float *dy = gradient_of(context, op->out);
  (void)side;
  if (band_is_empty(band)) return band;
  note_range(context, dyt_backward((dx ? dx : dy) + begin, &gradient, dy + begin,
                                   activation_of(context, op->in) + begin, &call));
  return band;
}

static size_t kept(const Op *op) {
  const DytOp *dyt = op->own;
  return op->relu || op->threshold ? mask_doubles(dyt->n_elements) : 0;
}

/* Before dropout and ReLU. */
static void observe(const Context *context, const Op *op, const float **before,
                    const float **after) {
  Dropout place;
  DytCall call = dyt_call(context, op, band_whole(shape_of(context, op->out)), &place);
  call.dropout = NULL;
  call.relu = 0;
  *before = activation_of(context, op->in);
  *after = context->thread->extra;
  dyt_forward(context->thread->extra, *before, &call);
}

static const OpKind OP_DYT = {
    .name = "tanh norm",
    .forgets_output = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .n_modules = 1,
    .forward = forward,
    .backward = backward,
    .kept = kept,
    .observe = observe,
};

Status add_dyt(Builder *builder, NormSpec spec) {
  const Shape shape = builder_shape(builder);
  const Tensor affine = {.description = "scale (weight) or shift (bias) of a norm [channel]",
                         .is_norm = 1,
                         .n_dims = 1,
                         .dims = {shape.c}};
  Tensor weight = affine;
  Op *op;
  weight.value = 1;
  TRY(builder_append(builder, &op, &OP_DYT, sizeof(DytOp), shape));
  DytOp *dyt = op->own;
  dyt->n_elements = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  dyt->alpha = norm_parameter(builder, &spec.kind->parameter, shape.c);
  op->weight = builder_tensor(builder, "norm.weight", weight);
  op->bias = builder_tensor(builder, "norm.bias", affine);
  return status_ok();
}
