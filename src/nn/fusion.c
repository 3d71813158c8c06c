#include "fusion.h"

#include "kernels/pool.h"

/* Bytes of an activation from which on fusion is worth while, and of its pieces: a few of them, and
 * the smaller activation on the other side, have to fit the cache together. */
enum { LARGE = 1 << 20, LARGE_POOLED = 1 << 19, PIECE = 6 << 16 };

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

/* The same for a norm and the pool that alone reads it. */
static int pool_channels_of(const Network *network, const Op *norm, const int *n_readers) {
  const Op *pool = norm + 1;
  const Shape s = network->shapes[norm->out];
  if (pool->kind != OP_MAX_POOL && pool->kind != OP_AVG_POOL) return 0;
  if (n_readers[norm->out] != 1 || bytes(s) < LARGE_POOLED) return 0;
  const int fit = (int)(PIECE / (s.stride * sizeof(float)));
  return fit < 1 ? 1 : fit < s.c ? fit : s.c;
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

/* Only of the first two operations, whose backward pass is the last, so that the means of that are
 * still at hand; and where the moments cost less than dz. */
static int is_by_moments(const Fusion *fusion, const Network *network, int batch) {
  const Op *conv = network->ops, *norm = conv + 1;
  const int n_taps = conv->conv.in.c * conv->conv.kernel * conv->conv.kernel;
  return fusion[0].is_first && fusion[1].n_rows > 0 && norm->map.crosses_samples &&
         norm_map_sample_groups(&norm->map, batch) == 1 &&
         n_taps * n_taps <= conv->conv.out.c * norm[1].conv.out.c;
}

void fusion_plan(Fusion *fusion, const Network *network, const int *n_readers, int batch) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i], *next = op + 1;
    Shape s = network->shapes[op->out];
    fusion[i] = (Fusion){0};
    if (i + 1 == network->n_ops || next->in != op->out) continue;
    if (op->kind == OP_NORM) fusion[i].pool_channels = pool_channels_of(network, op, n_readers);
    if (bytes(s) < LARGE) continue;
    if (op->kind == OP_NORM && op->in > 0) plan_norm_conv(&fusion[i], network, op, n_readers);
    if (op->kind != OP_CONV || next->kind != OP_NORM) continue;
    if (i > 0 && fusion[i - 1].n_rows > 0) continue; /* it is done with the norm before it */
    fusion[i].n_channels = channels_of(s, network->backend->forward_step(&op->conv));
    fusion[i].is_first = fusion[i].n_channels > 0 && op->in == 0 && n_readers[op->out] == 1;
  }
  if (network->n_ops > 2) fusion[1].by_moments = is_by_moments(fusion, network, batch);
}

static const Fusion *fusion_of(const Pass *pass, const Op *op) {
  return &pass->plan.fusion[op - pass->network->ops];
}

/* Parts of an activation: some channels (n or the rest), or some rows. The arrays of channels have
 * the strides of the whole one. */
static Band channels_from(Shape s, int first, int n) {
  return (Band){first, first + n < s.c ? n : s.c - first, 0, s.h, s.stride, s.stride};
}
static Band rows_from(Shape s, int first, int n) {
  if (first + n > s.h) n = s.h - first;
  size_t stride = shape_make(s.c, n, s.w).stride;
  return (Band){0, s.c, first, n, stride, s.stride};
}
static Shape with_channels(Shape s, int n) {
  s.c = n;
  return s;
}

/* What comes after a part, of the whole activation x. */
static Ahead channels_ahead(const float *x, Shape s, Band band) {
  const Band next = channels_from(s, band.channel + band.n_channels, band.n_channels);
  const size_t n_lines = (size_t)next.n_channels * s.stride / LANES;
  if (next.n_channels <= 0) return (Ahead){0};
  return (Ahead){x + band_begin(next, s), LANES, 0, n_lines, 1};
}
/* Pixel by pixel, of all channels. */
static Ahead rows_ahead(const float *x, Shape s, Band band) {
  const Band next = rows_from(s, band.row + band.n_rows, band.n_rows);
  if (next.n_rows <= 0) return (Ahead){0};
  return (Ahead){x + band_begin(next, s), s.stride, LANES, (size_t)s.c,
                 (size_t)(next.n_rows * s.w)};
}

static size_t n_weights(const ConvShape *conv, int n_out, int n_in) {
  return (size_t)n_out * (size_t)n_in * (size_t)(conv->kernel * conv->kernel);
}

void fusion_conv_sums(Pass *pass, Thread *thread, Slot *slot, const Op *conv) {
  const Op *norm = conv + 1;
  const Shape out = conv->conv.out;
  const size_t unit = (size_t)(norm->map.n_units / out.c) * LANES;
  const int n = fusion_of(pass, conv)->n_channels;
  float *y = activation_of(pass, slot, conv->out);
  double *sum = thread->sums, *square = sum + (size_t)norm->map.n_units * LANES;
  for (int c = 0; c < out.c; c += n) {
    const Band band = channels_from(out, c, n);
    const ConvCall call = {&conv->conv, pass->network->packed + conv->packed, &band,
                           channels_ahead(y, out, band), thread->scratch};
    float *to = y + band_begin(band, out);
    pass->network->backend->forward(to, activation_of(pass, slot, conv->in), &call);
    norm_sums(sum + (size_t)c * unit, square + (size_t)c * unit, to,
              with_channels(out, band.n_channels), norm->map.unit);
  }
}

static const float *input_part(const Pass *pass, const Slot *slot, const Op *norm, Band band) {
  return activation_of(pass, slot, norm->in) + band_begin(band, pass->network->shapes[norm->in]);
}

/* The norm of a part of its input, x. */
static void forward_part(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band) {
  Dropout place;
  const NormCall call = step_norm_call(pass, slot, norm, band, &place);
  norm_forward(thread->piece, input_part(pass, slot, norm, band), &call);
}

/* Some rows of the convolution before a norm. */
static void first_rows(Pass *pass, Thread *thread, Slot *slot, const Op *conv, Band rows) {
  const Shape out = conv->conv.out;
  rows.stride = out.stride;
  float *y = activation_of(pass, slot, conv->out);
  const ConvCall call = {&conv->conv, pass->network->packed + conv->packed, &rows,
                         rows_ahead(y, out, rows), thread->scratch};
  pass->network->backend->forward(y + band_begin(rows, out), activation_of(pass, slot, conv->in),
                                  &call);
}

void fusion_norm_conv(Pass *pass, Thread *thread, Slot *slot, const Op *norm) {
  const Op *conv = norm + 1;
  const int by_moments = fusion_of(pass, norm)->by_moments;
  const Shape in = conv->conv.in;
  float *y = activation_of(pass, slot, conv->out);
  for (int row = 0; row < in.h; row += fusion_of(pass, norm)->n_rows) {
    const Band band = rows_from(in, row, fusion_of(pass, norm)->n_rows);
    ConvShape rows = conv->conv;
    rows.in = shape_make(in.c, band.n_rows, in.w);
    rows.out.h = band.n_rows;
    const Band all = band_whole(rows.out);
    ConvCall call = {.shape = &rows,
                     .packed = pass->network->packed + conv->packed,
                     .band = &all,
                     .scratch = thread->scratch};
    if (by_moments)
      first_rows(pass, thread, slot, norm - 1, band);
    else
      call.ahead = rows_ahead(activation_of(pass, slot, norm->in), in, band);
    forward_part(pass, thread, slot, norm, band);
    pass->network->backend->forward(y + (size_t)(row * in.w) * LANES, thread->piece, &call);
  }
}

/* The convolution's backward pass for some channels of its input: da and, with its weight gradient
 * in the thread's term, dw. */
static void conv_backward_part(Pass *pass, Thread *thread, Slot *slot, const Op *conv, Band band,
                               float *da, int dw, Ahead ahead) {
  const ConvBackend *backend = pass->network->backend;
  const float *dy = gradient_of(pass, slot, conv->out);
  const int taps = conv->conv.kernel * conv->conv.kernel, n = band.n_channels * taps;
  float *part_term = thread->term + pass->network->tensors[conv->weight].n;
  ConvShape shape = conv->conv;
  shape.in.c = band.n_channels;
  if (dw) {
    backend->backward_weights(
        part_term, thread->piece, dy,
        &(ConvCall){.shape = &shape, .ahead = ahead, .scratch = thread->scratch});
    for (int o = 0; o < shape.out.c; o++) {
      float *term = thread->term + n_weights(&shape, o, conv->conv.in.c) + band.channel * taps;
      for (int i = 0; i < n; i++) term[i] = *part_term++;
    }
  }
  backend->backward_data(da, dy,
                         &(ConvCall){.shape = &conv->conv,
                                     .packed = pass->network->packed + conv->packed,
                                     .band = &band,
                                     .scratch = thread->scratch});
}

/* Weight gradient of the first convolution for some channels, with the gradient of its output. */
static void first_weights(Pass *pass, Thread *thread, Slot *slot, const Op *conv, Band band,
                          const float *dy) {
  ConvShape shape = conv->conv;
  shape.out.c = band.n_channels;
  const ConvCall call = {
      .shape = &shape,
      .ahead = channels_ahead(activation_of(pass, slot, conv->out), conv->conv.out, band),
      .scratch = thread->scratch};
  float *term = thread->term_first + n_weights(&shape, band.channel, shape.in.c);
  pass->network->backend->backward_weights(term, activation_of(pass, slot, conv->in), dy, &call);
}

/* Second half of a norm's backward pass for some channels, and the weight gradient of the
 * convolution before it if that one is the first. */
static void apply(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band, float *dx,
                  const float *dz, const double *mean_d, const double *mean_dx) {
  Dropout place;
  const NormCall call = step_norm_call(pass, slot, norm, band, &place);
  norm_backward_apply(dx, dz, input_part(pass, slot, norm, band), mean_d, mean_dx, slot->n_valid,
                      &call);
  if (norm > pass->network->ops && fusion_of(pass, norm - 1)->is_first)
    first_weights(pass, thread, slot, norm - 1, band, dx);
}

/* First half of a norm's backward pass for some channels, whose output is in the thread's piece: from
 * the gradient of the output to dz, in place. */
static void first_half(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band, float *dz,
                       const NormGradient *gradient) {
  Dropout place;
  const NormCall call = step_norm_call(pass, slot, norm, band, &place);
  norm_backward_band(dz, gradient, dz, input_part(pass, slot, norm, band), thread->piece, &call);
}

/* What the two halves of a backward pass share: to the dz of some channels. */
static void backward_part(Pass *pass, Thread *thread, Slot *slot, const Op *norm, Band band,
                          float *dz, const NormGradient *gradient, int dw) {
  const Shape s = pass->network->shapes[norm->out];
  const Ahead ahead = channels_ahead(activation_of(pass, slot, norm->in), s, band);
  forward_part(pass, thread, slot, norm, band);
  conv_backward_part(pass, thread, slot, norm + 1, band, dz, dw, ahead);
  first_half(pass, thread, slot, norm, band, dz, gradient);
}

/* Before the first band. */
static void begin_first_half(const Pass *pass, const Slot *slot, const Op *norm,
                             const NormGradient *gradient) {
  Dropout place;
  const Band all = band_whole(pass->network->shapes[norm->out]);
  const NormCall call = step_norm_call(pass, slot, norm, all, &place);
  norm_backward_begin(gradient, &call);
}

/* After the last band of these channels. */
static void end_first_half(Pass *pass, Slot *slot, const Op *norm, Band band,
                           const NormGradient *gradient) {
  Dropout place;
  const NormCall call = step_norm_call(pass, slot, norm, band, &place);
  norm_backward_end(gradient, &call);
}

int fusion_stores_gradient(const Fusion *fusion, const Op *norm) {
  return !fusion[-1].is_first || !(fusion->is_local || norm->map.crosses_samples);
}

void fusion_norm_conv_backward(Pass *pass, Thread *thread, Slot *slot, const Op *norm,
                               double *sum_d, double *sum_dx) {
  const Network *network = pass->network;
  const Fusion *fusion = fusion_of(pass, norm);
  const Shape s = network->shapes[norm->out];
  const int is_stored = fusion_stores_gradient(fusion, norm);
  float *gradient = gradient_of(pass, slot, norm->in); /* and of norm->out */
  double *dgamma = thread->affine, *dbeta = dgamma + network->tensors[norm->weight].n;
  const NormGradient sums = {sum_d, sum_dx, dgamma, dbeta};
  begin_first_half(pass, slot, norm, &sums);
  for (int c = 0; c < s.c; c += fusion->n_channels) {
    const Band band = channels_from(s, c, fusion->n_channels);
    float *dz = is_stored ? gradient + band_begin(band, s) : thread->piece + pass->piece_floats;
    backward_part(pass, thread, slot, norm, band, dz, &sums, 1);
    end_first_half(pass, slot, norm, band, &sums);
    if (fusion->by_moments) first_weights(pass, thread, slot, norm - 1, band, dz);
    if (!fusion->is_local) continue;
    const int units = norm->map.n_units / s.c, last = c + band.n_channels;
    step_own_means(&norm->map, sum_d, c * units, last * units);
    step_own_means(&norm->map, sum_dx, c * units, last * units);
    apply(pass, thread, slot, norm, band, dz, dz, sum_d, sum_dx);
  }
  step_add_floats(pass, thread, norm[1].weight, thread->term);
  step_add_doubles(pass, thread, norm->weight, dgamma);
  step_add_doubles(pass, thread, norm->bias, dbeta);
  if ((fusion->is_local && fusion[-1].is_first) || fusion->by_moments)
    step_add_floats(pass, thread, norm[-1].weight, thread->term_first);
}

void fusion_conv_apply(Pass *pass, Thread *thread, Slot *slot, const Op *norm, const double *mean_d,
                       const double *mean_dx) {
  const Op *conv = norm - 1;
  const Shape s = conv->conv.out;
  const Fusion *fusion = fusion_of(pass, norm);
  const int again = fusion->n_rows > 0 && !fusion_stores_gradient(fusion, norm);
  const int n = (again ? fusion : fusion - 1)->n_channels;
  const float *gradient = gradient_of(pass, slot, norm->out);
  double *known = thread->observed; /* the sums are: these are of no use */
  const NormGradient sums = {known, known + (size_t)norm->map.n_units * LANES, thread->affine,
                             thread->affine + pass->network->tensors[norm->weight].n};
  float *dx = thread->piece + pass->piece_floats;
  if (again) begin_first_half(pass, slot, norm, &sums);
  for (int c = 0; c < s.c; c += n) {
    const Band band = channels_from(s, c, n);
    if (again) backward_part(pass, thread, slot, norm, band, dx, &sums, 0);
    apply(pass, thread, slot, norm, band, dx, again ? dx : gradient + band_begin(band, s), mean_d,
          mean_dx);
  }
  step_add_floats(pass, thread, conv->weight, thread->term_first);
}

void fusion_norm_pool(Pass *pass, Thread *thread, Slot *slot, const Op *norm) {
  const Op *pool = norm + 1;
  const Shape in = pass->network->shapes[pool->in], out = pass->network->shapes[pool->out];
  for (int c = 0; c < in.c; c += fusion_of(pass, norm)->pool_channels) {
    const Band band = channels_from(in, c, fusion_of(pass, norm)->pool_channels);
    const PoolShape shape = {with_channels(in, band.n_channels),
                             with_channels(out, band.n_channels), pool->size_h, pool->size_w,
                             pool->stride};
    float *y = activation_of(pass, slot, pool->out) + (size_t)c * out.stride;
    forward_part(pass, thread, slot, norm, band);
    if (pool->kind == OP_MAX_POOL)
      max_pool_forward(y, thread->piece, &shape);
    else
      avg_pool_forward(y, thread->piece, &shape);
  }
}

void fusion_norm_pool_backward(Pass *pass, Thread *thread, Slot *slot, const Op *norm,
                               double *sum_d, double *sum_dx) {
  const Op *pool = norm + 1;
  const Shape in = pass->network->shapes[pool->in], out = pass->network->shapes[pool->out];
  double *dgamma = thread->affine, *dbeta = dgamma + pass->network->tensors[norm->weight].n;
  const NormGradient sums = {sum_d, sum_dx, dgamma, dbeta};
  begin_first_half(pass, slot, norm, &sums);
  for (int c = 0; c < in.c; c += fusion_of(pass, norm)->pool_channels) {
    const Band band = channels_from(in, c, fusion_of(pass, norm)->pool_channels);
    const PoolShape shape = {with_channels(in, band.n_channels),
                             with_channels(out, band.n_channels), pool->size_h, pool->size_w,
                             pool->stride};
    const float *dy = gradient_of(pass, slot, pool->out) + (size_t)c * out.stride;
    float *dz = gradient_of(pass, slot, pool->in) + band_begin(band, in);
    forward_part(pass, thread, slot, norm, band);
    if (pool->kind == OP_MAX_POOL)
      max_pool_backward(dz, dy, thread->piece, &shape);
    else
      avg_pool_backward(dz, dy, &shape);
    first_half(pass, thread, slot, norm, band, dz, &sums);
    end_first_half(pass, slot, norm, band, &sums);
  }
  step_add_doubles(pass, thread, norm->weight, dgamma);
  step_add_doubles(pass, thread, norm->bias, dbeta);
}
