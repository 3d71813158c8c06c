#include "vector/winograd_rows.h"

#include "vector/winograd_transform.h"

/* For each output row i and output channel o, by tiles from column j0 on:
 *
 *   v[k][c]  = sum over q of B[k][q] x[c][row][j0 - padding + q],      for each source row
 *   u[k]     = sum over kw of G[k][kw] w[o][c][kh][kw],                packed
 *   m[k]     = sum over c, kh of u[k][c][kh] v[k][c][i - padding + kh]
 *   y[j0+j]  = sum over k of A[j][k] m[k]
 *
 * Each m is one chain of fused multiply-adds per lane, from zero, in the order input channel,
 * kernel row, and each v and y one expression, whatever the band: all instruction sets give the
 * same bits. G is the same for all tiles. Source rows are transformed once; as many of them as are
 * needed lie in a ring. */
enum { N_POINTS = WINOGRAD_POINTS, N_OUTPUTS = WINOGRAD_OUTPUTS, K = WINOGRAD_TAPS };
enum { M_POINT = TILE_CHANNELS * TILE_PIXELS * LANES };

/* The sizes of a correlation. */
typedef struct Plan {
  const Correlation *c;
  int n4, n3, n2;        /* tiles of so many outputs in a row, in this order */
  int n_tiles[N_POINTS]; /* tiles that have a point */
  int n_rows;            /* computed at a time */
  Split tiles, channels;
  size_t v_channel, v_point, v_row; /* floats, in the ring [row][point][channel][tile][16] */
} Plan;

static Split channel_split(const Correlation *c) {
  return split(c->out.c, TILE_CHANNELS);
}

/* 4 q + 1 columns are cut like 4 (q - 1) + 3 + 2. */
static Plan plan_of(const Correlation *c) {
  const int q = c->out.w / N_OUTPUTS, left = c->out.w % N_OUTPUTS;
  Plan plan = {.c = c, .n4 = q, .n3 = left == 3, .n2 = left == 2 || left == 1};
  if (left == 1 && q > 0) plan.n4 = q - 1, plan.n3 = 1;
  const int all = plan.n4 + plan.n3 + plan.n2;
  for (int k = 0; k < N_POINTS; k++) plan.n_tiles[k] = all;
  plan.n_tiles[4] = plan.n4 + plan.n3;
  plan.n_tiles[5] = plan.n4;
  plan.n_rows = winograd_rows_together(all);
  plan.tiles = split(all, TILE_PIXELS);
  plan.channels = channel_split(c);
  plan.v_channel = (size_t)all * LANES;
  plan.v_point = (((size_t)c->in.c * (size_t)all) | 1) * LANES;
  plan.v_row = N_POINTS * plan.v_point;
  return plan;
}

static int fits(const Correlation *c) {
  return c->kernel == K && c->stride == 1 && c->dilation == 1;
}

static int ring_rows(const Plan *plan) {
  return plan->n_rows + K - 1;
}

static size_t scratch_size(const Correlation *c) {
  const Plan plan = plan_of(c);
  return (size_t)ring_rows(&plan) * plan.v_row + (size_t)(N_POINTS * M_POINT);
}

static size_t channel_floats(const Correlation *c) {
  return (size_t)(N_POINTS * K) * (size_t)c->in.c;
}

static size_t packed_size(const Correlation *c) {
  return (size_t)c->out.c * channel_floats(c);
}

static int channel_step(const Correlation *c) {
  const Split channels = channel_split(c);
  return channels.n_larger == 0 ? channels.size : 0;
}

/* G w of the three taps of a kernel row. */
static void transform_weights(float u[N_POINTS], const float *w, ptrdiff_t step) {
  const double a = (double)P4, b = (double)Q4, aa = a * a, bb = b * b;
  const double even_a = (double)w[0] + aa * (double)w[2 * step], odd_a = a * (double)w[step];
  const double even_b = (double)w[0] + bb * (double)w[2 * step], odd_b = b * (double)w[step];
  u[0] = (float)((double)w[0] / (aa * bb));
  u[1] = (float)((even_a + odd_a) / (2 * aa * (aa - bb)));
  u[2] = (float)((even_a - odd_a) / (2 * aa * (aa - bb)));
  u[3] = w[2 * step];
  u[4] = (float)((even_b + odd_b) / (2 * bb * (bb - aa)));
  u[5] = (float)((even_b - odd_b) / (2 * bb * (bb - aa)));
}

/* packed[tile][point][c][kh][o] */
static void pack(float *packed, CorrelationWeights w, const Correlation *c) {
  const Split channels = channel_split(c);
  for (int tile = 0; tile < channels.n_tiles; tile++) {
    const int n = split_size(channels, tile), n_point = c->in.c * K * n;
    for (int ci = 0; ci < c->in.c; ci++)
      for (int kh = 0; kh < K; kh++)
        for (int o = 0; o < n; o++, packed++) {
          float u[N_POINTS];
          transform_weights(u, w.w + o * w.out + ci * w.in + kh * K * w.step, w.step);
          for (int k = 0; k < N_POINTS; k++) packed[k * n_point] = u[k];
        }
    packed += (N_POINTS - 1) * n_point;
    w.w += n * w.out;
  }
}

/* v = B d of a tile of 4 outputs. */
INLINE void transform_source_4(float *v, const size_t v_point, const vf d[N_POINTS]) {
  static const int PLACE[] = {0, 1, 2, 4, 5, 3}; /* winograd_in() has infinity last */
  vf value[N_POINTS];
  winograd_in(value, d, 4);
#pragma GCC unroll 8
  for (int k = 0; k < N_POINTS; k++) vf_store(v + (size_t)PLACE[k] * v_point, value[k]);
}

/* Of 3 outputs: the points' factors are such that G stays that of 4 outputs. */
INLINE void transform_source_3(float *v, const size_t v_point, const vf d[N_POINTS]) {
  const vf a = vf_set(P4), b = vf_set(Q4), square = vf_set(-P4 * P4);
  const vf even = vf_fma(square, d[0], d[2]), odd = vf_fma(square, d[1], d[3]);
  const vf upper = vf_fma(-b, d[2], d[3]), lower = vf_fma(-b, d[1], d[2]);
  vf_store(v, vf_fma(-b * b, even, b * odd));
  vf_store(v + v_point, (b + a) * vf_fma(a, lower, upper));
  vf_store(v + 2 * v_point, (b - a) * vf_fma(-a, lower, upper));
  vf_store(v + 3 * v_point, vf_fma(-b, odd, vf_fma(square, d[2], d[4])));
  vf_store(v + 4 * v_point, (b + b) * odd);
}

INLINE void transform_source_2(float *v, const size_t v_point, const vf d[N_POINTS]) {
  const vf a = vf_set(P4), square = vf_set(-P4 * P4), factor = vf_set(P4 * P4 - Q4 * Q4);
  vf_store(v, vf_set(-Q4 * Q4) * vf_fma(square, d[0], d[2]));
  vf_store(v + v_point, factor * vf_fma(a, d[1], d[2]));
  vf_store(v + 2 * v_point, factor * vf_fma(-a, d[1], d[2]));
  vf_store(v + 3 * v_point, vf_fma(square, d[1], d[3]));
}

/* A tile that may begin or end outside of a row, in all channels. */
INLINE void transform_end_of(float *v, const float *x, const Plan *plan, int first,
                             const int n_outputs) {
  enum { LEFT = K - 1 }; /* at most so many columns are left of the row */
  const int begin = -first, end = plan->c->in.w - first;
  x += first * LANES;
  for (int ci = 0; ci < plan->c->in.c; ci++, x += plan->c->in.stride, v += plan->v_channel)
    for (int lane = 0; lane < LANES; lane += VL) {
      vf d[N_POINTS];
#pragma GCC unroll 8
      for (int q = 0; q < n_outputs + K - 1; q++) {
        d[q] = (vf){0};
        if ((q >= LEFT || q >= begin) && q < end) d[q] = vf_load(x + q * LANES + lane);
      }
      if (n_outputs == 4) transform_source_4(v + lane, plan->v_point, d);
      if (n_outputs == 3) transform_source_3(v + lane, plan->v_point, d);
      if (n_outputs == 2) transform_source_2(v + lane, plan->v_point, d);
    }
}

static void transform_end(float *v, const float *x, const Plan *plan, int first, int n_outputs) {
  if (n_outputs == 4) transform_end_of(v, x, plan, first, 4);
  if (n_outputs == 3) transform_end_of(v, x, plan, first, 3);
  if (n_outputs == 2) transform_end_of(v, x, plan, first, 2);
}

/* Tiles of 4 outputs that lie inside. */
static void transform_inside(float *v, const float *x, const size_t v_point, int n) {
  for (; n > 0; n--, v += LANES, x += N_OUTPUTS * LANES)
    for (int lane = 0; lane < LANES; lane += VL) {
      vf d[N_POINTS];
#pragma GCC unroll 8
      for (int q = 0; q < N_POINTS; q++) d[q] = vf_load(x + q * LANES + lane);
      transform_source_4(v + lane, v_point, d);
    }
}

/* Source row r of all channels into its place in the ring. */
static void transform_row(float *ring, const float *x, const Plan *plan, int r) {
  const Correlation *c = plan->c;
  const int p = c->padding, n4 = plan->n4;
  /* Tiles begin .. end - 1 lie inside. */
  const int begin = p > 0 && n4 > 0;
  int end = n4;
  while (end > begin && N_OUTPUTS * (end - 1) - p + N_POINTS > c->in.w) end--;
  float *v = ring + (size_t)(r % ring_rows(plan)) * plan->v_row;
  x += (size_t)r * (size_t)c->in.w * LANES;
  float *to = v + n4 * LANES;
  int first = N_OUTPUTS * n4 - p;
  if (begin) transform_end(v, x, plan, -p, 4);
  for (int t = end; t < n4; t++) transform_end(v + t * LANES, x, plan, N_OUTPUTS * t - p, 4);
  if (plan->n3) transform_end(to, x, plan, first, 3), to += LANES, first += 3;
  if (plan->n2) transform_end(to, x, plan, first, 2);
  x += (N_OUTPUTS * begin - p) * LANES;
  v += begin * LANES;
  for (int ci = 0; ci < c->in.c; ci++, x += c->in.stride, v += plan->v_channel)
    transform_inside(v, x, plan->v_point, end - begin);
}

/* y = A m of the points of a tile. */
INLINE void transform_result_4(float *y, const float *const m[N_POINTS]) {
  static const int PLACE[] = {0, 1, 2, 4, 5, 3};
  for (int lane = 0; lane < LANES; lane += VL, y += VL) {
    vf k[N_POINTS], value[N_OUTPUTS];
#pragma GCC unroll 8
    for (int i = 0; i < N_POINTS; i++) k[i] = vf_load(m[PLACE[i]] + lane);
    winograd_out(value, k, 4);
#pragma GCC unroll 4
    for (int j = 0; j < N_OUTPUTS; j++) vf_store(y + j * LANES, value[j]);
  }
}

INLINE void transform_result_3(float *y, const float *const m[N_POINTS]) {
  for (int lane = 0; lane < LANES; lane += VL, y += VL) {
    vf k[N_POINTS];
    for (int i = 0; i < 5; i++) k[i] = vf_load(m[i] + lane);
    const vf even = k[1] + k[2], odd = k[1] - k[2];
    vf_store(y, k[0] + (even + k[4]));
    vf_store(y + LANES, vf_fma(vf_set(Q4), k[4], vf_set(P4) * odd));
    vf_store(y + 2 * LANES, vf_fma(vf_set(Q4 * Q4), k[4], vf_fma(vf_set(P4 * P4), even, k[3])));
  }
}

/* The last row's width may be 1. */
INLINE void transform_result_2(float *y, const float *const m[N_POINTS], int n_columns) {
  for (int lane = 0; lane < LANES; lane += VL, y += VL) {
    vf k[N_POINTS];
    for (int i = 0; i < 4; i++) k[i] = vf_load(m[i] + lane);
    vf_store(y, k[0] + (k[1] + k[2]));
    if (n_columns > 1) vf_store(y + LANES, vf_fma(vf_set(P4), k[1] - k[2], k[3]));
  }
}

/* Some tiles of some rows, of n_channels channels. */
typedef struct Group {
  int n_channels, n_rows;
  int first, n;       /* tiles */
  int n_of[N_POINTS]; /* those of them that have a point */
} Group;

/* m[point] is [channel][row][tile][16]. */
static void transform_results(float *y, const float *m, const Plan *plan, const Group *g) {
  const Correlation *c = plan->c;
  const float *at[N_POINTS];
  for (int k = 0; k < N_POINTS; k++) at[k] = m + k * M_POINT;
  y += g->first * N_OUTPUTS * LANES;
  for (int o = 0; o < g->n_channels; o++)
    for (int r = 0; r < g->n_rows; r++) {
      float *to = y + (size_t)o * c->out.stride + (size_t)(r * c->out.w) * LANES;
      for (int t = 0; t < g->n_of[5]; t++, to += N_OUTPUTS * LANES) {
        transform_result_4(to, at);
#pragma GCC unroll 8
        for (int k = 0; k < N_POINTS; k++) at[k] += LANES;
      }
      if (g->n_of[4] > g->n_of[5]) {
        transform_result_3(to, at);
        for (int k = 0; k < 5; k++) at[k] += LANES;
        to += 3 * LANES;
      }
      if (g->n > g->n_of[4]) {
        transform_result_2(to, at, c->out.w);
        for (int k = 0; k < 4; k++) at[k] += LANES;
      }
    }
}

static int least(int a, int b) {
  return a < b ? a : b;
}

static Group group_of(const Plan *plan, int n_rows, int first, int n) {
  Group g = {.n_rows = n_rows, .first = first, .n = n};
  for (int k = 0; k < N_POINTS; k++) {
    const int left = plan->n_tiles[k] - first;
    g.n_of[k] = left < 0 ? 0 : least(left, n);
  }
  return g;
}

/* The tiles of a group, all points, of the channels of one tile; u has their weights. */
static void multiply_points(WinogradTile *t, float *m, const float *u, const Plan *plan,
                            const Group *g, const float *const *rows) {
  const size_t n_u = (size_t)(t->n_in * K * g->n_channels);
  for (int k = 0; k < N_POINTS; k++, u += n_u, m += M_POINT) {
    if (g->n_of[k] == 0) continue;
    for (int r = 0; r < g->n_rows + t->n_kh - 1; r++)
      t->v[r] = rows[r] + (size_t)k * plan->v_point + (size_t)g->first * LANES;
    t->m = m;
    t->u = u;
    ISA_NAME(winograd_tile)(g->n_channels, g->n_rows, g->n_of[k], t->n_kh)(t);
    ahead_next(&t->ahead, (size_t)(t->n_in * t->n_kh), u);
  }
}

/* The rows of the output at y, all channels; rows are their transformed source rows. */
static void run_rows(WinogradTile *t, float *y, float *m, const float *packed, const Plan *plan,
                     int n_rows, const float *const *rows) {
  for (int i = 0, first = 0; i < plan->tiles.n_tiles; i++) {
    Group g = group_of(plan, n_rows, first, split_size(plan->tiles, i));
    const float *u = packed;
    float *to = y;
    for (int tile = 0; tile < plan->channels.n_tiles; tile++) {
      g.n_channels = split_size(plan->channels, tile);
      multiply_points(t, m, u, plan, &g, rows);
      transform_results(to, m, plan, &g);
      u += (size_t)g.n_channels * channel_floats(plan->c);
      to += (size_t)g.n_channels * plan->c->out.stride;
    }
    first += g.n;
  }
}

/* Kernel rows [begin, end) of output row i that meet the source. */
static int kh_begin(const Correlation *c, int i) {
  return i < c->padding ? c->padding - i : 0;
}
static int kh_end(const Correlation *c, int i) {
  return least(K, c->in.h + c->padding - i);
}

/* Rows from i on, before `end`, that are computed together. */
static int rows_from(const Plan *plan, int i, int end) {
  const Correlation *c = plan->c;
  const int last = i + plan->n_rows - 1;
  if (last >= end || kh_begin(c, i) > 0 || kh_end(c, last) < K) return 1;
  return plan->n_rows;
}

static void run(float *y, const float *x, const CorrelationCall *call) {
  Correlation c = *call->of;
  const Band band = call->band;
  c.out.c = band.n_channels;
  c.out.stride = band.stride;
  const Plan plan = plan_of(&c);
  const float *packed = call->packed + (size_t)band.channel * channel_floats(&c);
  float *m = call->scratch, *ring = m + N_POINTS * M_POINT;
  const int end = band.row + band.n_rows;
  WinogradTile t = {.v_channel = plan.v_channel, .n_in = c.in.c};
  const float *rows[WINOGRAD_ROWS + K - 1];
  t.ahead = ahead_start(&call->ahead, packed);
  for (int i = band.row, n_made = 0, n_rows; i < end; i += n_rows) {
    n_rows = rows_from(&plan, i, end);
    t.kh_begin = kh_begin(&c, i);
    t.n_kh = kh_end(&c, i) - t.kh_begin;
    const int first = i - c.padding + t.kh_begin, n_source = n_rows + t.n_kh - 1;
    for (int r = first; r < first + n_source; r++) {
      if (r >= n_made) transform_row(ring, x, &plan, r);
      rows[r - first] = ring + (size_t)(r % ring_rows(&plan)) * plan.v_row;
    }
    n_made = first + n_source;
    run_rows(&t, y, m, packed, &plan, n_rows, rows);
    y += (size_t)(n_rows * c.out.w) * LANES;
  }
}

const CorrelationAlgorithm ISA_NAME(correlation_winograd_rows) = {
    .name = "winograd rows",
    .fits = fits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
    .channel_step = channel_step,
};
