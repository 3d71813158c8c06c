#include "kernels/linear.h"

#include "vector/gradient_add.h"
#include "vector/kernel_set.h"
#include "vector/split.h"
#include "vector/vector.h"

/* Weights are read where they lie. A tile is a few outputs or a few features, whose sums over the
 * others stay in registers; each is one chain of fused multiply-adds per lane in the order of the
 * indices, whatever the tile. */
enum {
  PARTS = LANES / VL,          /* vectors of 16 lanes */
  OUTPUTS = VL == 16 ? 8 : 6,  /* of a tile of y */
  FEATURES = VL == 16 ? 16 : 6 /* of a tile of dx */
};

static int n_features(Shape in) {
  return in.c * in.h * in.w;
}

/* Floats between the last feature of a channel and the first of the next. */
static size_t gap_of(Shape in) {
  return in.stride - (size_t)in.h * (size_t)in.w * LANES;
}

/* Where the features lie, one after another. */
typedef struct Places {
  Shape in;
  size_t next;
  int element; /* of its channel */
} Places;

static void take_places(size_t *at, Places *places, int n) {
  const int n_map = places->in.h * places->in.w;
  for (int i = 0; i < n; i++) {
    if (places->element == n_map) places->next += gap_of(places->in), places->element = 0;
    at[i] = places->next;
    places->next += LANES;
    places->element++;
  }
}

/* One output [16] of each row of weights w[co][n_in], from what is in y on. */
INLINE void forward_tile(float *y, const float *x, const float *w, Shape in, const int co) {
  const size_t n_in = (size_t)n_features(in), gap = gap_of(in);
  vf acc[OUTPUTS][PARTS];
#pragma GCC unroll 8
  for (int c = 0; c < co; c++) {
#pragma GCC unroll 4
    for (int k = 0; k < PARTS; k++) acc[c][k] = vf_load(y + c * BLOCK_LINE + k * VL);
  }
  for (int channel = 0; channel < in.c; channel++, x += gap) {
#pragma GCC unroll 1
    for (int i = in.h * in.w; i > 0; i--, x += LANES, w++) {
      vf v[PARTS];
#pragma GCC unroll 4
      for (int k = 0; k < PARTS; k++) v[k] = vf_load(x + k * VL);
#pragma GCC unroll 8
      for (int c = 0; c < co; c++) {
        const vf weight = vf_set(w[(size_t)c * n_in]);
#pragma GCC unroll 4
        for (int k = 0; k < PARTS; k++) acc[c][k] = vf_fma(weight, v[k], acc[c][k]);
      }
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < co; c++) {
#pragma GCC unroll 4
    for (int k = 0; k < PARTS; k++) vf_store(y + c * BLOCK_LINE + k * VL, acc[c][k]);
  }
}

/* dx of n features, which are at[]; w is at the first of them, in the row of output 0. */
INLINE void data_tile(float *dx, const size_t *at, const float *dy, const float *w,
                      const LinearCall *call, const int n) {
  const size_t n_row = (size_t)call->n_row;
  vf acc[FEATURES][PARTS];
#pragma GCC unroll 16
  for (int i = 0; i < n; i++) {
#pragma GCC unroll 4
    for (int k = 0; k < PARTS; k++) acc[i][k] = (vf){0};
  }
#pragma GCC unroll 1
  for (int o = call->n_out; o > 0; o--, dy += BLOCK_LINE, w += n_row) {
    fetch(w + FEATURES); /* for the next tile */
    vf v[PARTS];
#pragma GCC unroll 4
    for (int k = 0; k < PARTS; k++) v[k] = vf_load(dy + k * VL);
#pragma GCC unroll 16
    for (int i = 0; i < n; i++) {
      const vf weight = vf_set(w[i]);
#pragma GCC unroll 4
      for (int k = 0; k < PARTS; k++) acc[i][k] = vf_fma(weight, v[k], acc[i][k]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < n; i++) {
#pragma GCC unroll 4
    for (int k = 0; k < PARTS; k++) vf_store(dx + at[i] + k * VL, acc[i][k]);
  }
}

/* Functions of constant sizes, and tables of them. */
// clang-format off
#define FORWARD(co)                                                                               \
  static void forward_##co(float *y, const float *x, const float *w, Shape in) {                  \
    forward_tile(y, x, w, in, co);                                                                \
  }
#define DATA(n)                                                                                   \
  static void data_##n(float *dx, const size_t *at, const float *dy, const float *w,              \
                       const LinearCall *call) {                                                  \
    data_tile(dx, at, dy, w, call, n);                                                            \
  }
#define FORWARD_NAME(n) forward_##n,
#define DATA_NAME(n) data_##n,
#define TO_6(F) F(1) F(2) F(3) F(4) F(5) F(6)
#define TO_8(F) TO_6(F) F(7) F(8)
#define TO_16(F) TO_8(F) F(9) F(10) F(11) F(12) F(13) F(14) F(15) F(16)
#if defined ISA_IS_AVX512
#define EACH_OUTPUTS TO_8
#define EACH_FEATURES TO_16
#else
#define EACH_OUTPUTS TO_6
#define EACH_FEATURES TO_6
#endif
// clang-format on

EACH_OUTPUTS(FORWARD)
EACH_FEATURES(DATA)

static void forward(float *y, const float *x, const LinearCall *call) {
  static void (*const tiles[OUTPUTS])(float *, const float *, const float *,
                                      Shape) = {EACH_OUTPUTS(FORWARD_NAME)};
  const Split outputs = split(call->n_out, OUTPUTS);
  const float *w = call->weight;
  for (int o = 0; o < call->n_out; o++)
    for (int l = 0; l < LANES; l++) y[o * BLOCK_LINE + l] = call->bias ? call->bias[o] : 0;
  for (int tile = 0; tile < outputs.n_tiles; tile++) {
    const int n = split_size(outputs, tile);
    tiles[n - 1](y, x, w, call->in);
    y += n * BLOCK_LINE;
    w += (size_t)n * (size_t)n_features(call->in);
  }
}

static void backward_data(float *dx, const float *dy, const LinearCall *call) {
  static void (*const tiles[FEATURES])(float *, const size_t *, const float *, const float *,
                                       const LinearCall *) = {EACH_FEATURES(DATA_NAME)};
  const Split features = split(n_features(call->in), FEATURES);
  const float *w = call->weight;
  Places places = {.in = call->in};
  for (int tile = 0; tile < features.n_tiles; tile++) {
    const int n = split_size(features, tile);
    size_t at[FEATURES];
    take_places(at, &places, n);
    tiles[n - 1](dx, at, dy, w, call);
    w += n;
  }
}

/* dw[o][i] has no lanes: its vectors are features. So features come to lie side by side in a small
 * array [16 lanes][WIDTH]. */
enum { VECTORS = VL == 16 ? 4 : 2, WIDTH = VECTORS * VH, ROWS = 4 };

/* Of two vectors with distance h in a matrix: the blocks of h x h off the diagonal change places.
 */
#define FIRST(i, h) ((i) & (h)) ? VL + (i) - (h) : (i)
#define SECOND(i, h) ((i) & (h)) ? VL + (i) : (i) + (h)
#define OF_4(F, h) F(0, h), F(1, h), F(2, h), F(3, h)
#define OF_8(F, h) OF_4(F, h), F(4, h), F(5, h), F(6, h), F(7, h)
#define OF_16(F, h)                                                                                \
  OF_8(F, h), F(8, h), F(9, h), F(10, h), F(11, h), F(12, h), F(13, h), F(14, h), F(15, h)
#if defined ISA_IS_AVX512
#define OF_VL OF_16
#elif defined ISA_IS_AVX2
#define OF_VL OF_8
#else
#define OF_VL OF_4
#endif
#define SWAP_BLOCKS(v, h)                                                                          \
  for (int i = 0; i < VL; i++) {                                                                   \
    if (i & (h)) continue;                                                                         \
    const vf a = (v)[i], b = (v)[i + (h)];                                                         \
    (v)[i] = VF_SHUFFLE(a, b, OF_VL(FIRST, h));                                                    \
    (v)[i + (h)] = VF_SHUFFLE(a, b, OF_VL(SECOND, h));                                             \
  }

/* A square of values: v[i][j] becomes v[j][i]. */
static inline void transpose(vf v[VL]) {
#if VL_BYTES >= 64
  SWAP_BLOCKS(v, 8)
#endif
#if VL_BYTES >= 32
  SWAP_BLOCKS(v, 4)
#endif
  SWAP_BLOCKS(v, 2)
  SWAP_BLOCKS(v, 1)
}

/* to[lane][WIDTH] = n features of x, and zeros after them. */
static void turn_features(double *to, const float *x, const size_t *at, int n) {
  static const float ZEROS[LANES] CACHE_LINE = {0};
  for (int first = 0; first < WIDTH; first += VL)
    for (int lane = 0; lane < LANES; lane += VL) {
      vf v[VL];
      for (int i = 0; i < VL; i++)
        v[i] = vf_load((first + i < n ? x + at[first + i] : ZEROS) + lane);
      transpose(v);
      for (int i = 0; i < VL; i++) {
        double *row = to + (lane + i) * WIDTH + first;
        for (int h = 0; h < VL; h += VH) vdh_store(row + h, vdh_of_floats((float *)&v[i] + h));
      }
    }
}

/* Terms dy[o] x[i] of some outputs and features. Those of floats are exact in double precision, so
 * that each is rounded once: to the grid. */
typedef struct Terms {
  int64_t *dw;     /* of the first output and feature */
  const double *x; /* [16 lanes][WIDTH] */
  const float *dy; /* [outputs][16] */
  size_t n_in;
  int n; /* features */
  double limit;
} Terms;

/* For terms that are small (gradient_add.h). */
INLINE void weights_tile(const Terms *t, const int rows) {
  const vdh magic = GRADIENT_MAGIC + (vdh){0};
  const double *x = t->x;
  const float *dy = t->dy;
  vlu acc[ROWS][VECTORS];
#pragma GCC unroll 4
  for (int o = 0; o < rows; o++) {
#pragma GCC unroll 4
    for (int k = 0; k < VECTORS; k++) acc[o][k] = -LANES * (vlu)magic;
  }
#pragma GCC unroll 1
  for (int lane = 0; lane < LANES; lane++, x += WIDTH, dy++) {
    vdh v[VECTORS];
#pragma GCC unroll 4
    for (int k = 0; k < VECTORS; k++) v[k] = vdh_load(x + k * VH);
#pragma GCC unroll 4
    for (int o = 0; o < rows; o++) {
      const vdh d = dy[o * BLOCK_LINE] - (vdh){0};
#pragma GCC unroll 4
      for (int k = 0; k < VECTORS; k++) acc[o][k] += (vlu)vdh_add_product(magic, d, v[k]);
    }
  }
  int64_t *dw = t->dw;
#pragma GCC unroll 4
  for (int o = 0; o < rows; o++, dw += t->n_in) {
    int64_t sum[WIDTH];
    memcpy(sum, acc[o], sizeof sum);
    for (int i = 0; i < t->n; i++) dw[i] += sum[i];
  }
}

/* For any terms. */
static int add_terms(const Terms *t, int rows) {
  int out_of_range = 0;
  for (int o = 0; o < rows; o++)
    for (int i = 0; i < t->n; i++)
      for (int l = 0; l < LANES; l++) {
        const double term = t->x[l * WIDTH + i] * (double)t->dy[o * BLOCK_LINE + l];
        if (__builtin_fabs(term) < t->limit)
          t->dw[(size_t)o * t->n_in + (size_t)i] +=
              (int64_t)__builtin_rint(term / EXACT_GRADIENT_STEP);
        else
          out_of_range = 1;
      }
  return out_of_range;
}

static void weights_small(const Terms *t, int rows) {
  switch (rows) {
  case 1:
    weights_tile(t, 1);
    break;
  case 2:
    weights_tile(t, 2);
    break;
  case 3:
    weights_tile(t, 3);
    break;
  default:
    weights_tile(t, ROWS);
    break;
  }
}

/* The largest magnitude in n vectors of 16 lanes, which are at[]; NaN if there is one. */
static double largest_of(const float *x, const size_t *at, int n) {
  vi largest = {0};
  int32_t bits = 0;
  for (int i = 0; i < n; i++)
    for (int l = 0; l < LANES; l += VL)
      largest = vi_max(largest, vf_magnitude(x + (at ? at[i] : (size_t)i * BLOCK_LINE) + l));
  for (int i = 0; i < VL; i++) bits = largest[i] > bits ? largest[i] : bits;
  return (double)magnitude_value(bits);
}

/* The lanes of several outputs lie side by side where they fill a line each. */
static int add_biases(int64_t *db, const float *dy, const LinearCall *call) {
  const size_t together = (int)LANES == (int)BLOCK_LINE ? (size_t)call->n_out : 1;
  int out_of_range = 0;
  for (size_t o = 0; o < (size_t)call->n_out; o += together)
    out_of_range |=
        ISA_NAME(gradient_add_lanes)(db + o, dy + o * BLOCK_LINE, together, call->limit);
  return out_of_range;
}

static int backward_weights(int64_t *dw, int64_t *db, const float *x, const float *dy,
                            const LinearCall *call) {
  const Split outputs = split(call->n_out, ROWS);
  const int n_in = n_features(call->in);
  const double largest = largest_of(dy, NULL, call->n_out);
  const double small = call->limit < GRADIENT_SMALL ? call->limit : GRADIENT_SMALL;
  Places places = {.in = call->in};
  int out_of_range = 0;
  for (int first = 0; first < n_in; first += WIDTH) {
    const int n = n_in - first < WIDTH ? n_in - first : WIDTH;
    size_t at[WIDTH];
    double turned[LANES * WIDTH] CACHE_LINE;
    take_places(at, &places, n);
    turn_features(turned, x, at, n);
    const int is_small = largest * largest_of(x, at, n) < small;
    for (int tile = 0, o = 0; tile < outputs.n_tiles; tile++) {
      const int rows = split_size(outputs, tile);
      const Terms terms = {dw + (size_t)o * (size_t)n_in + first,
                           turned,
                           dy + o * BLOCK_LINE,
                           (size_t)n_in,
                           n,
                           call->limit};
      if (is_small)
        weights_small(&terms, rows);
      else
        out_of_range |= add_terms(&terms, rows);
      o += rows;
    }
  }
  return out_of_range | (db ? add_biases(db, dy, call) : 0);
}

static size_t scratch_size(Shape in) {
  (void)in;
  return 0;
}

const LinearKernels ISA_NAME(linear) = {.scratch_size = scratch_size,
                                        .forward = forward,
                                        .backward_data = backward_data,
                                        .backward_weights = backward_weights};
