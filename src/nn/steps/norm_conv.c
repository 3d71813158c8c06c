/* A norm and the 1x1 convolution that alone reads it: some rows at a time, so that what the norm
 * gives is never stored. The backward pass makes it again from the norm's input, some channels at
 * a time, and the gradient of these channels goes through the norm's first half at once; where no
 * other channels share their statistics, through the second half too. */
#include "norm_conv.h"

#include "../ops/conv.h"
#include "classes.h"
#include "norm_apply.h"
#include "parts.h"

/* The groups of statistics from the least to the last one that have units of these channels. */
static Interval groups_of(const NormMap *map, Shape s, int first, int last) {
  const int units = map->n_units / s.c;
  Interval groups = {map->n_groups, 0};
  for (int u = first * units; u < last * units; u++) {
    if (map->group[u] < groups.begin) groups.begin = map->group[u];
    if (map->group[u] >= groups.end) groups.end = map->group[u] + 1;
  }
  return groups;
}

/* Whether no group of statistics has channels of two parts. */
static int is_local(const NormMap *map, Shape s, int n_channels) {
  int end = 0;
  if (map->crosses_samples) return 0;
  for (int c = 0; c < s.c; c += n_channels) {
    const Interval groups = groups_of(map, s, c, c + n_channels < s.c ? c + n_channels : s.c);
    if (groups.begin < end) return 0;
    end = groups.end;
  }
  return 1;
}

static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  const Op *norm = group->norm, *conv = group->after;
  const Shape s = op_out(network, norm);
  if (group->map->unit == NORM_UNIT_PIXEL || norm->in == 0 || !conv || !is_conv(conv) ||
      shape_bytes(s) < LARGE_BYTES)
    return 0;
  if (conv_shape(conv)->kernel != 1 || conv_shape(conv)->stride != 1) return 0;
  if (n_readers[norm->out] != 1 || n_readers[norm->in] != 1) return 0;
  int n_rows = part_rows(s);
  int n_channels = part_channels(s, network->backend->steps(conv_shape(conv), CONV_DATA).channels);
  if (n_rows == 0 || n_channels == 0) return 0;
  group->n_rows = n_rows;
  group->n_channels = group->share_step = n_channels;
  group->is_local = is_local(group->map, s, n_channels);
  return 1;
}

static void forward(const Context *context, const NormGroup *group) {
  const Op *conv = group->after;
  const Shape in = conv_shape(conv)->in;
  float *y = activation_of(context, conv->out);
  const Interval own = share_interval(context, in.h);
  for (int row = own.begin; row < own.end; row += group->n_rows) {
    const Band band = rows_from(in, row, group->n_rows, own.end);
    ConvShape rows = *conv_shape(conv);
    rows.in = shape_make(in.c, band.n_rows, in.w);
    rows.out.h = band.n_rows;
    ConvCall call = conv_call(context, conv, NULL, (Ahead){0});
    call.part = &rows;
    if (group->head->make_rows)
      group->head->make_rows(context, group, band);
    else
      call.ahead = rows_ahead(activation_of(context, group->norm->in), in, band);
    part_forward(context, group, band);
    context->pass->network->backend->forward(y + (size_t)(row * in.w * block_lanes()),
                                             context->thread->piece, &call);
  }
}

void norm_conv_part_data(const Context *context, const NormGroup *group, Band band, float *dy) {
  const Op *conv = group->after;
  const ConvCall call = conv_call(context, conv, &band, (Ahead){0});
  context->pass->network->backend->backward_data(dy, gradient_of(context, conv->out), &call);
}

/* For some channels of the convolution's input, which are in the thread's piece: the gradient of
 * the weights is added to the thread's. */
static void part_weights(const Context *context, const NormGroup *group, Band band) {
  const Op *conv = group->after;
  ConvShape shape = *conv_shape(conv);
  const float *x = activation_of(context, group->norm->in);
  ConvCall call = conv_call(context, conv, NULL, channels_ahead(x, shape.in, band));
  call.dw_channel = (size_t)shape.in.c;
  shape.in.c = band.n_channels;
  call.part = &shape;
  note_range(context, context->pass->network->backend->backward_weights(
                          gradient_sums(context, conv->weight) + band.channel,
                          context->thread->piece, gradient_of(context, conv->out), &call));
}

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  const Op *norm = group->norm;
  const Shape s = shape_of(context, norm->out);
  float *stored = gradient_of(context, norm->out);
  float *piece = context->thread->piece + context->pass->work.sizes.piece;
  const NormGradient gradient = norm_gradient(context, norm, sum_d, sum_dx);
  const Band own = norm_group_share(context, group);
  const int end = own.channel + own.n_channels;
  parts_begin(context, group, own, &gradient);
  for (int c = own.channel; c < end; c += group->n_channels) {
    const Band band = channels_from(s, c, group->n_channels, end);
    float *dy = group->is_stored ? stored + band_begin(band, s) : piece;
    part_forward_again(context, group, band);
    part_weights(context, group, band);
    norm_conv_part_data(context, group, band, dy);
    part_backward(context, group, band, group->by_moments ? dy : NULL, dy, &gradient);
    if (group->by_moments) first_weights(context, group, band, dy);
    if (!group->is_local) continue;
    const Interval groups = groups_of(group->map, s, c, c + band.n_channels);
    norm_means(norm_of(norm), sum_d, sum_dx, groups);
    norm_apply_part(context, group, band, dy, dy, sum_d, sum_dx);
  }
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  const Shape s = op_out(network, group->norm);
  raise_to(&sizes->piece, (size_t)group->n_channels * s.stride);
  raise_to(&sizes->piece, shape_floats(shape_make(s.c, group->n_rows, s.w)));
}

const NormTail NORM_CONV = {.fits = fits, .forward = forward, .backward = backward, .sizes = sizes};
