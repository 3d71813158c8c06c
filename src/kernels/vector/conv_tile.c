#include "vector/conv_direct.h"

/* Both orders compute the same; they differ in what is kept in registers besides the accumulators:
 * the weights and one pixel, or the pixels and one weight. */
INLINE void multiply_weights_first(vf acc[TILE_CHANNELS][TILE_PIXELS], const float *w,
                                   const float *x, const int co, const int px, const int stride) {
  vf b[TILE_CHANNELS];
#pragma GCC unroll 8
  for (int c = 0; c < co; c++) b[c] = vf_set(w[c]);
#pragma GCC unroll 8
  for (int p = 0; p < px; p++) {
    vf v = vf_load(x + p * stride * LANES);
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) acc[c][p] = vf_fma(b[c], v, acc[c][p]);
  }
}

INLINE void multiply_pixels_first(vf acc[TILE_CHANNELS][TILE_PIXELS], const float *w,
                                  const float *x, const int co, const int px, const int stride) {
  vf v[TILE_PIXELS];
#pragma GCC unroll 8
  for (int p = 0; p < px; p++) v[p] = vf_load(x + p * stride * LANES);
#pragma GCC unroll 8
  for (int c = 0; c < co; c++) {
    vf b = vf_set(w[c]);
#pragma GCC unroll 8
    for (int p = 0; p < px; p++) acc[c][p] = vf_fma(b, v[p], acc[c][p]);
  }
}

INLINE void multiply(vf acc[TILE_CHANNELS][TILE_PIXELS], const float *w, const float *x,
                     const int co, const int px, const int stride) {
  if (N_REGISTERS == 32)
    multiply_weights_first(acc, w, x, co, px, stride);
  else
    multiply_pixels_first(acc, w, x, co, px, stride);
}

INLINE void tile(const ConvTile *t, const int co, const int px, const int stride) {
  const int kernel = t->kernel, n_in = t->n_in;
  const int kh_begin = t->kh_begin, kh_end = t->kh_end, kh_step = t->kh_step;
  const size_t x_channel = t->x_channel, ahead_step = t->ahead.step;
  const size_t w_row = (size_t)kernel * (size_t)co, w_channel = w_row * (size_t)kernel;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[TILE_CHANNELS][TILE_PIXELS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++) acc[c][p] = (vf){0};
    }
    const float *x = t->x + lane, *w = t->w, *ahead = t->ahead.at;
    if (kernel == 1 && kh_begin < kh_end) {
      x += t->row[0];
#pragma GCC unroll 1
      for (int ci = 0; ci < n_in; ci++, x += x_channel, w += co, ahead += ahead_step) {
        if (lane == 0) fetch(ahead);
        multiply(acc, w, x, co, px, stride);
      }
    } else {
      for (int ci = 0; ci < n_in; ci++, x += x_channel, w += w_channel) {
        for (int kh = kh_begin; kh < kh_end; kh += kh_step) {
          const float *xp = x + t->row[kh], *wp = w + (size_t)kh * w_row;
#pragma GCC unroll 1
          for (int kw = 0; kw < kernel; kw++, xp += LANES, wp += co, ahead += ahead_step) {
            if (lane == 0) fetch(ahead);
            multiply(acc, wp, xp, co, px, stride);
          }
        }
      }
    }
    float *y = t->y + lane;
    const size_t y_channel = t->y_channel;
#pragma GCC unroll 8
    for (int c = 0; c < co; c++, y += y_channel) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++) vf_store(y + p * LANES, acc[c][p]);
    }
  }
}

/* tile() of a 3x3 kernel at the left or right end of a row: products with the padding are left out.
 */
enum { LEFT, RIGHT };
INLINE void edge(const ConvTile *t, const int co, const int px, const int padding, const int side) {
  enum { K = 3 };
  const int begin = side == LEFT ? padding : 0, end = px + K - 1 - (side == RIGHT ? padding : 0);
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[TILE_CHANNELS][TILE_PIXELS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++) acc[c][p] = (vf){0};
    }
    const float *x = t->x + lane, *w = t->w;
    for (int ci = 0; ci < t->n_in; ci++, x += t->x_channel, w += K * K * co) {
#pragma GCC unroll 1
      for (int kh = t->kh_begin; kh < t->kh_end; kh++) {
        const float *xp = x + t->row[kh], *wp = w + kh * K * co;
#pragma GCC unroll 4
        for (int kw = 0; kw < K; kw++) {
          vf b[TILE_CHANNELS];
#pragma GCC unroll 8
          for (int c = 0; c < co; c++) b[c] = vf_set(wp[kw * co + c]);
#pragma GCC unroll 8
          for (int p = 0; p < px; p++) {
            if (p + kw < begin || p + kw >= end) continue;
            const vf v = vf_load(xp + (p + kw - begin) * LANES);
#pragma GCC unroll 8
            for (int c = 0; c < co; c++) acc[c][p] = vf_fma(b[c], v, acc[c][p]);
          }
        }
      }
    }
    float *y = t->y + lane;
    const size_t y_channel = t->y_channel;
#pragma GCC unroll 8
    for (int c = 0; c < co; c++, y += y_channel) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++) vf_store(y + p * LANES, acc[c][p]);
    }
  }
}

/* Source pixel q and kernel column kw meet at output q + padding - kw: for each output kw ascends
 * with q, the order of tile(). */
INLINE void row(const ConvTile *t, const int co, const int width, const int padding) {
  enum { K = 3 };
  const int source = width + K - 1 - 2 * padding;
  const int n_in = t->n_in;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[ROW_CHANNELS][ROW_MAX];
#pragma GCC unroll 2
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 16
      for (int p = 0; p < width; p++) acc[c][p] = (vf){0};
    }
    const float *x = t->x + lane, *w = t->w;
    for (int ci = 0; ci < n_in; ci++, x += t->x_channel, w += K * K * co) {
#pragma GCC unroll 1
      for (int kh = t->kh_begin; kh < t->kh_end; kh++) {
        const float *xp = x + t->row[kh], *wp = w + kh * K * co;
        vf b[K][ROW_CHANNELS];
#pragma GCC unroll 4
        for (int kw = 0; kw < K; kw++) {
#pragma GCC unroll 2
          for (int c = 0; c < co; c++) b[kw][c] = vf_set(wp[kw * co + c]);
        }
#pragma GCC unroll 16
        for (int q = 0; q < source; q++) {
          vf v = vf_load(xp + q * LANES);
#pragma GCC unroll 4
          for (int kw = 0; kw < K; kw++) {
            const int p = q + padding - kw;
            if (p < 0 || p >= width) continue;
#pragma GCC unroll 2
            for (int c = 0; c < co; c++) acc[c][p] = vf_fma(b[kw][c], v, acc[c][p]);
          }
        }
      }
    }
    float *y = t->y + lane;
    const size_t y_channel = t->y_channel;
#pragma GCC unroll 2
    for (int c = 0; c < co; c++, y += y_channel) {
#pragma GCC unroll 16
      for (int p = 0; p < width; p++) vf_store(y + p * LANES, acc[c][p]);
    }
  }
}

/* Functions of constant sizes, and tables of them. */
// clang-format off
#define TILE(co, px)                                                                              \
  static void tile_##co##_##px##_1(const ConvTile *t) { tile(t, co, px, 1); }                     \
  static void tile_##co##_##px##_2(const ConvTile *t) { tile(t, co, px, 2); }
#define EDGE(co, px)                                                                              \
  static void edge_##co##_##px##_1_left(const ConvTile *t) { edge(t, co, px, 1, LEFT); }          \
  static void edge_##co##_##px##_1_right(const ConvTile *t) { edge(t, co, px, 1, RIGHT); }        \
  static void edge_##co##_##px##_2_left(const ConvTile *t) { edge(t, co, px, 2, LEFT); }          \
  static void edge_##co##_##px##_2_right(const ConvTile *t) { edge(t, co, px, 2, RIGHT); }
#define ROW(co, width)                                                                            \
  static void row_##co##_##width##_1(const ConvTile *t) { row(t, co, width, 1); }                 \
  static void row_##co##_##width##_2(const ConvTile *t) { row(t, co, width, 2); }
#define TILE_NAMES(co, px) {tile_##co##_##px##_1, tile_##co##_##px##_2},
#define EDGE_NAMES(co, px)                                                                        \
  {{edge_##co##_##px##_1_left, edge_##co##_##px##_1_right},                                       \
   {edge_##co##_##px##_2_left, edge_##co##_##px##_2_right}},
#define ROW_NAMES(co, width) {row_##co##_##width##_1, row_##co##_##width##_2},
#define CHANNELS(F, px) F(1, px) F(2, px) F(3, px) F(4, px)
#define WIDTHS(F, co)                                                                             \
  F(co, 1) F(co, 2) F(co, 3) F(co, 4) F(co, 5) F(co, 6)                                           \
  F(co, 7) F(co, 8) F(co, 9) F(co, 10) F(co, 11) F(co, 12)
// clang-format on

CHANNELS(TILE, 1)
CHANNELS(TILE, 2)
CHANNELS(TILE, 3)
#if N_REGISTERS == 32
CHANNELS(TILE, 4)
CHANNELS(TILE, 5)
CHANNELS(TILE, 6)
CHANNELS(EDGE, 4)
CHANNELS(EDGE, 5)
CHANNELS(EDGE, 6)
#else
CHANNELS(EDGE, 2)
CHANNELS(EDGE, 3)
#endif
WIDTHS(ROW, 1)
#if N_REGISTERS == 32
WIDTHS(ROW, 2)
#endif

ConvTileFunction ISA_NAME(conv_tile)(int n_channels, int n_pixels, int stride) {
  static const ConvTileFunction functions[TILE_PIXELS][TILE_CHANNELS][2] = {
    {CHANNELS(TILE_NAMES, 1)},
    {CHANNELS(TILE_NAMES, 2)},
    {CHANNELS(TILE_NAMES, 3)},
#if N_REGISTERS == 32
    {CHANNELS(TILE_NAMES, 4)},
    {CHANNELS(TILE_NAMES, 5)},
    {CHANNELS(TILE_NAMES, 6)},
#endif
  };
  return functions[n_pixels - 1][n_channels - 1][stride - 1];
}

ConvTileFunction ISA_NAME(conv_edge)(int n_channels, int n_pixels, int padding, int at_right) {
  static const ConvTileFunction functions[TILE_PIXELS][TILE_CHANNELS][2][2] = {
#if N_REGISTERS == 32
    [3] = {CHANNELS(EDGE_NAMES, 4)},
    [4] = {CHANNELS(EDGE_NAMES, 5)},
    [5] = {CHANNELS(EDGE_NAMES, 6)},
#else
    [1] = {CHANNELS(EDGE_NAMES, 2)},
    [2] = {CHANNELS(EDGE_NAMES, 3)},
#endif
  };
  return functions[n_pixels - 1][n_channels - 1][padding - 1][at_right];
}

ConvTileFunction ISA_NAME(conv_row)(int n_channels, int width, int padding) {
  static const ConvTileFunction functions[ROW_CHANNELS][ROW_MAX][2] = {
    {WIDTHS(ROW_NAMES, 1)},
#if N_REGISTERS == 32
    {WIDTHS(ROW_NAMES, 2)},
#endif
  };
  return functions[n_channels - 1][width - 1][padding - 1];
}
