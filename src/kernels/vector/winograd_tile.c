#include "vector/winograd_rows.h"

/* The order of loads is that of conv_tile.c. The pixels of tile t in row r are number
 * r tiles + t. */
INLINE void multiply(vf acc[TILE_CHANNELS][TILE_PIXELS], const float *u, const float *const *v,
                     const size_t at, const int co, const int rows, const int tiles) {
  if (N_REGISTERS == 32) {
    vf b[TILE_CHANNELS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) b[c] = vf_set(u[c]);
#pragma GCC unroll 8
    for (int p = 0; p < rows * tiles; p++) {
      const vf x = vf_load(v[p / tiles] + at + p % tiles * LANES);
#pragma GCC unroll 8
      for (int c = 0; c < co; c++) acc[c][p] = vf_fma(b[c], x, acc[c][p]);
    }
  } else {
    vf x[TILE_PIXELS];
#pragma GCC unroll 8
    for (int p = 0; p < rows * tiles; p++) x[p] = vf_load(v[p / tiles] + at + p % tiles * LANES);
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
      const vf b = vf_set(u[c]);
#pragma GCC unroll 8
      for (int p = 0; p < rows * tiles; p++) acc[c][p] = vf_fma(b, x[p], acc[c][p]);
    }
  }
}

INLINE void tile(const WinogradTile *t, const int co, const int rows, const int tiles,
                 const int is_whole) {
  enum { K = WINOGRAD_TAPS };
  const size_t v_channel = t->v_channel, ahead_step = t->ahead.step;
  const int n_kh = is_whole ? K : t->n_kh;
  const float *v[WINOGRAD_ROWS + K - 1];
#pragma GCC unroll 8
  for (int r = 0; r < rows + K - 1; r++) v[r] = t->v[r];
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[TILE_CHANNELS][TILE_PIXELS];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < rows * tiles; p++) acc[c][p] = (vf){0};
    }
    const float *u = t->u + t->kh_begin * co, *ahead = t->ahead.at;
    size_t at = (size_t)lane;
#pragma GCC unroll 1
    for (int ci = t->n_in; ci > 0; ci--, at += v_channel, u += K * co) {
      if (is_whole) {
#pragma GCC unroll 4
        for (int kh = 0; kh < K; kh++) {
          if (lane == 0) fetch(ahead + (size_t)kh * ahead_step);
          multiply(acc, u + kh * co, v + kh, at, co, rows, tiles);
        }
        ahead += K * ahead_step;
      } else {
#pragma GCC unroll 1
        for (int kh = 0; kh < n_kh; kh++) multiply(acc, u + kh * co, t->v + kh, at, co, 1, tiles);
      }
    }
    float *m = t->m + lane;
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int p = 0; p < rows * tiles; p++, m += LANES) vf_store(m, acc[c][p]);
    }
  }
}

/* Functions of constant sizes, and tables of them. */
// clang-format off
#define TILE(co, rows, tiles)                                                                     \
  static void tile_##co##_##rows##_##tiles(const WinogradTile *t) { tile(t, co, rows, tiles, 1); }
#define EDGE(co, rows, tiles)                                                                     \
  static void edge_##co##_##rows##_##tiles(const WinogradTile *t) { tile(t, co, rows, tiles, 0); }
#define TILE_NAME(co, rows, tiles) tile_##co##_##rows##_##tiles,
#define EDGE_NAME(co, rows, tiles) edge_##co##_##rows##_##tiles,
#define CHANNELS(F, rows, tiles)                                                                  \
  F(1, rows, tiles) F(2, rows, tiles) F(3, rows, tiles) F(4, rows, tiles)
#if N_REGISTERS == 32
#define ROW(F)                                                                                    \
  {CHANNELS(F, 1, 1)}, {CHANNELS(F, 1, 2)}, {CHANNELS(F, 1, 3)}, {CHANNELS(F, 1, 4)},             \
  {CHANNELS(F, 1, 5)}, {CHANNELS(F, 1, 6)}
#else
#define ROW(F) {CHANNELS(F, 1, 1)}, {CHANNELS(F, 1, 2)}, {CHANNELS(F, 1, 3)}
#endif
// clang-format on

CHANNELS(TILE, 1, 1)
CHANNELS(TILE, 1, 2)
CHANNELS(TILE, 1, 3)
CHANNELS(EDGE, 1, 1)
CHANNELS(EDGE, 1, 2)
CHANNELS(EDGE, 1, 3)
#if N_REGISTERS == 32
CHANNELS(TILE, 1, 4)
CHANNELS(TILE, 1, 5)
CHANNELS(TILE, 1, 6)
CHANNELS(EDGE, 1, 4)
CHANNELS(EDGE, 1, 5)
CHANNELS(EDGE, 1, 6)
CHANNELS(TILE, 2, 1)
CHANNELS(TILE, 2, 2)
CHANNELS(TILE, 2, 3)
CHANNELS(TILE, 3, 1)
CHANNELS(TILE, 3, 2)
CHANNELS(TILE, 4, 1)
#endif

WinogradTileFunction ISA_NAME(winograd_tile)(int n_channels, int n_rows, int n_tiles, int n_kh) {
  static const WinogradTileFunction whole[TILE_PIXELS][TILE_CHANNELS] = {ROW(TILE_NAME)};
  static const WinogradTileFunction edges[TILE_PIXELS][TILE_CHANNELS] = {ROW(EDGE_NAME)};
#if N_REGISTERS == 32
  static const WinogradTileFunction together[WINOGRAD_ROWS + 1][3][TILE_CHANNELS] = {
      [2] = {{CHANNELS(TILE_NAME, 2, 1)}, {CHANNELS(TILE_NAME, 2, 2)}, {CHANNELS(TILE_NAME, 2, 3)}},
      [3] = {{CHANNELS(TILE_NAME, 3, 1)}, {CHANNELS(TILE_NAME, 3, 2)}},
      [4] = {{CHANNELS(TILE_NAME, 4, 1)}}};
  if (n_rows > 1) return together[n_rows][n_tiles - 1][n_channels - 1];
#endif
  (void)n_rows;
  if (n_kh == WINOGRAD_TAPS) return whole[n_tiles - 1][n_channels - 1];
  return edges[n_tiles - 1][n_channels - 1];
}
