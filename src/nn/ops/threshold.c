#include "threshold.h"

#include "../run/share.h"
#include "kernels/threshold.h"
#include "norm.h"

typedef struct ThresholdOp {
  int tau;           /* the number of its tensor */
  size_t n_elements; /* of a sample */
} ThresholdOp;

static ThresholdCall threshold_call(const Context *context, const Op *op, Band band,
                                    Dropout *place) {
  const ThresholdOp *threshold = op->own;
  return (ThresholdCall){.shape = shape_of(context, op->out),
                         .band = band,
                         .tau = parameter_of(context, threshold->tau),
                         .dropout = dropout_of(context, op, place),
                         .kept = (uint16_t *)(void *)kept_of(context, op)};
}

static void forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_band(context, shape, ANY_STEPS);
  const size_t begin = band_begin(band, shape);
  Dropout place;
  const ThresholdCall call = threshold_call(context, op, band, &place);
  if (band_is_empty(band)) return;
  threshold_forward(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin,
                    &call);
}

/* There is always a norm before it, which wants the gradient. */
static Band backward(const Context *context, const Op *op, int side, float *dx) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const size_t begin = band_begin(band, shape);
  const ThresholdOp *threshold = op->own;
  Dropout place;
  const ThresholdCall call = threshold_call(context, op, band, &place);
  (void)side;
  if (band_is_empty(band)) return band;
  note_range(context, threshold_backward(dx + begin, gradient_sums(context, threshold->tau),
                                         context->pass->now.gradient_limit,
                                         gradient_of(context, op->out) + begin,
                                         activation_of(context, op->in) + begin, &call));
  return band;
}

static size_t kept(const Op *op) {
  const ThresholdOp *threshold = op->own;
  return op->threshold ? mask_doubles(threshold->n_elements) : 0;
}

static const OpKind OP_THRESHOLD = {
    .name = "threshold",
    .forgets_output = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .n_modules = 1,
    .forward = forward,
    .backward = backward,
    .kept = kept,
};

Status add_threshold(Builder *builder, NormSpec spec) {
  const Shape shape = builder_shape(builder);
  Op *op;
  TRY(builder_append(builder, &op, &OP_THRESHOLD, sizeof(ThresholdOp), shape));
  ThresholdOp *threshold = op->own;
  threshold->n_elements = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  threshold->tau = norm_parameter(builder, &spec.kind->parameter, shape.c);
  return status_ok();
}
