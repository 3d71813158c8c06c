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

/* Tiles of m x l outputs need (m + 2)(l + 2) products each, and the transforms of the inputs, of
 * each input channel, and of the products, of each output channel. A product takes a tenth less
 * than one of the direct algorithm, but twice and more where one or two tiles are all, and a
 * transform of a point as long as `transform` products. Times as fast as direct, of so many
 * channels of so many pixels and padding, with AVX-512 and AVX2:
 *
 *                 2x2           3x3           3x4
 *    8  24x24  0  0.97  1.29    1.15  1.59    1.24  1.76
 *    8  26x26  2  0.80  1.06    0.91  1.30    0.98  1.33
 *   12  10x10  2  0.74  0.93    0.65  0.88    0.72  0.99
 *   16  28x28  0  1.30  1.64    1.48  1.93    1.68  2.20
 *   16   8x8   1  1.05  1.41    1.12  1.56    1.35  1.92
 *   16   4x4   1  1.02  1.78    0.61  1.13    0.81  1.69
 *   32  10x10  0  1.86  1.97    1.69  1.91    1.93  2.18
 *   32   5x5   1  0.89  1.61    1.12  2.08    0.95  1.77
 *   64  26x26  0  2.39  2.43    2.86  3.23    3.10  3.51
 *
 * The terms are nearest to the first column of each pair, so that little is lost there. */
static double tiles(const Correlation *c, int rows, int columns, double transform) {
  const double n_tiles =
      (double)((c->out.h + rows - 1) / rows) * ((c->out.w + columns - 1) / columns);
  const double product = 0.9 * fmax(1, 2.5 / n_tiles);
  const double point = product * c->in.c * c->out.c + transform * (c->in.c + c->out.c);
  return n_tiles * (rows + 2) * (columns + 2) / (c->out.h * c->out.w) * point;
}

static double correlation_tiles2x2(const Correlation *c) {
  return tiles(c, 2, 2, 6.5);
}

static double correlation_tiles3x3(const Correlation *c) {
  return tiles(c, 3, 3, 8.5);
}

/* With few input channels the direct algorithm's error is so small that larger tiles have more than
 * four times as much: winograd_transform.h. */
static double correlation_tiles3x4(const Correlation *c) {
  return c->in.c >= 8 ? tiles(c, 3, 4, 8.2) : INFINITY;
}

static double weights_direct(const ConvShape *s) {
  return (double)s->in.c * s->out.c * s->kernel * s->kernel;
}

/* Products, their transforms for each band of 8 tiles, and the transforms of x's and dy's tiles.
 * Speed beside direct, with AVX-512 and AVX2:
 *
 *   channels  outputs 7x7     8x8         9x9         12x12       24x24
 *   3 -> 16   0.61, 0.81  0.66, 0.90  0.89, 1.19  0.91, 1.28  0.86, 1.28
 *   8 -> 8    0.78, 0.87  0.89, 0.99  1.01, 1.23  1.25, 1.37  1.13, 1.29
 *   16 -> 16  0.88, 1.03  1.10, 1.20  1.27, 1.50  1.43, 1.66  1.38, 1.59
 *   32 -> 32  0.89, 1.15  1.08, 1.35  1.39, 1.70  1.60, 1.94  1.65, 1.97
 *   64 -> 64  0.88, 1.17  1.07, 1.40  1.40, 1.73  1.63, 1.94  1.82, 1.99
 *
 * Over few pixels the direct algorithm adds so little that this one's errors pass four times its
 * own: winograd_weights.h. */
static double weights_winograd(const ConvShape *s) {
  const int pixels = smaller(s->in.h, s->out.h) * smaller(s->in.w, s->out.w);
  if (pixels < (s->padding == 2 ? 64 : 49)) return INFINITY;
  const double rows = (s->out.h + 2) / 3, columns = (s->out.w + 2) / 3; /* of tiles */
  const double products = (s->out.h + 2 * rows) * (s->out.w + 2 * columns);
  const double bands = ceil(rows / (columns < 8 ? floor(8 / columns) : 1));
  const double pairs = (double)s->in.c * s->out.c;
  const double cost =
      pairs * (1.5 * products + 75 * bands) + 90 * (s->in.c + s->out.c) * rows * columns;
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
