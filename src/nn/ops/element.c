#include "element.h"

void element_forward(const Context *context, const Op *op) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_band(context, shape, ANY_STEPS);
  const size_t begin = band_begin(band, shape);
  if (band_is_empty(band)) return;
  element_of(op)->run(context, op, band, activation_of(context, op->out) + begin,
                      activation_of(context, op->in) + begin);
}

/* If nobody wants the gradient of its input, that lies in the place of the output's. */
Band element_backward(const Context *context, const Op *op, int side, float *dx) {
  const Shape shape = shape_of(context, op->out);
  const Band band = share_channels(context, shape, 1);
  const size_t begin = band_begin(band, shape);
  float *dy = gradient_of(context, op->out);
  (void)side;
  if (band_is_empty(band)) return band;
  note_range(context, element_of(op)->run_back(context, op, band, (dx ? dx : dy) + begin,
                                               dy + begin, activation_of(context, op->in) + begin));
  return band;
}

size_t element_kept(const Op *op) {
  return norm_keeps_masks(op) ? mask_doubles(element_of(op)->n_elements) : 0;
}

Status element_append(Builder *builder, Op **op, const OpKind *kind, NormSpec spec, ElementOp own) {
  const Shape shape = builder_shape(builder);
  TRY(builder_append(builder, op, kind, sizeof(ElementOp), shape));
  own.spec = spec;
  own.n_elements = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  own.parameter = norm_parameter(builder, &spec.kind->parameter, shape.c);
  *(ElementOp *)(*op)->own = own;
  return status_ok();
}
