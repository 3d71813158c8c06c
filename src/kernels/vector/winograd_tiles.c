#include "vector/winograd_tiles.h"

#include "vector/conv_direct.h"

/* A few tiles at a time, in the order of their rows, pass through four arrays. All but `in` fit the
 * first-level cache; `in` is read in order, which hides behind the products.
 *
 *   down     [points down][columns][16]: an input channel's columns, transformed, for a run of
 *            tiles of a row; columns have the zeros of the padding
 *   in       [points down][points across][in.c][tiles][16]: its rows, transformed
 *   product  [points across][channels][tiles][16]: products of a row of points of `in` and the
 *            weights, summed over in.c, for a few output channels
 *   across   [points down][channels][columns][16]: their rows, transformed to outputs
 *   y        the columns of `across`, transformed to outputs
 *
 * Each output is one chain of operations that the shape alone determines. */
enum { TILES_MAX = 6, TILES_AT_ONCE = N_REGISTERS == 32 ? 6 : 3 };

/* to[channels][tiles][16] = sum over input channels of w[in][channels] x[in][tiles][16]. */
typedef struct Product {
  float *to;
  const float *x, *w;
  size_t step; /* floats from channel to channel, of to and of x */
  int n_in;
  AheadWalk ahead;
} Product;

INLINE void product(const Product *p, const int co, const int tiles) {
  const size_t step = p->step, ahead_step = p->ahead.step;
  for (int lane = 0; lane < LANES; lane += VL) {
    vf acc[WINOGRAD_CHANNELS][TILES_AT_ONCE];
#pragma GCC unroll 8
    for (int c = 0; c < co; c++) {
#pragma GCC unroll 8
      for (int t = 0; t < tiles; t++) acc[c][t] = (vf){0};
    }
    const float *x = p->x + lane, *w = p->w, *ahead = p->ahead.at;
#pragma GCC unroll 1
    for (int ci = p->n_in; ci > 0; ci--, x += step, w += co, ahead += ahead_step) {
      if (lane == 0) fetch(ahead);
      vf v[TILES_AT_ONCE];
#pragma GCC unroll 8
      for (int t = 0; t < tiles; t++) v[t] = vf_load(x + t * LANES);
#pragma GCC unroll 8
      for (int c = 0; c < co; c++) {
        const vf b = vf_set(w[c]);
#pragma GCC unroll 8
        for (int t = 0; t < tiles; t++) acc[c][t] = vf_fma(b, v[t], acc[c][t]);
      }
    }
    float *to = p->to + lane;
#pragma GCC unroll 8
    for (int c = 0; c < co; c++, to += step) {
#pragma GCC unroll 8
      for (int t = 0; t < tiles; t++) vf_store(to + t * LANES, acc[c][t]);
    }
  }
}

#define PRODUCT(co, tiles)                                                                         \
  static void product_##co##_##tiles(const Product *p) {                                           \
    product(p, co, tiles);                                                                         \
  }
#define PRODUCTS(tiles) PRODUCT(1, tiles) PRODUCT(2, tiles) PRODUCT(3, tiles) PRODUCT(4, tiles)
#define NAMES(tiles)                                                                               \
  { product_1_##tiles, product_2_##tiles, product_3_##tiles, product_4_##tiles }

PRODUCTS(1)
PRODUCTS(2)
PRODUCTS(3)
#if N_REGISTERS == 32
PRODUCTS(4)
PRODUCTS(5)
PRODUCTS(6)
#endif

static void (*const products[TILES_AT_ONCE][WINOGRAD_CHANNELS])(const Product *) = {
    NAMES(1), NAMES(2), NAMES(3),
#if N_REGISTERS == 32
    NAMES(4), NAMES(5), NAMES(6),
#endif
};

/* How a correlation is computed: sizes in floats, numbers of tiles, and the arrays. */
typedef struct Plan {
  const Correlation *c;
  Tile tile;
  int n_down, n_across; /* points */
  int columns;          /* tiles of a row */
  int n_tiles;          /* that pass at a time */
  size_t row;           /* of `down` and of a channel of `across`, all columns */
  size_t point;         /* of `in` */
  size_t points;        /* of products: a point's */
  float *zeros, *down, *in, *product, *across;
} Plan;

static size_t odd_lines(int n) {
  return ((size_t)n | 1) * LANES;
}

/* Tiles whose `in` takes no more than half a second-level cache of 1 MiB, if it can be. */
static int tiles_of(const Correlation *c, Tile tile) {
  enum { IN_BYTES = 512 << 10, TILES_MIN = 3 };
  const int bytes = winograd_points(tile) * c->in.c * LANES * (int)sizeof(float);
  const int n = IN_BYTES / bytes;
  return n < TILES_MIN ? TILES_MIN : n < TILES_MAX ? n : TILES_MAX;
}

/* The plan, whose arrays lie in scratch. */
static Plan plan_of(const Correlation *c, Tile tile, float *scratch) {
  Plan p = {.c = c, .tile = tile, .n_down = tile.rows + 2, .n_across = tile.columns + 2};
  p.columns = (c->out.w + tile.columns - 1) / tile.columns;
  p.n_tiles = tiles_of(c, tile);
  p.row = odd_lines(p.n_tiles * tile.columns + 2);
  p.point = odd_lines(p.n_tiles * c->in.c);
  p.points = odd_lines(p.n_tiles * WINOGRAD_CHANNELS);
  p.zeros = scratch;
  p.down = p.zeros + (size_t)c->in.w * LANES;
  p.product = p.down + (size_t)p.n_down * p.row;
  p.across = p.product + (size_t)p.n_across * p.points;
  p.in = p.across + (size_t)(p.n_down * WINOGRAD_CHANNELS) * p.row;
  return p;
}

static size_t plan_floats(const Correlation *c, Tile tile) {
  const Plan p = plan_of(c, tile, NULL);
  return (size_t)(p.in - p.zeros) + (size_t)winograd_points(tile) * p.point;
}

/* Fills from[k] for arrays that lie at equal distances. */
static void set_from(Transform *t, const float *from, size_t next, size_t step, int n) {
  for (int k = 0; k < n; k++) {
    t->from[k] = from + (size_t)k * next;
    t->from_step[k] = step;
  }
}

static int min_of(int a, int b) {
  return a < b ? a : b;
}

/* Some tiles of a row: from column `column` of tiles on. */
typedef struct Run {
  int row, column, n;
} Run;

/* The first run of the tiles first .. end - 1, numbered along rows. */
static Run run_of(const Plan *p, int first, int end) {
  const int column = first % p->columns;
  return (Run){first / p->columns, column, min_of(p->columns - column, end - first)};
}

/* `in` of a run, whose first tile is number `place` of those that pass. */
static void transform_run(const Plan *p, const float *x, Run run, int place) {
  const Correlation *c = p->c;
  const Transforms *transforms = ISA_NAME(winograd_transforms);
  const int m = p->tile.columns, width = run.n * m + 2, first = run.column * m - c->padding;
  const int left = first < 0 ? -first : 0, end = min_of(width, c->in.w - first);
  Transform down = {
      .to = p->down + (size_t)left * LANES, .to_next = p->row, .n_channels = 1, .n = end - left};
  for (int k = 0; k < p->n_down; k++) {
    const int i = run.row * p->tile.rows - c->padding + k, is_inside = i >= 0 && i < c->in.h;
    down.from[k] = is_inside ? x + (size_t)(i * c->in.w + first + left) * LANES : p->zeros;
    down.from_step[k] = is_inside ? c->in.stride : 0;
  }
  for (int k = 0; k < p->n_down; k++) {
    float *row = p->down + (size_t)k * p->row;
    memset(row, 0, (size_t)left * LANES * sizeof *row);
    memset(row + end * LANES, 0, (size_t)(width - end) * LANES * sizeof *row);
  }
  for (int ch = 0; ch < c->in.c; ch++) {
    transforms[p->tile.rows].down(&down);
    for (int k = 0; k < p->n_down; k++) down.from[k] += down.from_step[k];
    Transform in = {.to = p->in + (size_t)(ch * p->n_tiles + place) * LANES,
                    .to_step = p->point * (size_t)p->n_across,
                    .to_next = p->point,
                    .n_channels = p->n_down,
                    .n = run.n};
    set_from(&in, p->down, LANES, p->row, p->n_across);
    transforms[m].in(&in);
  }
}

/* `product` of n tiles at row i of points; w: the weights of the row's first point for co output
 * channels. */
static void multiply(const Plan *p, AheadWalk *ahead, const float *w, int i, int co, int n) {
  const Split tiles = split(n, TILES_AT_ONCE);
  Product a = {.w = w, .step = (size_t)p->n_tiles * LANES, .n_in = p->c->in.c, .ahead = *ahead};
  for (int k = 0; k < p->n_across; k++, a.w += co * a.n_in) {
    a.to = p->product + (size_t)k * p->points;
    a.x = p->in + (size_t)(i * p->n_across + k) * p->point;
    for (int tile = 0; tile < tiles.n_tiles; tile++) {
      const int size = split_size(tiles, tile);
      products[size - 1][co - 1](&a);
      ahead_next(&a.ahead, (size_t)a.n_in, a.w);
      a.to += size * LANES;
      a.x += size * LANES;
    }
  }
  *ahead = a.ahead;
}

/* `across` of n tiles: all points' products of co output channels; w: their weights. */
static void transform_products(const Plan *p, AheadWalk *ahead, const float *w, int co, int n) {
  for (int i = 0; i < p->n_down; i++, w += p->n_across * co * p->c->in.c) {
    multiply(p, ahead, w, i, co, n);
    Transform t = {.to = p->across + (size_t)(i * WINOGRAD_CHANNELS) * p->row,
                   .to_step = p->row,
                   .to_next = LANES,
                   .n_channels = co,
                   .n = n};
    set_from(&t, p->product, p->points, (size_t)p->n_tiles * LANES, p->n_across);
    ISA_NAME(winograd_transforms)[p->tile.columns].across(&t);
  }
}

/* The outputs of a run, of which there are co channels; y is the band's first row. */
static void transform_outputs(const Plan *p, float *y, const Band *band, int co, Run run,
                              int place) {
  const int m = p->tile.rows, row = run.row * m - band->row, width = p->tile.columns;
  const int column = run.column * width;
  Transform t = {.to = y + (size_t)(row * p->c->out.w + column) * LANES,
                 .to_step = band->stride,
                 .to_next = (size_t)p->c->out.w * LANES,
                 .n_channels = co,
                 .n = min_of(run.n * width, p->c->out.w - column)};
  set_from(&t, p->across + (size_t)(place * width) * LANES, WINOGRAD_CHANNELS * p->row, p->row,
           p->n_down);
  ISA_NAME(winograd_transforms)[m].out[min_of(m, band->n_rows - row) - 1](&t);
}

/* The outputs of row `row` of tiles. */
static Ahead own_ahead(const Plan *p, const float *y, const Band *band, int row) {
  const int at = row * p->tile.rows - band->row, n = min_of(p->tile.rows, band->n_rows - at);
  const size_t width = (size_t)p->c->out.w;
  return (Ahead){y + (size_t)at * width * LANES, LANES, band->stride, (size_t)n * width,
                 (size_t)band->n_channels};
}

/* The first row of the band is a tile's first. */
static void correlate(float *y, const float *x, const CorrelationCall *call, Tile size) {
  const Plan p = plan_of(call->of, size, call->scratch);
  const Band *band = &call->band;
  const size_t per_channel = (size_t)p.c->in.c * (size_t)winograd_points(size);
  const float *packed = call->packed + (size_t)band->channel * per_channel;
  const int first = band->row / size.rows * p.columns;
  const int end = (band->row + band->n_rows + size.rows - 1) / size.rows * p.columns;
  const int unit = (end - first) % 3 == 0 ? 3 : 1; /* TILES_AT_ONCE are 3 or 6 */
  const Split groups = split((end - first) / unit, p.n_tiles / unit);
  AheadWalk ahead = ahead_start(&call->ahead, packed);
  memset(p.zeros, 0, (size_t)p.c->in.w * LANES * sizeof *p.zeros);
  for (int g = 0, tile = first, row = -1; g < groups.n_tiles; g++) {
    const int n = unit * split_size(groups, g);
    const Ahead own = own_ahead(&p, y, band, tile / p.columns);
    if (!call->ahead.at && tile / p.columns != row) ahead = ahead_start(&own, packed);
    row = tile / p.columns;
    for (int at = 0; at < n;) {
      const Run run = run_of(&p, tile + at, tile + n);
      transform_run(&p, x, run, at);
      at += run.n;
    }
    for (int o = 0; o < band->n_channels; o += WINOGRAD_CHANNELS) {
      const int co = min_of(WINOGRAD_CHANNELS, band->n_channels - o);
      transform_products(&p, &ahead, packed + (size_t)o * per_channel, co, n);
      for (int at = 0; at < n;) {
        const Run run = run_of(&p, tile + at, tile + n);
        transform_outputs(&p, y + (size_t)o * band->stride, band, co, run, at);
        at += run.n;
      }
    }
    tile += n;
  }
}

static int fits(const Correlation *c) {
  return c->kernel == 3 && c->stride == 1 && c->dilation == 1;
}

static int channel_step(const Correlation *c) {
  (void)c;
  return WINOGRAD_CHANNELS;
}

#define DEFINE_ROW(rows, columns)                                                                  \
  static const Tile TILE_##rows##_##columns = {rows, columns};                                     \
  static size_t packed_size_##rows##_##columns(const Correlation *c) {                             \
    return (size_t)c->in.c * (size_t)(c->out.c * winograd_points(TILE_##rows##_##columns));        \
  }                                                                                                \
  static void pack_##rows##_##columns(float *packed, CorrelationWeights w, const Correlation *c) { \
    ISA_NAME(winograd_pack)(packed, w, c, TILE_##rows##_##columns);                                \
  }                                                                                                \
  static size_t scratch_size_##rows##_##columns(const Correlation *c) {                            \
    return plan_floats(c, TILE_##rows##_##columns);                                                \
  }                                                                                                \
  static void run_##rows##_##columns(float *y, const float *x, const CorrelationCall *call) {      \
    correlate(y, x, call, TILE_##rows##_##columns);                                                \
  }                                                                                                \
  static int row_step_##rows##_##columns(const Correlation *c) {                                   \
    (void)c;                                                                                       \
    return rows;                                                                                   \
  }                                                                                                \
  const CorrelationAlgorithm ISA_NAME(correlation_tiles##rows##x##columns) = {                     \
      .name = "winograd " #rows "x" #columns,                                                      \
      .fits = fits,                                                                                \
      .packed_size = packed_size_##rows##_##columns,                                               \
      .pack = pack_##rows##_##columns,                                                             \
      .scratch_size = scratch_size_##rows##_##columns,                                             \
      .run = run_##rows##_##columns,                                                               \
      .channel_step = channel_step,                                                                \
      .row_step = row_step_##rows##_##columns}
DEFINE_ROW(2, 2);
DEFINE_ROW(3, 3);
DEFINE_ROW(3, 4);
