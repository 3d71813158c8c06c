#include "vector/conv_direct.h"

/* Where the source of a tile lies, and how outputs are tiled. */
typedef enum Method {
  METHOD_PLAIN, /* no padding: read where it lies */
  METHOD_ROW,   /* padded 3x3 kernel, short rows: read where it lies, whole rows in registers */
  METHOD_EDGE,  /* padded 3x3 kernel, longer rows: read where it lies, their ends apart */
  METHOD_RING   /* the last `kernel` source rows are copied between zeros, as many as are needed */
} Method;

static Method method_of(const Correlation *c) {
  if (c->padding == 0 && c->dilation == 1) return METHOD_PLAIN;
  if (c->kernel == 3 && c->stride == 1 && c->dilation == 1)
    return c->out.w <= ROW_MAX ? METHOD_ROW : METHOD_EDGE;
  return METHOD_RING;
}

static Split channel_split(const Correlation *c) {
  return split(c->out.c, method_of(c) == METHOD_ROW ? ROW_CHANNELS : TILE_CHANNELS);
}

static Shape ring_shape(const Correlation *c) {
  return shape_make(c->in.c, c->kernel, (c->out.w - 1) * c->stride + c->kernel);
}

/* Scratch of correlate(): offsets of the rows in whole cache lines, then the ring. */
static size_t row_table_floats(const Correlation *c) {
  const size_t n = (size_t)c->kernel * sizeof(size_t) / sizeof(float);
  return (n + LANES - 1) / LANES * LANES;
}
static size_t correlate_scratch(const Correlation *c) {
  const size_t ring = method_of(c) == METHOD_RING ? shape_floats(ring_shape(c)) : 0;
  return row_table_floats(c) + ring;
}

/* Weights of an output channel. */
static size_t w_channel(const Correlation *c) {
  return (size_t)c->in.c * (size_t)(c->kernel * c->kernel);
}

static size_t packed_size(const Correlation *c) {
  return (size_t)c->out.c * w_channel(c);
}

/* Tiles of equal size are the same tiles whatever the band. */
static int channel_step(const Correlation *c) {
  const Split channels = channel_split(c);
  return channels.n_larger == 0 ? channels.size : 0;
}

/* packed[tile][c][kh][kw][o] */
static void pack(float *packed, CorrelationWeights w, const Correlation *c) {
  const Split channels = channel_split(c);
  const int n_taps = c->kernel * c->kernel;
  for (int tile = 0; tile < channels.n_tiles; tile++) {
    const int n = split_size(channels, tile);
    for (int ci = 0; ci < c->in.c; ci++)
      for (int tap = 0; tap < n_taps; tap++)
        for (int o = 0; o < n; o++) *packed++ = w.w[o * w.out + ci * w.in + tap * w.step];
    w.w += n * w.out;
  }
}

/* Kernel rows [kh_begin, kh_end) of output row i that meet the source, and where their rows lie;
 * the source row of kh is first + kh / dilation. */
static void clip_rows(ConvTile *t, const Correlation *c, int i) {
  const int top = i * c->stride - c->padding; /* row of the dilated source for kh = 0 */
  int begin = top < 0 ? -top : (c->dilation - top % c->dilation) % c->dilation;
  int end = (c->in.h - 1) * c->dilation + 1 - top;
  t->kh_begin = begin;
  t->kh_end = end < c->kernel ? end : c->kernel;
  t->kh_step = c->dilation;
}

static int source_row(const Correlation *c, int i, int kh) {
  return (i * c->stride - c->padding + kh) / c->dilation;
}

/* Copies source row r of all channels between the zeros of its place in the ring. */
static void ring_copy_row(float *ring, const float *x, const Correlation *c, int r) {
  const Shape shape = ring_shape(c);
  float *to = ring + ((size_t)(r % c->kernel) * (size_t)shape.w + (size_t)c->padding) * LANES;
  const float *from = x + (size_t)r * (size_t)c->in.w * LANES;
  const int room = (shape.w - c->padding + c->dilation - 1) / c->dilation;
  const int n = c->in.w < room ? c->in.w : room;
  for (int ch = 0; ch < c->in.c; ch++, to += shape.stride, from += c->in.stride)
    for (int q = 0; q < n; q++)
      for (int l = 0; l < LANES; l += VL)
        vf_store(to + q * c->dilation * LANES + l, vf_load(from + q * LANES + l));
}

static ConvTileFunction function_of(const Correlation *c, int n_channels, int n_pixels, int j) {
  const Method method = method_of(c);
  if (method == METHOD_ROW) return ISA_NAME(conv_row)(n_channels, n_pixels, c->padding);
  if (method == METHOD_EDGE && (j == 0 || j + n_pixels == c->out.w))
    return ISA_NAME(conv_edge)(n_channels, n_pixels, c->padding, j > 0);
  return ISA_NAME(conv_tile)(n_channels, n_pixels, c->stride);
}

/* The row of the output at y, all channels; t has its source rows. */
static void correlate_row(ConvTile *t, float *y, const float *x, const float *packed,
                          const Correlation *c) {
  const Method method = method_of(c);
  const Split channels = channel_split(c);
  const Split pixels = split(c->out.w, method == METHOD_ROW ? ROW_MAX : TILE_PIXELS);
  const int n_kh = (t->kh_end - t->kh_begin + t->kh_step - 1) / t->kh_step;
  const size_t n_steps = (size_t)c->in.c * (size_t)(n_kh * c->kernel);
  for (int tile = 0, j = 0; tile < pixels.n_tiles; tile++) {
    const int n_pixels = split_size(pixels, tile);
    const int column = j * c->stride - (method == METHOD_EDGE && j > 0 ? c->padding : 0);
    t->x = x + (size_t)column * LANES;
    t->w = packed;
    t->y = y + (size_t)j * LANES;
    for (int k = 0; k < channels.n_tiles; k++) {
      const int n = split_size(channels, k);
      function_of(c, n, n_pixels, j)(t);
      ahead_next(&t->ahead, n_steps, t->w);
      t->w += (size_t)n * w_channel(c);
      t->y += (size_t)n * c->out.stride;
    }
    j += n_pixels;
  }
}

/* The row after the one at y, a channel for each tile, where what is written is hardly in a cache.
 */
static Ahead own_row_ahead(const float *y, const Correlation *c) {
  enum { LARGE = 512 << 10 }; /* bytes */
  if (shape_floats(c->out) * sizeof *y < LARGE) return (Ahead){0};
  return (Ahead){y + (size_t)c->out.w * LANES, LANES, c->out.stride, (size_t)c->out.w,
                 (size_t)c->out.c};
}

/* Rows first_row .. first_row + n_rows - 1; y begins there. c->out has the channels of y. ahead:
 * NULL for the rows of y themselves. */
static void correlate(float *y, const float *x, const float *packed, const Correlation *c,
                      int first_row, int n_rows, const Ahead *ahead, float *scratch) {
  const int on_ring = method_of(c) == METHOD_RING;
  const Shape ring_of = ring_shape(c);
  size_t *row = (size_t *)(void *)scratch;
  float *ring = scratch + row_table_floats(c);
  ConvTile t = {.y_channel = c->out.stride,
                .x_channel = on_ring ? ring_of.stride : c->in.stride,
                .row = row,
                .n_in = c->in.c,
                .kernel = c->kernel,
                .ahead = ahead_start(ahead, packed)};
  int n_copied = 0;
  if (on_ring) memset(ring, 0, shape_floats(ring_of) * sizeof *ring);
  for (int i = first_row; i < first_row + n_rows; i++) {
    clip_rows(&t, c, i);
    for (int kh = t.kh_begin; kh < t.kh_end; kh += t.kh_step) {
      const int r = source_row(c, i, kh);
      row[kh] = on_ring ? (size_t)(r % c->kernel) * (size_t)ring_of.w * LANES
                        : (size_t)r * (size_t)c->in.w * LANES;
      if (on_ring && r >= n_copied) {
        ring_copy_row(ring, x, c, r);
        n_copied = r + 1;
      }
    }
    const Ahead own = own_row_ahead(y, c);
    if (!ahead && i + 1 < first_row + n_rows) t.ahead = ahead_start(&own, packed);
    correlate_row(&t, y, on_ring ? ring : x, packed, c);
    y += (size_t)c->out.w * LANES;
  }
}

static int is_pixel_by_pixel(const Correlation *c) {
  return c->kernel == 1 && c->stride == 1 && c->dilation == 1;
}

static void run(float *y, const float *x, const CorrelationCall *call) {
  Correlation c = *call->of;
  Band band = call->band;
  if (is_pixel_by_pixel(&c)) {
    x += (size_t)band.row * (size_t)c.in.w * LANES;
    c.in = conv_flatten(c.in, band.n_rows);
    c.out = conv_flatten(c.out, band.n_rows);
    band.row = 0;
    band.n_rows = 1;
  }
  c.out.c = band.n_channels;
  c.out.stride = band.stride;
  correlate(y, x, call->packed + (size_t)band.channel * w_channel(&c), &c, band.row, band.n_rows,
            call->ahead.at ? &call->ahead : NULL, call->scratch);
}

const CorrelationAlgorithm ISA_NAME(correlation_direct) = {
    .name = "direct",
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = correlate_scratch,
    .run = run,
    .channel_step = channel_step,
};
