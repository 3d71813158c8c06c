#include "vector/winograd_weights.h"

#include "conv_algorithm.h"
#include "vector/conv_lanes.h"
#include "vector/split.h"

enum {
  IN = N_REGISTERS == 32 ? 6 : 3, /* channels of x and of dy whose products are kept in registers */
  OUT = 4,
  N_SUMS = 9,                  /* of a pair of channels */
  PRODUCTS = OUT * IN * LANES, /* floats of the products at one point */

  /* Products are summed over so many tiles at most (or a whole row of them) before they are
   * transformed and added to the sums: rounding errors grow with the number of tiles and with that
   * of bands, not with their product. */
  BAND_TILES = 8,
  /* Channels of x times tiles that are transformed at a time, at most: 450 KB, for the second-level
   * cache. dy is transformed anew for each group of channels. */
  GROUP_TILES = 288
};

/* product[k][c][i] = sum over tiles of dy[k][tile][c] x[k][tile][i], for each of n planes k. */
INLINE void multiply(float *product, const float *dy, const float *x, size_t dy_plane,
                     size_t x_plane, const int *n_tiles, int n, const int n_out, const int n_in) {
  for (int k = 0; k < n; k++, product += PRODUCTS, dy += dy_plane, x += x_plane) {
    for (int lane = 0; lane < LANES; lane += VL) {
      vf acc[OUT][IN];
#pragma GCC unroll 8
      for (int c = 0; c < n_out; c++) {
#pragma GCC unroll 8
        for (int i = 0; i < n_in; i++) acc[c][i] = (vf){0};
      }
      const float *d = dy + lane, *v = x + lane;
#pragma GCC unroll 1
      for (int t = n_tiles[k]; t > 0; t--, d += n_out * LANES, v += n_in * LANES) {
        vf in[IN];
#pragma GCC unroll 8
        for (int i = 0; i < n_in; i++) in[i] = vf_load(v + i * LANES);
#pragma GCC unroll 8
        for (int c = 0; c < n_out; c++) {
          const vf out = vf_load(d + c * LANES);
#pragma GCC unroll 8
          for (int i = 0; i < n_in; i++) acc[c][i] = vf_fma(out, in[i], acc[c][i]);
        }
      }
#pragma GCC unroll 8
      for (int c = 0; c < n_out; c++) {
#pragma GCC unroll 8
        for (int i = 0; i < n_in; i++) vf_store(product + (c * IN + i) * LANES + lane, acc[c][i]);
      }
    }
  }
}

#define MULTIPLY(out, in)                                                                          \
  static void multiply_##out##_##in(float *product, const float *dy, const float *x,               \
                                    size_t dy_plane, size_t x_plane, const int *n_tiles, int n) {  \
    multiply(product, dy, x, dy_plane, x_plane, n_tiles, n, out, in);                              \
  }
#define CHANNELS(in) MULTIPLY(1, in) MULTIPLY(2, in) MULTIPLY(3, in) MULTIPLY(4, in)
#define NAMES(in)                                                                                  \
  { multiply_1_##in, multiply_2_##in, multiply_3_##in, multiply_4_##in }
CHANNELS(1)
CHANNELS(2)
CHANNELS(3)
#if N_REGISTERS == 32
CHANNELS(4)
CHANNELS(5)
CHANNELS(6)
#endif
static void (*const MULTIPLY[IN][OUT])(float *product, const float *dy, const float *x,
                                       size_t dy_plane, size_t x_plane, const int *n_tiles,
                                       int n) = {
    NAMES(1), NAMES(2), NAMES(3),
#if N_REGISTERS == 32
    NAMES(4), NAMES(5), NAMES(6),
#endif
};

/* Adds the products at a pair of points of the rows, product[points][SOURCE_SIZE][OUT][IN][16], to
 * the sums [n_out][n_in][9][16] of pairs of channels. With first, the sums are not set yet. */
INLINE void add_products(float *sums, size_t sums_channel, const float *product, int n_out,
                         int n_in, const int pair, const int first) {
  for (int c = 0; c < n_out; c++, sums += sums_channel)
    for (int at = 0; at < n_in * LANES; at += VL) {
      const float *p = product + c * IN * LANES + at;
      float *to = sums + at / LANES * (N_SUMS * LANES) + at % LANES;
      vf taps[3][2];
#pragma GCC unroll 2
      for (int k = 0; k < pair_points(pair); k++) {
        vf row[3] = {{0}, {0}, {0}};
#pragma GCC unroll 4
        for (int q = 0; q < N_PAIRS; q++) {
          vf m[2];
#pragma GCC unroll 2
          for (int i = 0; i < pair_points(q); i++, p += PRODUCTS) m[i] = vf_load(p);
          winograd_add_pair(row, m, q);
        }
#pragma GCC unroll 4
        for (int j = 0; j < 3; j++) taps[j][k] = row[j];
      }
#pragma GCC unroll 4
      for (int j = 0; j < 3; j++) {
        vf sum[3];
#pragma GCC unroll 4
        for (int k = 0; k < 3; k++)
          sum[k] = first && pair == 0 ? (vf){0} : vf_load(to + (3 * k + j) * LANES);
        winograd_add_pair(sum, taps[j], pair);
#pragma GCC unroll 4
        for (int k = pair == 2 ? 2 : 0; k < 3; k++) vf_store(to + (3 * k + j) * LANES, sum[k]);
      }
    }
}

#define ADD(pair, first)                                                                           \
  static void add_##pair##_##first(float *sums, size_t sums_channel, const float *product,         \
                                   int n_out, int n_in) {                                          \
    add_products(sums, sums_channel, product, n_out, n_in, pair, first);                           \
  }
ADD(0, 0)
ADD(0, 1)
ADD(1, 0)
ADD(2, 0)
static void (*const ADD_PRODUCTS[N_PAIRS][2])(float *sums, size_t sums_channel,
                                              const float *product, int n_out, int n_in) = {
    {add_0_0, add_0_1}, {add_1_0, add_1_0}, {add_2_0, add_2_0}};

/* Where things lie in scratch, and what is worked on. */
typedef struct Work {
  const ConvShape *s;
  TileBand band; /* the largest, before the first one */
  Split bands, groups;
  float *sums;                 /* [out.c][in.c][9][16] */
  float *x_planes, *dy_planes; /* [blocks of channels][N_PLANES], [N_PLANES] */
  float *product, *zeros;
  size_t x_block; /* floats from block to block of x_planes */
  size_t size;    /* floats in all */
  int n_tiles[N_PLANES];
} Work;

static Work work_of(const ConvShape *s, float *scratch) {
  Work w = {.s = s};
  const int n_rows = (s->out.h + TILE_SIZE - 1) / TILE_SIZE;
  const int n_columns = (s->out.w + TILE_SIZE - 1) / TILE_SIZE;
  w.bands = split(n_rows, n_columns < BAND_TILES ? BAND_TILES / n_columns : 1);
  w.band = (TileBand){s->out.h, s->out.w, 0, split_size(w.bands, 0), n_columns};
  const int n_tiles = w.band.n_rows * n_columns;
  const int most_blocks = GROUP_TILES / n_tiles > IN ? GROUP_TILES / n_tiles / IN : 1;
  const int blocks = (s->in.c + IN - 1) / IN,
            n_blocks = blocks < most_blocks ? blocks : most_blocks;
  w.groups = split(s->in.c, most_blocks * IN);
  w.x_block = N_PLANES * plane_floats(&w.band, IN);
  float **places[] = {&w.sums, &w.x_planes, &w.dy_planes, &w.product, &w.zeros};
  const size_t sizes[] = {(size_t)(s->out.c * s->in.c) * N_SUMS * LANES,
                          (size_t)n_blocks * w.x_block, N_PLANES * plane_floats(&w.band, OUT),
                          2 * SOURCE_SIZE * PRODUCTS,
                          (size_t)(s->in.w > s->out.w ? s->in.w : s->out.w) * LANES};
  for (int i = 0; i < 5; i++) {
    if (scratch) *places[i] = scratch + w.size;
    w.size += sizes[i];
  }
  return w;
}

/* Adds the products of a block of OUT channels of dy with a block of IN channels of x. */
static void add_block(const Work *w, float *sums, const float *x_planes, int n_out, int n_in,
                      int first) {
  const size_t dy_plane = plane_floats(&w->band, n_out), x_plane = plane_floats(&w->band, n_in);
  const float *dy_planes = w->dy_planes;
  for (int pair = 0; pair < N_PAIRS; pair++) {
    const int n_planes = pair_points(pair) * SOURCE_SIZE;
    MULTIPLY[n_in - 1][n_out - 1](w->product, dy_planes, x_planes, dy_plane, x_plane,
                                  w->n_tiles + 2 * pair * SOURCE_SIZE, n_planes);
    ADD_PRODUCTS[pair][first](sums, (size_t)w->s->in.c * N_SUMS * LANES, w->product, n_out, n_in);
    dy_planes += (size_t)n_planes * dy_plane;
    x_planes += (size_t)n_planes * x_plane;
  }
}

/* The band of all channels of dy and the n_group channels of x. */
static void add_band(Work *w, float *sums, const float *x, const float *dy, int n_group) {
  const Split in = split(n_group, IN), out = split(w->s->out.c, OUT);
  const TileBand *band = &w->band;
  for (int k = 0; k < N_PLANES; k++)
    w->n_tiles[k] = tile_rows(band, k / SOURCE_SIZE) * tile_columns(band, k % SOURCE_SIZE);
  float *x_planes = w->x_planes;
  for (int b = 0; b < in.n_tiles; b++, x_planes += w->x_block) {
    const int n = split_size(in, b);
    ISA_NAME(winograd_weights_x)(x_planes, x, w->s->in, n, w->s->padding, band, w->zeros);
    x += (size_t)n * w->s->in.stride;
  }
  for (int a = 0; a < out.n_tiles; a++) {
    const int n_out = split_size(out, a);
    ISA_NAME(winograd_weights_dy)(w->dy_planes, dy, w->s->out, n_out, band, w->zeros);
    dy += (size_t)n_out * w->s->out.stride;
    float *to = sums;
    x_planes = w->x_planes;
    for (int b = 0; b < in.n_tiles; b++, x_planes += w->x_block) {
      const int n_in = split_size(in, b);
      add_block(w, to, x_planes, n_out, n_in, band->first_row == 0);
      to += n_in * N_SUMS * LANES;
    }
    sums += (size_t)n_out * (size_t)w->s->in.c * N_SUMS * LANES;
  }
}

static int fits(const ConvShape *s) {
  return s->kernel == 3 && s->stride == 1;
}

static size_t scratch_size(const ConvShape *s) {
  return work_of(s, NULL).size;
}

static int run(int64_t *dw, const float *x, const float *dy, const ConvShape *s,
               const ConvCall *call) {
  Work w = work_of(s, call->scratch);
  memset(w.zeros, 0, (w.size - (size_t)(w.zeros - w.sums)) * sizeof *w.zeros);
  float *sums = w.sums;
  for (int g = 0; g < w.groups.n_tiles; g++) {
    const int n = split_size(w.groups, g);
    w.band.first_row = 0;
    for (int i = 0; i < w.bands.n_tiles; i++) {
      w.band.n_rows = split_size(w.bands, i);
      add_band(&w, sums, x, dy, n);
      w.band.first_row += w.band.n_rows;
    }
    x += (size_t)n * s->in.stride;
    sums += n * N_SUMS * LANES;
  }
  return conv_add_lanes(dw, w.sums, s, call);
}

const WeightsAlgorithm ISA_NAME(weights_winograd) = {
    .name = "winograd tiles", .fits = fits, .scratch_size = scratch_size, .run = run};
