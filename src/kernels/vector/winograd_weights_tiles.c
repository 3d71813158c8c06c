#include "vector/winograd_weights.h"

/* What is transformed: tiles of x or of dy. */
enum { OF_X = SOURCE_SIZE, OF_DY = TILE_SIZE };

/* x along a row or column of a tile whose dy has `size` pixels, at a pair of points. Where the size
 * is 3 or 1, v[1] of the first pair means nothing. */
INLINE void x_at_pair(vf v[2], const vf d[SOURCE_SIZE], const int pair, const int size) {
  if (size >= 3) {
    if (pair == 0) {
      const vf s = vf_set((float)(-(SQUARE_A + SQUARE_B) / SCALE_INFINITY));
      const vf k = vf_set((float)(1 / SCALE_INFINITY));
      v[0] = vf_fma(k, d[4], vf_fma(s, d[2], d[0]));
      v[1] = vf_fma(k, d[5], vf_fma(s, d[3], d[1]));
      return;
    }
    const vf other = vf_set((float)-(pair == 1 ? SQUARE_B : SQUARE_A));
    const vf point = vf_set((float)(pair == 1 ? POINT_A : POINT_B));
    const vf even = vf_fma(other, d[2], d[4]), odd = vf_fma(other, d[1], d[3]);
    v[0] = vf_fma(point, odd, even);
    v[1] = vf_fma(-point, odd, even);
    return;
  }
  if (pair == 0) {
    v[0] = vf_fma(vf_set((float)(-1 / SQUARE_A)), d[2], d[0]);
    v[1] = vf_fma(vf_set((float)(1 / SCALE_INFINITY)), d[3], vf_set((float)(-1 / SQUARE_B)) * d[1]);
    return;
  }
  const vf scale = vf_set((float)(SQUARE_A - SQUARE_B));
  const vf odd = vf_set((float)(POINT_A * (SQUARE_A - SQUARE_B))) * d[1];
  v[0] = vf_fma(scale, d[2], odd);
  v[1] = vf_fma(scale, d[2], -odd);
}

/* The same of dy. Pixels of dy that a tile of odd size lacks are zero. */
INLINE void dy_at_pair(vf v[2], const vf d[TILE_SIZE], const int pair, const int size) {
  if (pair == 0) {
    v[0] = d[0];
    v[1] = d[size >= 3 ? 3 : 1];
    return;
  }
  const vf point = vf_set((float)(pair == 1 ? POINT_A : POINT_B));
  vf even = d[0], odd = d[1];
  if (size >= 3) {
    const vf square = vf_set((float)(pair == 1 ? SQUARE_A : SQUARE_B));
    even = vf_fma(square, d[2], even);
    odd = vf_fma(square, d[3], odd);
  }
  v[0] = vf_fma(point, odd, even);
  v[1] = vf_fma(-point, odd, even);
}

INLINE void at_pair(vf v[2], const vf *d, const int of, const int pair, const int size) {
  if (of == OF_X)
    x_at_pair(v, d, pair, size);
  else
    dy_at_pair(v, d, pair, size);
}

/* One row of tiles of one channel, at a pair of points of its columns. */
typedef struct TileRow {
  const float *rows[SOURCE_SIZE]; /* of pixels */
  float *at[SOURCE_SIZE];         /* the first tile, at each point of its rows */
  size_t next_point;              /* floats to the same tile at the pair's other point */
  size_t next_tile;               /* floats */
  int n_tiles, last_size;         /* pixels of dy of the last tile */
  int width, padding;             /* column j of the tiles is pixel j - padding of the rows */
} TileRow;

/* Pixel j of the rows, all at the pair of points. It may lie outside unless `inside`. */
INLINE void column(vf v[2][SOURCE_SIZE], int q, const TileRow *r, int j, int lane, const int of,
                   const int pair, const int size, const int inside) {
  vf d[SOURCE_SIZE], at[2] = {{0}, {0}};
  if (inside || (j >= 0 && j < r->width)) {
#pragma GCC unroll 8
    for (int i = 0; i < of; i++) d[i] = vf_load(r->rows[i] + (ptrdiff_t)j * LANES + lane);
    at_pair(at, d, of, pair, size);
  }
  v[0][q] = at[0];
  v[1][q] = at[1];
}

/* Stores a tile of `size` columns at all points of its rows. */
INLINE void store_tile(const TileRow *r, size_t to, vf v[2][SOURCE_SIZE], const int of,
                       const int size) {
#pragma GCC unroll 2
  for (int k = 0; k < 2; k++, to += r->next_point) {
#pragma GCC unroll 4
    for (int pair = 0; pair < N_PAIRS; pair++) {
      vf at[2];
      if (!tile_has(size, 2 * pair)) continue;
      at_pair(at, v[k], of, pair, size);
      vf_store(r->at[2 * pair] + to, at[0]);
      if (tile_has(size, 2 * pair + 1)) vf_store(r->at[2 * pair + 1] + to, at[1]);
    }
  }
}

/* The four columns that a tile does not have in common with the one before. */
INLINE void new_columns(vf v[2][SOURCE_SIZE], const TileRow *r, int j, int lane, const int of,
                        const int pair, const int size, const int inside) {
#pragma GCC unroll 4
  for (int q = of - TILE_SIZE; q < of; q++) column(v, q, r, j + q, lane, of, pair, size, inside);
}

INLINE void whole_tile(const TileRow *r, size_t to, int j, int lane, vf v[2][SOURCE_SIZE],
                       const int of, const int pair, const int size, const int inside) {
  new_columns(v, r, j, lane, of, pair, size, inside);
  store_tile(r, to, v, of, TILE_SIZE);
#pragma GCC unroll 2
  for (int q = 0; q < of - TILE_SIZE; q++) {
    v[0][q] = v[0][TILE_SIZE + q];
    v[1][q] = v[1][TILE_SIZE + q];
  }
}

/* size: of the tiles' columns of dy; 4 also where it is 3, and 2 where it is 1. */
INLINE void tile_row(const TileRow *r, const int of, const int pair, const int size) {
  const int n_whole = r->n_tiles - (r->last_size < TILE_SIZE);
  const int reach = r->width + r->padding - of; /* first column of the last tile inside */
  int n_inside = reach < 0 ? 0 : reach / TILE_SIZE + 1;
  if (n_inside > n_whole) n_inside = n_whole;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf v[2][SOURCE_SIZE];
    size_t to = (size_t)lane;
    int t = 0, j = -r->padding;
#pragma GCC unroll 2
    for (int q = 0; q < of - TILE_SIZE; q++) column(v, q, r, j + q, lane, of, pair, size, 0);
#pragma GCC unroll 1
    for (; t < n_inside; t++, j += TILE_SIZE, to += r->next_tile)
      whole_tile(r, to, j, lane, v, of, pair, size, 1);
#pragma GCC unroll 1
    for (; t < n_whole; t++, j += TILE_SIZE, to += r->next_tile)
      whole_tile(r, to, j, lane, v, of, pair, size, 0);
    if (n_whole == r->n_tiles) continue;
    new_columns(v, r, j, lane, of, pair, size, 0);
    if (r->last_size == 3) store_tile(r, to, v, of, 3);
    if (r->last_size == 2) store_tile(r, to, v, of, 2);
    if (r->last_size == 1) store_tile(r, to, v, of, 1);
  }
}

#define TILE_ROW(of, pair, size)                                                                   \
  static void of##_row_##pair##_##size(const TileRow *r) {                                         \
    tile_row(r, OF_##of, pair, size);                                                              \
  }
#define TILE_ROWS(of)                                                                              \
  TILE_ROW(of, 0, 2)                                                                               \
  TILE_ROW(of, 1, 2)                                                                               \
  TILE_ROW(of, 0, 4) TILE_ROW(of, 1, 4) TILE_ROW(of, 2, 4)
#define NAMES(of)                                                                                  \
  {                                                                                                \
    {of##_row_0_2, of##_row_1_2}, {                                                                \
      of##_row_0_4, of##_row_1_4, of##_row_2_4                                                     \
    }                                                                                              \
  }
TILE_ROWS(X)
TILE_ROWS(DY)
typedef void (*TileRowFunction)(const TileRow *r);
static const TileRowFunction X_ROWS[2][N_PAIRS] = NAMES(X), DY_ROWS[2][N_PAIRS] = NAMES(DY);

/* Row i of the band of one of n channels, whose planes begin at `planes`. rows are its pixels'. */
static void all_pairs(TileRow *r, float *planes, int i, int n, const TileBand *b,
                      const TileRowFunction functions[2][N_PAIRS]) {
  const size_t plane = plane_floats(b, n);
  const int tall = tile_size(b->height, b->first_row + i) >= 3;
  r->n_tiles = b->n_columns;
  r->last_size = tile_size(b->width, b->n_columns - 1);
  r->next_tile = (size_t)n * LANES;
  r->next_point = SOURCE_SIZE * plane;
  for (int k = 0; k < SOURCE_SIZE; k++)
    r->at[k] = planes + (size_t)k * plane + (size_t)(i * tile_columns(b, k)) * r->next_tile;
  for (int pair = 0; pair < (tall ? N_PAIRS : 2); pair++) {
    functions[tall][pair](r);
    for (int k = 0; k < SOURCE_SIZE; k++) r->at[k] += PAIR_PLANES * plane;
  }
}

static void set_rows(TileRow *r, const float *channel, Shape s, int first, int n,
                     const float *zeros) {
  for (int q = 0; q < n; q++) {
    const int i = first + q;
    r->rows[q] = i >= 0 && i < s.h ? channel + (size_t)i * (size_t)s.w * LANES : zeros;
  }
}

void ISA_NAME(winograd_weights_x)(float *planes, const float *x, Shape in, int n, int padding,
                                  const TileBand *b, const float *zeros) {
  TileRow r = {.width = in.w, .padding = padding};
  for (int c = 0; c < n; c++, x += in.stride, planes += LANES)
    for (int i = 0; i < b->n_rows; i++) {
      set_rows(&r, x, in, (b->first_row + i) * TILE_SIZE - padding, SOURCE_SIZE, zeros);
      all_pairs(&r, planes, i, n, b, X_ROWS);
    }
}

void ISA_NAME(winograd_weights_dy)(float *planes, const float *dy, Shape out, int n,
                                   const TileBand *b, const float *zeros) {
  TileRow r = {.width = out.w};
  for (int c = 0; c < n; c++, dy += out.stride, planes += LANES)
    for (int i = 0; i < b->n_rows; i++) {
      set_rows(&r, dy, out, (b->first_row + i) * TILE_SIZE, TILE_SIZE, zeros);
      all_pairs(&r, planes, i, n, b, DY_ROWS);
    }
}
