#include "conv_direct.h"

#define INLINE static inline __attribute__((always_inline))

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

INLINE void tile(const ConvTile *t, const int co, const int px, const int stride) {
  const int kernel = t->kernel, n_in = t->n_in;
  const size_t w_row = (size_t)kernel * (size_t)co, w_channel = w_row * (size_t)kernel;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[TILE_CHANNELS][TILE_PIXELS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++) acc[c][p] = (vf){0};
    }
    const float *x = t->x + lane, *w = t->w;
    for (int ci = 0; ci < n_in; ci++, x += t->x_channel, w += w_channel) {
      for (int kh = t->kh_begin; kh < t->kh_end; kh += t->kh_step) {
        const float *xp = x + t->row[kh], *wp = w + (size_t)kh * w_row;
#pragma GCC unroll 1
        for (int kw = 0; kw < kernel; kw++, xp += LANES, wp += co) {
          if (VL == 16)
            multiply_weights_first(acc, wp, xp, co, px, stride);
          else
            multiply_pixels_first(acc, wp, xp, co, px, stride);
        }
      }
    }
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < px; p++)
        vf_store(t->y + (size_t)c * t->y_channel + p * LANES + lane, acc[c][p]);
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
#pragma GCC unroll 2
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 16
      for (int p = 0; p < width; p++)
        vf_store(t->y + (size_t)c * t->y_channel + p * LANES + lane, acc[c][p]);
    }
  }
}

#define TILE(co, px)                                                                               \
  static void tile_##co##_##px##_1(const ConvTile *t) {                                            \
    tile(t, co, px, 1);                                                                            \
  }                                                                                                \
  static void tile_##co##_##px##_2(const ConvTile *t) {                                            \
    tile(t, co, px, 2);                                                                            \
  }
#define TILE_NAMES(co, px)                                                                         \
  { tile_##co##_##px##_1, tile_##co##_##px##_2 }
#define ROW(co, width)                                                                             \
  static void row_##co##_##width##_1(const ConvTile *t) {                                          \
    row(t, co, width, 1);                                                                          \
  }                                                                                                \
  static void row_##co##_##width##_2(const ConvTile *t) {                                          \
    row(t, co, width, 2);                                                                          \
  }
#define ROW_NAMES(co, width)                                                                       \
  { row_##co##_##width##_1, row_##co##_##width##_2 }

#define CHANNELS(F, px) F(1, px) F(2, px) F(3, px) F(4, px)
#define ROWS(F, co)                                                                                \
  F(co, 1)                                                                                         \
  F(co, 2)                                                                                         \
  F(co, 3) F(co, 4) F(co, 5) F(co, 6) F(co, 7) F(co, 8) F(co, 9) F(co, 10) F(co, 11) F(co, 12)
#define LISTED(co, px) TILE_NAMES(co, px),
#define LISTED_ROW(co, width) ROW_NAMES(co, width),
#define TILES(px)                                                                                  \
  { CHANNELS(LISTED, px) }

CHANNELS(TILE, 1)
CHANNELS(TILE, 2)
CHANNELS(TILE, 3)
#if defined ISA_IS_AVX512
CHANNELS(TILE, 4)
CHANNELS(TILE, 5)
CHANNELS(TILE, 6)
#endif
ROWS(ROW, 1)
#if defined ISA_IS_AVX512
ROWS(ROW, 2)
#endif

ConvTileFunction ISA_NAME(conv_tile)(int n_channels, int n_pixels, int stride) {
  static const ConvTileFunction functions[TILE_PIXELS][TILE_CHANNELS][2] = {
    TILES(1),
    TILES(2),
    TILES(3),
#if defined ISA_IS_AVX512
    TILES(4),
    TILES(5),
    TILES(6),
#endif
  };
  return functions[n_pixels - 1][n_channels - 1][stride - 1];
}

ConvTileFunction ISA_NAME(conv_row)(int n_channels, int width, int padding) {
  static const ConvTileFunction functions[ROW_CHANNELS][ROW_MAX][2] = {
    {ROWS(LISTED_ROW, 1)},
#if defined ISA_IS_AVX512
    {ROWS(LISTED_ROW, 2)},
#endif
  };
  return functions[n_channels - 1][width - 1][padding - 1];
}
