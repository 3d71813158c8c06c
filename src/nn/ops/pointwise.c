#include "pointwise.h"

#include "../run/share.h"
#include <stdio.h>

static void forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_band(context, shape, ANY_STEPS);
  const size_t begin = band_begin(band, shape);
  Dropout place;
  if (band_is_empty(band)) return;
  pointwise_forward(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin,
                    dropout_of(context, op, &place), op->relu, shape, band);
}

static Band backward(const Context *context, const Op *op, int side, float *dx) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_band(context, shape, ANY_STEPS);
  const size_t begin = band_begin(band, shape);
  Dropout place;
  (void)side;
  if (!dx || band_is_empty(band)) return band;
  pointwise_backward(dx + begin, gradient_of(context, op->out) + begin,
                     activation_of(context, op->out) + begin, dropout_of(context, op, &place),
                     op->relu, shape, band);
  return band;
}

static const OpKind OP_POINTWISE = {
    .name = "pointwise",
    .forgets_input = 1,
    .is_tail = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .forward = forward,
    .backward = backward,
};

static Status find_or_append(Builder *builder, Op **op, int is_dropout) {
  builder_tail(builder, op, is_dropout);
  if (*op) return status_ok();
  return builder_append(builder, op, &OP_POINTWISE, 0, builder_shape(builder));
}

Status add_dropout(Builder *builder, double probability) {
  Op *op;
  if (!(probability > 0)) return status_ok();
  TRY(find_or_append(builder, &op, 1));
  builder_dropout(builder, op, probability);
  return status_ok();
}

Status add_relu(Builder *builder) {
  Op *op;
  TRY(find_or_append(builder, &op, 0));
  op->relu = 1;
  return status_ok();
}

static Status build_relu(Builder *builder, const void *settings) {
  (void)settings;
  return add_relu(builder);
}

static void title_relu(const void *settings, char *text, size_t bytes) {
  (void)settings;
  snprintf(text, bytes, "ReLU");
}

const LayerKind LAYER_RELU = {
    .kind = {.name = "relu", .summary = "max(x, 0)"}, .build = build_relu, .title = title_relu};

static const Key KEYS[] = {{"dropout", KEY_NUMBER, 0, .fallback = "=network.dropout",
                            .range = RANGE_DROPOUT,
                            .documentation = "Probability that a value is set to 0."}};

static Status build_dropout(Builder *builder, const void *settings) {
  return add_dropout(builder, *(const double *)settings);
}

static void title_dropout(const void *settings, char *text, size_t bytes) {
  snprintf(text, bytes, "dropout %g", *(const double *)settings);
}

const LayerKind LAYER_DROPOUT = {
    .kind = {.name = "dropout",
             .summary = "sets values to 0 at random in training",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(double)},
    .build = build_dropout,
    .title = title_dropout,
};
