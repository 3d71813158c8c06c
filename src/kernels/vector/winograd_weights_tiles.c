#include "vector/winograd_weights.h"

/* What is transformed: tiles of x or of dy. */
enum { OF_X = SOURCE_SIZE, OF_DY = TILE_SIZE };

/* x along a row or column of a tile whose dy has `size` pixels, at a pair of points. Of 2 pixels it
 * is what it is of 3. */
INLINE void x_at_pair(vf v[2], const vf d[SOURCE_SIZE], const int pair, const int size) {
  if (size == 1) { /* the polynomials lack b and -b, which scales make up for */
    const float scale = P3 * P3 - Q3 * Q3;
    if (pair == 2) {
      v[0] = vf_fma(vf_set(-P3 * P3), d[0], d[2]);
      return;
    }
    const vf even = vf_set(scale) * d[1];
    v[0] = vf_fma(vf_set(P3 * scale), d[0], even);
    v[1] = vf_fma(vf_set(-P3 * scale), d[0], even);
    return;
  }
  if (pair == 2) v[0] = winograd_all_in(d, P3, Q3);
  if (pair == 1) winograd_pair_in(v, d, Q3, P3);
  if (pair == 0) winograd_pair_in(v, d, P3, Q3);
}

/* The same of dy. Pixels of dy that a tile lacks are zero. */
INLINE void dy_at_pair(vf v[2], const vf d[TILE_SIZE], const int pair, const int size) {
  if (pair == 2) {
    v[0] = d[size - 1];
    return;
  }
  const float point = pair == 0 ? P3 : Q3;
  const vf even = size == 1 ? d[0] : vf_fma(vf_set(point * point), d[2], d[0]);
  v[0] = size == 1 ? even : vf_fma(vf_set(point), d[1], even);
  v[1] = size == 1 ? even : vf_fma(vf_set(-point), d[1], even);
}

INLINE void at_pair(vf v[2], const vf *d, const int of, const int pair, const int size) {
  if (of == OF_X)
    x_at_pair(v, d, pair, size);
  else
    dy_at_pair(v, d, pair, size);
}

/* The rows of tiles of one channel. */
typedef struct TileRows {
  const float *channel, *zeros; /* zeros: a row outside */
  int height, width;            /* of the channel */
  int row;                      /* of pixels, at the first row of tiles; negative: padding */
  int n_rows;
  int n_columns, last_size; /* tiles in a row; columns of dy of the last one */
  int padding;              /* column j of the tiles is pixel j - padding of a row */
  float *at[SOURCE_SIZE]; /* the first tile at 0 along its rows, at each point along its columns */
  size_t next_row[SOURCE_SIZE]; /* floats from there to the next row of tiles */
  size_t next_point;            /* floats to the next point along the rows */
  size_t next_tile;             /* floats */
} TileRows;

/* Pixel j of the rows, all at the pair of points. It may lie outside unless `inside`. */
INLINE void column(vf v[2][SOURCE_SIZE], int q, const float *const rows[SOURCE_SIZE], int width,
                   int j, const int of, const int pair, const int size, const int inside) {
  vf d[SOURCE_SIZE], at[2] = {{0}, {0}};
  if (inside || (j >= 0 && j < width)) {
#pragma GCC unroll 8
    for (int i = 0; i < of; i++) d[i] = vf_load(rows[i] + (ptrdiff_t)j * LANES);
    at_pair(at, d, of, pair, size);
  }
#pragma GCC unroll 2
  for (int k = 0; k < pair_points(pair); k++) v[k][q] = at[k];
}

/* Stores a tile of `size` columns at a pair of points of its rows and all of its columns. */
INLINE void store_tile(const TileRows *r, float *const plane[SOURCE_SIZE], size_t to,
                       vf v[2][SOURCE_SIZE], const int of, const int row_pair, const int size) {
#pragma GCC unroll 2
  for (int k = 0; k < pair_points(row_pair); k++, to += r->next_point) {
#pragma GCC unroll 4
    for (int pair = 0; pair < N_PAIRS; pair++) {
      vf at[2];
      if (!tile_has(size, pair)) continue;
      at_pair(at, v[k], of, pair, size);
#pragma GCC unroll 2
      for (int i = 0; i < pair_points(pair); i++) vf_store(plane[2 * pair + i] + to, at[i]);
    }
  }
}

/* The columns that the next tile has, too. */
INLINE void keep_columns(vf v[2][SOURCE_SIZE], const int common, const int pair) {
#pragma GCC unroll 2
  for (int k = 0; k < pair_points(pair); k++) {
#pragma GCC unroll 2
    for (int q = 0; q < common; q++) v[k][q] = v[k][TILE_SIZE + q];
  }
}

/* The tiles of one channel's rows at a pair of points of the rows, from `to` floats after the first
 * channel's on. n_inside whole tiles have no padding at the right. size: of the tiles' rows of
 * dy; 3 also where it is 2. */
INLINE void tile_row(const TileRows *r, float *const at[SOURCE_SIZE],
                     const float *const rows[SOURCE_SIZE], size_t to, int n_inside, const int of,
                     const int pair, const int size) {
  const int common = of - TILE_SIZE; /* columns that a tile shares with the next one */
  const int n_whole = r->n_columns - (r->last_size < TILE_SIZE);
  vf v[2][SOURCE_SIZE];
  int j = -r->padding;
#pragma GCC unroll 2
  for (int q = 0; q < common; q++) column(v, q, rows, r->width, j + q, of, pair, size, 0);
#pragma GCC unroll 1
  for (int t = 0; t < n_inside; t++, j += TILE_SIZE, to += r->next_tile) {
#pragma GCC unroll 4
    for (int q = common; q < of; q++) column(v, q, rows, r->width, j + q, of, pair, size, 1);
    store_tile(r, at, to, v, of, pair, TILE_SIZE);
    keep_columns(v, common, pair);
  }
#pragma GCC unroll 1
  for (int t = n_inside; t < r->n_columns; t++, j += TILE_SIZE, to += r->next_tile) {
#pragma GCC unroll 4
    for (int q = common; q < of; q++) column(v, q, rows, r->width, j + q, of, pair, size, 0);
    if (t < n_whole)
      store_tile(r, at, to, v, of, pair, 3);
    else if (r->last_size == 2)
      store_tile(r, at, to, v, of, pair, 2);
    else
      store_tile(r, at, to, v, of, pair, 1);
    keep_columns(v, common, pair);
  }
}

/* size: of the tiles' rows of dy, as tile_row() has it. */
INLINE void tile_rows_of(const TileRows *r, const int of, const int size) {
  const int n_whole = r->n_columns - (r->last_size < TILE_SIZE);
  const int reach = r->width + r->padding - of; /* first column of the last tile inside */
  int n_inside = reach < 0 ? 0 : reach / TILE_SIZE + 1;
  if (n_inside > n_whole) n_inside = n_whole;
  float *at[SOURCE_SIZE];
  memcpy(at, r->at, sizeof at);
  for (int i = 0, first = r->row; i < r->n_rows; i++, first += TILE_SIZE) {
    const float *rows[SOURCE_SIZE];
    for (int q = 0; q < of; q++)
      rows[q] = first + q >= 0 && first + q < r->height
                    ? r->channel + (ptrdiff_t)(first + q) * r->width * LANES
                    : r->zeros;
    for (size_t lane = 0; lane < LANES; lane += VL) {
      tile_row(r, at, rows, lane, n_inside, of, 0, size);
      if (size > 1) tile_row(r, at, rows, lane + 2 * r->next_point, n_inside, of, 1, size);
      tile_row(r, at, rows, lane + 4 * r->next_point, n_inside, of, 2, size);
      for (int q = 0; q < of; q++) rows[q] += VL;
    }
    for (int k = 0; k < SOURCE_SIZE; k++) at[k] += r->next_row[k];
  }
}

static void x_short(const TileRows *r) {
  tile_rows_of(r, OF_X, 1);
}
static void x_tall(const TileRows *r) {
  tile_rows_of(r, OF_X, 3);
}
static void dy_short(const TileRows *r) {
  tile_rows_of(r, OF_DY, 1);
}
static void dy_tall(const TileRows *r) {
  tile_rows_of(r, OF_DY, 3);
}
typedef void (*TileRowsFunction)(const TileRows *r);

/* All rows of tiles of a band of n channels of x or dy. The last one may be short. */
static void transform(float *planes, const float *from, Shape s, int n, int padding,
                      const TileBand *b, const float *zeros, TileRowsFunction tall,
                      TileRowsFunction few) {
  const size_t plane = plane_floats(b, n);
  const int last = b->n_rows - 1, is_short = tile_size(b->height, b->first_row + last) == 1;
  TileRows r = {.zeros = zeros,
                .height = s.h,
                .width = s.w,
                .n_columns = b->n_columns,
                .last_size = tile_size(b->width, b->n_columns - 1),
                .padding = padding,
                .next_point = SOURCE_SIZE * plane,
                .next_tile = (size_t)n * LANES};
  for (int k = 0; k < SOURCE_SIZE; k++) r.next_row[k] = (size_t)tile_columns(b, k) * r.next_tile;
  for (int c = 0; c < n; c++) {
    r.channel = from + (size_t)c * s.stride;
    for (int k = 0; k < SOURCE_SIZE; k++) r.at[k] = planes + (size_t)k * plane + (size_t)c * LANES;
    r.row = b->first_row * TILE_SIZE - padding;
    r.n_rows = b->n_rows - is_short;
    tall(&r);
    if (!is_short) continue;
    for (int k = 0; k < SOURCE_SIZE; k++) r.at[k] += (size_t)last * r.next_row[k];
    r.row += last * TILE_SIZE;
    r.n_rows = 1;
    few(&r);
  }
}

void ISA_NAME(winograd_weights_x)(float *planes, const float *x, Shape in, int n, int padding,
                                  const TileBand *b, const float *zeros) {
  transform(planes, x, in, n, padding, b, zeros, x_tall, x_short);
}

void ISA_NAME(winograd_weights_dy)(float *planes, const float *dy, Shape out, int n,
                                   const TileBand *b, const float *zeros) {
  transform(planes, dy, out, n, 0, b, zeros, dy_tall, dy_short);
}
