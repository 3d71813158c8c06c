#include "parts.h"

int part_channels(Shape s, int step) {
  if (step == 0) return 0;
  int fit = (int)(PART_BYTES / (s.stride * sizeof(float)));
  int n = fit < step ? step : fit / step * step;
  return n < s.c ? n : 0;
}

int part_rows(Shape s) {
  int n = (int)(PART_ROWS_BYTES / ((size_t)s.c * (size_t)s.w * LANES * sizeof(float)));
  if (n < 1) n = 1;
  return n < s.h ? n : 0;
}

Band channels_from(Shape s, int first, int n, int end) {
  return (Band){first, first + n < end ? n : end - first, 0, s.h, s.stride, s.stride};
}

Band rows_from(Shape s, int first, int n, int end) {
  if (first + n > end) n = end - first;
  size_t stride = shape_make(s.c, n, s.w).stride;
  return (Band){0, s.c, first, n, stride, s.stride};
}

Ahead channels_ahead(const float *x, Shape s, Band band) {
  const Band next = channels_from(s, band.channel + band.n_channels, band.n_channels, s.c);
  const size_t n_lines = (size_t)next.n_channels * s.stride / BLOCK_LINE;
  if (next.n_channels <= 0) return (Ahead){0};
  return (Ahead){x + band_begin(next, s), BLOCK_LINE, 0, n_lines, 1};
}

Ahead rows_ahead(const float *x, Shape s, Band band) {
  const Band next = rows_from(s, band.row + band.n_rows, band.n_rows, s.h);
  if (next.n_rows <= 0) return (Ahead){0};
  const int n_lines = (next.n_rows * s.w * block_lanes() + BLOCK_LINE - 1) / BLOCK_LINE;
  return (Ahead){x + band_begin(next, s), s.stride, BLOCK_LINE, (size_t)s.c, (size_t)n_lines};
}

void part_forward(const Context *context, const NormGroup *group, Band band) {
  Dropout place;
  const NormCall call = norm_call(context, group->norm, band, &place);
  norm_forward(context->thread->piece, norm_input(context, group, band), &call);
}

void part_forward_again(const Context *context, const NormGroup *group, Band band) {
  Dropout place;
  const NormCall call = norm_call(context, group->norm, band, &place);
  norm_forward_again(context->thread->piece, norm_input(context, group, band), &call);
}

void part_backward(const Context *context, const NormGroup *group, Band band, float *dz,
                   const float *dy, const NormGradient *gradient) {
  Dropout place;
  const NormCall call = norm_call(context, group->norm, band, &place);
  norm_backward_band(dz, gradient, dy, norm_input(context, group, band), &call);
  norm_backward_end(gradient, &call);
}

void parts_begin(const Context *context, const NormGroup *group, Band share,
                 const NormGradient *gradient) {
  Dropout place;
  const NormCall call = norm_call(context, group->norm, share, &place);
  norm_backward_begin(gradient, &call);
}
