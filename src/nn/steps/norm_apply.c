#include "norm_apply.h"

#include "../ops/conv.h"
#include "gradient.h"
#include "parts.h"

const float *norm_dy(const Context *context, const NormGroup *group, Band band) {
  if (group->pooled)
    return gradient_of(context, group->after->out) + (size_t)band.channel * group->pooled->stride;
  const int out = group->norm->out;
  return gradient_of(context, out) + band_begin(band, shape_of(context, out));
}

void norm_apply(const Context *context, const NormGroup *group, const double *mean_d,
                const double *mean_dx) {
  const Band own = share_band(context, shape_of(context, group->norm->out), ANY_STEPS);
  if (!band_is_empty(own)) norm_apply_band(context, group, own, mean_d, mean_dx);
}

void norm_apply_band(const Context *context, const NormGroup *group, Band band,
                     const double *mean_d, const double *mean_dx) {
  const Op *norm = group->norm;
  const Shape s = shape_of(context, norm->out);
  const size_t begin = band_begin(band, s);
  Dropout place;
  NormCall call = norm_call(context, norm, band, &place);
  float *dx = gradient_place(context, norm, norm->in);
  if (!dx) dx = gradient_of(context, norm->out);
  call.pooled = group->pooled;
  norm_backward_apply(dx + begin, norm_dy(context, group, band),
                      activation_of(context, norm->in) + begin, mean_d, mean_dx,
                      context->slot->n_valid, &call);
  gradient_written(context, norm, norm->in, band);
}

void first_weights(const Context *context, const NormGroup *group, Band band, const float *dy) {
  const Op *conv = group->before;
  ConvShape shape = *conv_shape(conv);
  const Ahead ahead = channels_ahead(activation_of(context, conv->out), shape.out, band);
  const size_t per_channel =
      tensor_size(context->pass->network, conv->weight) / (size_t)shape.out.c;
  shape.out.c = band.n_channels;
  ConvCall call = conv_call(context, conv, NULL, ahead);
  call.part = &shape;
  int64_t *dw = gradient_sums(context, conv->weight) + (size_t)band.channel * per_channel;
  note_range(context, context->pass->network->backend->backward_weights(
                          dw, activation_of(context, conv->in), dy, &call));
}

void norm_apply_part(const Context *context, const NormGroup *group, Band band, float *dx,
                     const float *dy, const double *mean_d, const double *mean_dx) {
  Dropout place;
  NormCall call = norm_call(context, group->norm, band, &place);
  call.pooled = group->pooled;
  norm_backward_apply(dx, dy, norm_input(context, group, band), mean_d, mean_dx,
                      context->slot->n_valid, &call);
  if (group->is_first) first_weights(context, group, band, dx);
}
