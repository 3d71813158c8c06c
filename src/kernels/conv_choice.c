/* Which algorithm computes a direction of a convolution: the one of the least cost by the
 * functions below. They count, for one output pixel of all channels, in the time that a core takes
 * for a vector multiply-add at its peak; the numbers in them were measured with bench_conv, data in
 * the caches, on processors whose 512-bit operations take one cycle and with AVX2, which stands for
 * those where they take two. */
#include "conv_algorithm.h"
#include "vector/kernel_set.h"
#include <math.h>

static int smaller(int a, int b) {
  return a < b ? a : b;
}

/* The share of the products that do not meet the padding, along n outputs. */
static double inside(const Correlation *c, int n) {
  const int outside = c->padding * (c->padding + 1);
  return 1 - (double)outside / (c->kernel * n);
}

/* Of padded 3x3 kernels at stride 1, products with the padding are left out. */
static double correlation_direct(const Correlation *c) {
  const double all = (double)c->in.c * c->out.c * c->kernel * c->kernel;
  if (c->kernel != 3 || c->stride != 1 || c->dilation != 1) return all;
  return all * inside(c, c->out.h) * inside(c, c->out.w);
}

/* Products of the points of a row of tiles, the transforms of each point, and each call for 4
 * channels by up to 6 tiles. Rows that lack kernel rows are computed one by one, others of up to 3
 * tiles together. The numbers 4 and 50 are fitted to 786 shapes of 1 to 70 channels, 4 to 45
 * columns and padding 0 to 2, for which it was 0.33 to 2.3 times as fast as the direct algorithm on
 * a Zen 5; a twentieth is added so that it is chosen where it wins. It is for 328 of them, and
 * slower in two, by a tenth (very short padded rows), on that processor, and in none with AVX2. */
static double correlation_winograd_rows(const Correlation *c) {
  enum { TRANSFORM = 4, CALL = 50 };
  static const int TOGETHER[] = {1, 4, 3, 2};
  const int left = c->out.w % 4, n_tiles = (c->out.w + 3) / 4;
  const int points = 6 * (c->out.w / 4) + (left ? left + 2 : 0); /* 1 left: 5 + 4 for 6 + 3 */
  const int n_short = smaller(c->out.h, 2 * c->padding), n_whole = c->out.h - n_short;
  const int together = n_tiles <= 3 ? TOGETHER[n_tiles] : 1;
  const int n_calls = (n_short + n_whole / together + n_whole % together) * ((n_tiles + 5) / 6) *
                      ((c->out.c + 3) / 4) * 6;
  const double products = (double)c->in.c * c->out.c * c->out.h * 3 * inside(c, c->out.h);
  const double transforms = TRANSFORM * ((double)c->in.c * c->in.h + (double)c->out.c * c->out.h);
  const double cost = points * (products + transforms) + CALL * (double)n_calls;
  return 1.05 * cost / (c->out.h * c->out.w);
}

/* Tiles of m x m outputs need (m + 2)^2 products each, and the transforms of the inputs, of each
 * input channel, and of the products, of each output channel. A product takes a tenth less than one
 * of the direct algorithm, but twice and more where one or two tiles are all, and a transform of a
 * point as long as `transform` products. Times as fast as the direct algorithm, of so many channels
 * of so many pixels and padding, with AVX-512 and AVX2:
 *
 *                 m = 2         m = 3         m = 4
 *    8  24x24  0  0.91  1.26    1.10  1.60    1.39  1.95
 *    8  26x26  2  0.76  1.07    0.90  1.34    0.98  1.46
 *   12   8x8   2  0.63  0.93    0.66  1.05    1.00  1.49
 *   16  28x28  0  1.30  1.67    1.50  1.94    1.99  2.60
 *   16   8x8   1  1.03  1.43    1.09  1.59    1.59  2.30
 *   16   4x4   1  1.04  1.79    0.61  1.13    0.96  2.01
 *   32  10x10  0  1.85  1.98    1.69  1.92    2.04  2.42
 *   32   5x5   1  0.88  1.62    1.14  2.10    0.82  1.47
 *   64  26x26  0  2.22  2.11    2.76  2.78    3.17  3.18
 *
 * The terms are nearest to the first column of each pair, so that little is lost there. */
static double tiles(const Correlation *c, int m, double transform) {
  const double n_tiles = (double)((c->out.h + m - 1) / m) * ((c->out.w + m - 1) / m);
  const double product = 0.9 * fmax(1, 2.5 / n_tiles);
  const double point = product * c->in.c * c->out.c + transform * (c->in.c + c->out.c);
  return n_tiles * (m + 2) * (m + 2) / (c->out.h * c->out.w) * point;
}

static double correlation_tiles2(const Correlation *c) {
  return tiles(c, 2, 6.5);
}

static double correlation_tiles3(const Correlation *c) {
  return tiles(c, 3, 8.5);
}

/* With few input channels the direct algorithm's error is so small that these tiles have more than
 * four times as much. */
static double correlation_tiles4(const Correlation *c) {
  return c->in.c >= 8 ? tiles(c, 4, 8) : INFINITY;
}

static double weights_direct(const ConvShape *s) {
  return (double)s->in.c * s->out.c * s->kernel * s->kernel;
}

/* Products, their transforms for each band of 16 tiles, and the transforms of x's and dy's tiles.
 * With 512-bit operations of one cycle; where they take two, transforms cost less beside products.
 * Speed beside direct, with AVX-512 and AVX2:
 *
 *   channels  outputs 5x5     9x9         12x12       24x24       61x61
 *   3 -> 16   0.56, 0.73  0.73, 1.09  0.96, 1.41  1.07, 1.50  0.94, 1.33
 *   8 -> 8    0.61, 0.78  0.91, 1.20  1.44, 1.70  1.40, 1.69  1.30, 1.56
 *   16 -> 16  0.75, 1.00  1.17, 1.47  1.74, 2.09  1.75, 2.12  1.59, 1.81
 *   32 -> 32  0.82, 1.11  1.19, 1.57  1.87, 2.20  2.06, 2.23
 *   64 -> 64  0.87, 1.15  1.27, 1.73  1.89, 2.42  1.89, 2.23 */
static double weights_winograd(const ConvShape *s) {
  const double rows = (s->out.h + 3) / 4, columns = (s->out.w + 3) / 4; /* of tiles */
  const double products = (s->out.h + 2 * rows) * (s->out.w + 2 * columns);
  const double bands = ceil(rows / (columns < 16 ? floor(16 / columns) : 1));
  const double pairs = (double)s->in.c * s->out.c;
  const double cost =
      pairs * (1.45 * products + 125 * bands) + 185 * (s->in.c + s->out.c) * rows * columns;
  return cost / ((double)s->out.h * s->out.w);
}

#define CORRELATION_COST(id, name) [CORRELATION_##id] = correlation_##name,
#define WEIGHTS_COST(id, name) [WEIGHTS_##id] = weights_##name,
static double (*const CORRELATION_COSTS[])(const Correlation *) = {
    CORRELATION_LIST(CORRELATION_COST)};
static double (*const WEIGHTS_COSTS[])(const ConvShape *) = {WEIGHTS_LIST(WEIGHTS_COST)};

/* The direct algorithm is the first. */
static int first_of(ConvChoice choice) {
  return choice == CHOOSE_WINOGRAD ? 1 : 0;
}

CorrelationId conv_choose_correlation(ConvChoice choice, const Correlation *whole) {
  CorrelationId best = CORRELATION_DIRECT;
  double least = INFINITY;
  for (int i = first_of(choice); choice != CHOOSE_DIRECT && i < N_CORRELATIONS; i++) {
    const CorrelationAlgorithm *row = kernel_set()->correlations[i];
    if (row->fits && !row->fits(whole)) continue;
    const double cost = CORRELATION_COSTS[i](whole);
    if (cost >= least) continue;
    best = (CorrelationId)i;
    least = cost;
  }
  return best;
}

WeightsId conv_choose_weights(ConvChoice choice, const ConvShape *whole) {
  WeightsId best = WEIGHTS_DIRECT;
  double least = INFINITY;
  for (int i = first_of(choice); choice != CHOOSE_DIRECT && i < N_WEIGHTS; i++) {
    const WeightsAlgorithm *row = kernel_set()->weights[i];
    if (row->fits && !row->fits(whole)) continue;
    const double cost = WEIGHTS_COSTS[i](whole);
    if (cost >= least) continue;
    best = (WeightsId)i;
    least = cost;
  }
  return best;
}
