#include "fusion.h"

/* Bytes of an activation from which on fusion is worth while, and of its pieces: a few of them, and
 * the smaller activation on the other side, have to fit the cache together. */
enum { LARGE = 1 << 20, PIECE = 7 << 16 };

static size_t bytes(Shape s) {
  return shape_floats(s) * sizeof(float);
}

/* Channels of a piece: a multiple of step; 0: not worth while. */
static int channels_of(Shape s, int step) {
  if (step == 0) return 0;
  int fit = (int)(PIECE / (s.stride * sizeof(float)));
  int n = fit < step ? step : fit / step * step;
  return n < s.c ? n : 0;
}

static int rows_of(Shape s) {
  int n = (int)(PIECE / ((size_t)s.c * (size_t)s.w * LANES * sizeof(float)));
  if (n < 1) n = 1;
  return n < s.h ? n : 0;
}

/* Whether no group of statistics has channels of two pieces. */
static int is_local(const NormMap *map, Shape s, int n_channels) {
  int units = map->n_units / s.c;
  if (map->crosses_samples) return 0;
  for (int c = n_channels; c < s.c; c += n_channels)
    if (map->group[c * units] == map->group[c * units - 1]) return 0;
  return 1;
}

static void plan_norm_conv(Fusion *fusion, const Network *network, const Op *norm,
                           const int *n_readers) {
  const Op *conv = norm + 1;
  Shape s = network->shapes[norm->out];
  if (conv->kind != OP_CONV || conv->conv.kernel != 1 || conv->conv.stride != 1) return;
  if (n_readers[norm->out] != 1 || n_readers[norm->in] != 1) return;
  int n_rows = rows_of(s),
      n_channels = channels_of(s, network->backend->backward_step(&conv->conv));
  if (n_rows == 0 || n_channels == 0) return;
  fusion->n_rows = n_rows;
  fusion->n_channels = n_channels;
  fusion->is_local = is_local(&norm->map, s, n_channels);
}

void fusion_plan(Fusion *fusion, const Network *network, const int *n_readers) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i], *next = op + 1;
    Shape s = network->shapes[op->out];
    fusion[i] = (Fusion){0};
    if (i + 1 == network->n_ops || next->in != op->out || bytes(s) < LARGE) continue;
    if (op->kind == OP_NORM) plan_norm_conv(&fusion[i], network, op, n_readers);
    if (op->kind != OP_CONV || next->kind != OP_NORM) continue;
    fusion[i].n_channels = channels_of(s, network->backend->forward_step(&op->conv));
    fusion[i].is_first = fusion[i].n_channels > 0 && op->in == 0 && n_readers[op->out] == 1;
  }
}

static const Fusion *fusion_of(const Pass *pass, const Op *op) {
  return &pass->plan.fusion[op - pass->network->ops];
}

/* Some channels of an activation, as a band and as a shape; n or the rest. */
static Band channels(Shape s, int first, int n) {
  return (Band){first, first + n < s.c ? n : s.c - first, 0, s.h, s.stride};
}
static Shape with_channels(Shape s, int n) {
  s.c = n;
  return s;
}

/* Channels to be read or written when those of the band are done. */
static Ahead ahead_of(const float *x, Shape s, Band band) {
  int next = band.channel + band.n_channels, n = band.n_channels;
  if (next + n > s.c) n = s.c - next;
  const float *at = x + (size_t)next * s.stride;
  return (Ahead){at, at + (size_t)n * s.stride, LANES, 0};
}

static size_t n_weights(const ConvShape *conv, int n_out, int n_in) {
  return (size_t)n_out * (size_t)n_in * (size_t)(conv->kernel * conv->kernel);
}

void fusion_conv_sums(Pass *pass, Thread *thread, Slot *slot, const Op *conv) {
  const Op *norm = conv + 1;
  const float *x = activation_of(pass, slot, conv->in);
  const float *packed = pass->network->packed + conv->packed;
  float *y = activation_of(pass, slot, conv->out);
  double *sum = thread->sums, *square = sum + (size_t)norm->map.n_units * LANES;
  const Shape out = conv->conv.out;
  const size_t unit = (size_t)(norm->map.n_units / out.c) * LANES;
  const int n = fusion_of(pass, conv)->n_channels;
  for (int c = 0; c < out.c; c += n) {
    const Band band = channels(out, c, n);
    const ConvPart part = {c, band.n_channels, ahead_of(y, out, band)};
    float *y_part = y + (size_t)c * out.stride;
    pass->network->backend->forward(y_part, x, packed, &conv->conv, &part, thread->scratch);
    norm_sums(sum + (size_t)c * unit, square + (size_t)c * unit, y_part,
              with_channels(out, band.n_channels), norm->map.unit);
  }
}

static void forward_band(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band) {
  Dropout place;
  norm_forward_band(thread->piece, activation_of(pass, slot, norm->in),
                    stats_mean(pass, slot, norm), stats_rstd(pass, slot, norm),
                    parameter_of(pass, norm->weight), parameter_of(pass, norm->bias),
                    step_dropout(pass, slot, norm, &place), norm->relu,
                    pass->network->shapes[norm->out], band, norm->map.unit, norm->map.affine);
}

void fusion_norm_conv(Pass *pass, Thread *thread, Slot *slot, const Op *norm) {
  const Op *conv = norm + 1;
  const float *x = activation_of(pass, slot, norm->in);
  float *y = activation_of(pass, slot, conv->out);
  const Shape in = conv->conv.in;
  const size_t row_floats = (size_t)in.w * LANES;
  const int n_rows = fusion_of(pass, norm)->n_rows;
  for (int row = 0; row < in.h; row += n_rows) {
    const int n = row + n_rows < in.h ? n_rows : in.h - row;
    ConvShape rows = conv->conv;
    rows.in = shape_make(in.c, n, in.w);
    rows.out.h = n;
    forward_band(pass, thread, slot, norm, (Band){0, in.c, row, n, rows.in.stride});
    /* A step of the convolution goes from channel to channel, a tile fetches one pixel. */
    const float *next = x + (size_t)(row + n) * row_floats;
    const size_t n_next = row + 2 * n <= in.h ? (size_t)n : (size_t)(in.h - row - n);
    const ConvPart part = {0, rows.out.c, {next, next + n_next * row_floats, in.stride, LANES}};
    pass->network->backend->forward(y + (size_t)row * row_floats, thread->piece,
                                    pass->network->packed + conv->packed, &rows, &part,
                                    thread->scratch);
  }
}

/* The convolution's backward pass for some channels of its input: da, and its weight gradient added
 * to the thread's term. */
static void conv_backward_part(Pass *pass, Thread *thread, Slot *slot, const Op *conv, Band band,
                               float *da, const Ahead *ahead) {
  const ConvBackend *backend = pass->network->backend;
  const float *dy = gradient_of(pass, slot, conv->out);
  const int taps = conv->conv.kernel * conv->conv.kernel, n = band.n_channels * taps;
  float *part_term = thread->term + pass->network->tensors[conv->weight].n;
  ConvShape shape = conv->conv;
  shape.in.c = band.n_channels;
  backend->backward_weights(part_term, thread->piece, dy, &shape, ahead, thread->scratch);
  for (int o = 0; o < shape.out.c; o++) {
    float *term = thread->term + n_weights(&shape, o, conv->conv.in.c) + band.channel * taps;
    for (int i = 0; i < n; i++) term[i] = *part_term++;
  }
  const ConvPart part = {.first = band.channel, .n = band.n_channels};
  backend->backward_data(da, dy, pass->network->packed + conv->packed, &conv->conv, &part,
                         thread->scratch);
}

static void apply(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band, float *dx,
                  const float *dz, const double *mean_d, const double *mean_dx) {
  const Shape s = pass->network->shapes[norm->in];
  const float *x = activation_of(pass, slot, norm->in) + (size_t)band.channel * s.stride;
  const size_t unit = (size_t)band.channel * (size_t)(norm->map.n_units / s.c) * LANES;
  const Op *conv = norm - 1;
  const int is_first = norm > pass->network->ops && fusion_of(pass, conv)->is_first;
  norm_backward_apply(dx, dz, x, stats_mean(pass, slot, norm) + unit,
                      stats_rstd(pass, slot, norm) + unit, mean_d + unit, mean_dx + unit,
                      slot->n_valid, with_channels(s, band.n_channels), norm->map.unit);
  if (!is_first) return;
  ConvShape shape = conv->conv;
  shape.out.c = band.n_channels;
  const Ahead ahead = ahead_of(activation_of(pass, slot, norm->in), s, band);
  float *term = thread->term_first + n_weights(&shape, band.channel, shape.in.c);
  pass->network->backend->backward_weights(term, activation_of(pass, slot, conv->in), dx, &shape,
                                           &ahead, thread->scratch);
}

void fusion_norm_conv_backward(Pass *pass, Thread *thread, Slot *slot, const Op *norm,
                               double *sum_d, double *sum_dx) {
  const Network *network = pass->network;
  const Op *conv = norm + 1;
  const Fusion *fusion = fusion_of(pass, norm);
  const Shape s = network->shapes[norm->out];
  const float *x = activation_of(pass, slot, norm->in), *gamma = parameter_of(pass, norm->weight);
  const double *mean = stats_mean(pass, slot, norm), *rstd = stats_rstd(pass, slot, norm);
  float *gradient = gradient_of(pass, slot, norm->in); /* the same as that of norm->out */
  double *dgamma = thread->affine, *dbeta = dgamma + network->tensors[norm->weight].n;
  const int is_first = norm > network->ops && fusion_of(pass, norm - 1)->is_first;
  Dropout place;
  const Dropout *dropout = step_dropout(pass, slot, norm, &place);
  norm_backward_begin(sum_d, sum_dx, dgamma, dbeta, s, norm->map.unit, norm->map.affine);
  for (int c = 0; c < s.c; c += fusion->n_channels) {
    const Band band = channels(s, c, fusion->n_channels);
    const Ahead ahead = ahead_of(x, s, band);
    float *to = gradient + (size_t)c * s.stride;
    float *da = fusion->is_local && is_first ? thread->piece + pass->piece_floats : to;
    forward_band(pass, thread, slot, norm, band);
    conv_backward_part(pass, thread, slot, conv, band, da, &ahead);
    norm_backward_band(da, sum_d, sum_dx, dgamma, dbeta, da, x, thread->piece, mean, rstd, gamma,
                       dropout, norm->relu, s, band, norm->map.unit, norm->map.affine);
    norm_backward_end(sum_d, sum_dx, dgamma, dbeta, mean, rstd, gamma, dropout, s, band,
                      norm->map.unit, norm->map.affine);
    if (!fusion->is_local) continue;
    const int units = norm->map.n_units / s.c, last = c + band.n_channels;
    step_own_means(&norm->map, sum_d, c * units, last * units);
    step_own_means(&norm->map, sum_dx, c * units, last * units);
    apply(pass, thread, slot, norm, band, da, da, sum_d, sum_dx);
  }
  step_add_floats(pass, thread, conv->weight, thread->term);
  step_add_doubles(pass, thread, norm->weight, dgamma);
  step_add_doubles(pass, thread, norm->bias, dbeta);
  if (fusion->is_local && is_first)
    step_add_floats(pass, thread, norm[-1].weight, thread->term_first);
}

void fusion_conv_apply(Pass *pass, Thread *thread, Slot *slot, const Op *norm, const double *mean_d,
                       const double *mean_dx) {
  const Op *conv = norm - 1;
  const Shape s = conv->conv.out;
  const float *dz = gradient_of(pass, slot, norm->out);
  const int n = fusion_of(pass, conv)->n_channels;
  for (int c = 0; c < s.c; c += n)
    apply(pass, thread, slot, norm, channels(s, c, n), thread->piece, dz + (size_t)c * s.stride,
          mean_d, mean_dx);
  step_add_floats(pass, thread, conv->weight, thread->term_first);
}
