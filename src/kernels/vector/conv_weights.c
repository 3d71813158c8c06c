#include "vector/conv_direct.h"
#include "vector/conv_lanes.h"

/* Weights are tiled as output channels x taps, where a tap is a (channel, kernel row, kernel
 * column) of the input: dw[o][tap] = sum of dy[o] times the input shifted by the tap. Pixels come
 * in short blocks, whose sums are added to totals [o][tap][16]: rounding errors grow with the
 * length of a block and with the number of blocks, not with their product. */
enum {
  TAPS = TILE_PIXELS,
  BLOCK_PIXELS = 64 /* at most: rows put together, or a part of one */
};

typedef struct WeightsTile {
  float *total;         /* [channels][taps][16] */
  size_t total_channel; /* floats from output channel to output channel */
  const float *x[TAPS]; /* each tap's input for the first pixel */
  const float *dy;      /* [channels][rows][pixels][16] */
  size_t dy_channel;
  size_t x_pixel;       /* floats from output pixel to output pixel in x; 16 in dy */
  size_t x_row, dy_row; /* floats from row to row */
  int n_rows, n_pixels;
  int first; /* the block is the first: overwrites the totals */
  AheadWalk ahead;
} WeightsTile;

INLINE void tile(const WeightsTile *t, const int co, const int taps) {
  const size_t dy_channel = t->dy_channel, x_pixel = t->x_pixel, ahead_step = t->ahead.step;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[TILE_CHANNELS][TAPS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int k = 0; k < taps; k++) acc[c][k] = (vf){0};
    }
    const float *ahead = t->ahead.at;
    for (int i = 0; i < t->n_rows; i++) {
      const float *x[TAPS], *dy = t->dy + (size_t)i * t->dy_row + lane;
#pragma GCC unroll 8
      for (int k = 0; k < taps; k++) x[k] = t->x[k] + (size_t)i * t->x_row + lane;
      size_t at = 0;
#pragma GCC unroll 1
      for (int j = t->n_pixels; j > 0; j--, dy += LANES, at += x_pixel, ahead += ahead_step) {
        if (lane == 0) fetch(ahead);
        vf v[TAPS];
#pragma GCC unroll 8
        for (int k = 0; k < taps; k++) v[k] = vf_load(x[k] + at);
#pragma GCC unroll 8
        for (int c = 0; c < co; c++) {
          vf d = vf_load(dy + (size_t)c * dy_channel);
#pragma GCC unroll 8
          for (int k = 0; k < taps; k++) acc[c][k] = vf_fma(d, v[k], acc[c][k]);
        }
      }
    }
    float *total = t->total + lane;
    const size_t total_channel = t->total_channel;
    const int first = t->first;
#pragma GCC unroll 8
    for (int c = 0; c < co; c++, total += total_channel) {
#pragma GCC unroll 8
      for (int k = 0; k < taps; k++) {
        if (!first) acc[c][k] += vf_load(total + k * LANES);
        vf_store(total + k * LANES, acc[c][k]);
      }
    }
  }
}

#define TILE(co, taps)                                                                             \
  static void tile_##co##_##taps(const WeightsTile *t) {                                           \
    tile(t, co, taps);                                                                             \
  }
#define CHANNELS(taps) TILE(1, taps) TILE(2, taps) TILE(3, taps) TILE(4, taps)
#define NAMES(taps)                                                                                \
  { tile_1_##taps, tile_2_##taps, tile_3_##taps, tile_4_##taps }

CHANNELS(1)
CHANNELS(2)
CHANNELS(3)
#if N_REGISTERS == 32
CHANNELS(4)
CHANNELS(5)
CHANNELS(6)
#endif

static void (*const tiles[TAPS][TILE_CHANNELS])(const WeightsTile *) = {
    NAMES(1), NAMES(2), NAMES(3),
#if N_REGISTERS == 32
    NAMES(4), NAMES(5), NAMES(6),
#endif
};

/* The taps first .. first + n - 1 of x, whose tap 0 is at x. */
static void set_taps(WeightsTile *t, const float *x, Shape in, int kernel, int first, int n) {
  const int n_kernel = kernel * kernel;
  for (int k = 0; k < n; k++) {
    const int tap = first + k, kh = tap % n_kernel / kernel, kw = tap % kernel;
    t->x[k] = x + (size_t)(tap / n_kernel) * in.stride + (size_t)(kh * in.w + kw) * LANES;
  }
}

/* All tiles of one block of pixels; t has its place and extent, x its input at tap 0. Channels
 * change fastest; but where there are few taps in a tile, taps do, so that dy stays in the
 * first-level cache meanwhile, which is read twice as often then. */
static void weights_block(WeightsTile *t, float *total, const float *x, const float *dy, Shape in,
                          int n_out, int kernel) {
  const Split taps = split(in.c * kernel * kernel, TAPS), channels = split(n_out, TILE_CHANNELS);
  const int n_together =
      N_REGISTERS == 32 ? channels.n_tiles : 1; /* channel tiles to a tile of taps */
  const size_t n_steps = (size_t)(t->n_rows * t->n_pixels);
  for (int begin = 0, first = 0; begin < channels.n_tiles; begin += n_together) {
    int channel = first;
    for (int tile = 0, tap = 0; tile < taps.n_tiles; tile++) {
      const int n = split_size(taps, tile);
      set_taps(t, x, in, kernel, tap, n);
      channel = first;
      for (int k = begin; k < begin + n_together; k++) {
        const int n_channels = split_size(channels, k);
        t->total = total + (size_t)channel * t->total_channel + (size_t)tap * LANES;
        t->dy = dy + (size_t)channel * t->dy_channel;
        tiles[n - 1][n_channels - 1](t);
        ahead_next(&t->ahead, n_steps, t->dy);
        channel += n_channels;
      }
      tap += n;
    }
    first = channel;
  }
}

/* The input with its padding, as far as outputs reach. */
static Shape padded_shape(const ConvShape *s) {
  return shape_make(s->in.c, (s->out.h - 1) * s->stride + s->kernel,
                    (s->out.w - 1) * s->stride + s->kernel);
}

static void copy_padded(float *to, const float *x, const ConvShape *s) {
  const Shape shape = padded_shape(s);
  const int p = s->padding;
  const int n_rows = s->in.h < shape.h - p ? s->in.h : shape.h - p;
  const int n_columns = s->in.w < shape.w - p ? s->in.w : shape.w - p;
  memset(to, 0, shape_floats(shape) * sizeof *to);
  for (int c = 0; c < s->in.c; c++)
    for (int i = 0; i < n_rows; i++)
      memcpy(to + (size_t)c * shape.stride +
                 ((size_t)(i + p) * (size_t)shape.w + (size_t)p) * LANES,
             x + (size_t)c * s->in.stride + (size_t)i * (size_t)s->in.w * LANES,
             (size_t)n_columns * LANES * sizeof *to);
}

static size_t n_weights(const ConvShape *s) {
  return (size_t)s->out.c * (size_t)s->in.c * (size_t)s->kernel * (size_t)s->kernel;
}

static size_t total_floats(const ConvShape *s) {
  return n_weights(s) * LANES;
}

static size_t scratch_size(const ConvShape *s) {
  return total_floats(s) + (s->padding > 0 ? shape_floats(padded_shape(s)) : 0);
}

static int run(int64_t *dw, const float *x, const float *dy, const ConvShape *shape,
               const ConvCall *call) {
  ConvShape s = *shape;
  if (s.kernel == 1 && s.stride == 1) {
    s.in = conv_flatten(s.in, s.in.h);
    s.out = conv_flatten(s.out, s.out.h);
  }
  float *scratch = call->scratch;
  Shape in = s.in;
  if (s.padding > 0) {
    copy_padded(scratch + total_floats(&s), x, &s);
    x = scratch + total_floats(&s);
    in = padded_shape(&s);
  }
  const size_t dy_row = (size_t)s.out.w * LANES, x_pixel = (size_t)s.stride * LANES;
  const Split columns = split(s.out.w, BLOCK_PIXELS);
  const Split rows = split(s.out.h, s.out.w < BLOCK_PIXELS ? BLOCK_PIXELS / s.out.w : 1);
  WeightsTile t = {.total_channel = n_weights(&s) / (size_t)s.out.c * LANES,
                   .dy_channel = s.out.stride,
                   .x_pixel = x_pixel,
                   .x_row = (size_t)s.stride * (size_t)in.w * LANES,
                   .dy_row = dy_row,
                   .first = 1,
                   .ahead = ahead_start(&call->ahead, dy)};
  for (int row_tile = 0, i = 0; row_tile < rows.n_tiles; row_tile++) {
    t.n_rows = split_size(rows, row_tile);
    for (int tile = 0, j = 0; tile < columns.n_tiles; tile++) {
      t.n_pixels = split_size(columns, tile);
      weights_block(&t, scratch, x + (size_t)i * t.x_row + (size_t)j * x_pixel,
                    dy + (size_t)i * dy_row + (size_t)j * LANES, in, s.out.c, s.kernel);
      j += t.n_pixels;
      t.first = 0;
    }
    i += t.n_rows;
  }
  return conv_add_lanes(dw, scratch, &s, call);
}

const WeightsAlgorithm ISA_NAME(weights_direct) = {
    .name = "direct", .scratch_size = scratch_size, .run = run};
