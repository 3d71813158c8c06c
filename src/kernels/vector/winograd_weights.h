#ifndef NORMLAB_KERNELS_WINOGRAD_WEIGHTS_H
#define NORMLAB_KERNELS_WINOGRAD_WEIGHTS_H
/* The gradient of the weights of a 3x3 convolution with stride 1 by Winograd's minimal filtering in
 * two dimensions (Winograd, "Arithmetic complexity of computations", 1980).
 *
 * In one dimension, the sums dw[k] = sum over j < 3 of dy[j] x[j + k], k < 3, take five products:
 *
 *   dw = A ((G dy) . (B x))
 *
 * where row i of G evaluates the polynomial sum of dy[j] t^j at the point t_i, row i of B has the
 * coefficients of the polynomial that is zero at the other finite points, and A[k][i] is t_i^k
 * times a scale. In two dimensions B acts on the rows and columns of tiles of 5x5 pixels of x, G
 * on those of 3x3 pixels of dy, and A on the sums over all tiles of the products: 25 multiply-adds
 * for 9 pixels instead of 81.
 *
 * The points are a, -a, b, -b and infinity, those of winograd_transform.h for 3 outputs. The last
 * tile of a row or column of dy has as many pixels as are left: one of two pixels does without
 * infinity, one of one pixel without b and -b. A is the same for all of them, so that their
 * products are added to the same sums.
 *
 * Of 4,340 draws of weights' gradients of 1 to 70 channels and up to 61x61 pixels, padding 0 to 2,
 * for which conv_choice.c takes this algorithm, with x normal, uniform, positive, after a ReLU, and
 * that with dy small but for one element in eight, the largest error was at most 3.5 times the
 * direct algorithm's largest, and 2 times on average. Over fewer than 49 pixels it was up to 8
 * times, and tiles of 4x4 pixels of dy have up to 7 times. */
#include "vector/kernel_set.h"
#include "vector/winograd_transform.h"

enum {
  TILE_SIZE = 3,   /* rows and columns of a whole tile of dy */
  SOURCE_SIZE = 5, /* those of x, and points of each direction */
  N_PAIRS = 3,     /* of points: a and -a, b and -b, and infinity alone */
  N_PLANES = SOURCE_SIZE * SOURCE_SIZE
};

/* The number of points of a pair. */
static inline int pair_points(int pair) {
  return pair < 2 ? 2 : 1;
}

/* Some rows of tiles of an image of dy of height x width pixels. */
typedef struct TileBand {
  int height, width;
  int first_row, n_rows, n_columns;
} TileBand;

/* Returns the number of pixels, up to TILE_SIZE, of tile t of a row or column of n. */
static inline int tile_size(int n, int t) {
  return n - TILE_SIZE * t < TILE_SIZE ? n - TILE_SIZE * t : TILE_SIZE;
}

/* Whether a tile of so many pixels has the pair of points. */
static inline int tile_has(int size, int pair) {
  return size == 3 || pair == (size == 2 ? 1 : 2) || pair == 0;
}

/* The rows and columns of tiles that have a point. */
static inline int tile_rows(const TileBand *b, int point) {
  const int last = b->first_row + b->n_rows - 1;
  return b->n_rows - !tile_has(tile_size(b->height, last), point / 2);
}
static inline int tile_columns(const TileBand *b, int point) {
  return b->n_columns - !tile_has(tile_size(b->width, b->n_columns - 1), point / 2);
}

/* The transformed tiles of n channels at one point of both directions are a plane
 * [tiles that have it][n][16], row of tiles by row of tiles. Returns the floats from plane to
 * plane, an odd number of cache lines. */
static inline size_t plane_floats(const TileBand *b, int n) {
  return ((size_t)(b->n_rows * b->n_columns * n) | 1) * LANES;
}

/* Write the planes [N_PLANES] of the n first channels of x (of dy), those of the points of rows
 * changing slowest. zeros is a row of zeros as wide as x (as dy). */
void ISA_NAME(winograd_weights_x)(float *planes, const float *x, Shape in, int n, int padding,
                                  const TileBand *band, const float *zeros);
void ISA_NAME(winograd_weights_dy)(float *planes, const float *dy, Shape out, int n,
                                   const TileBand *band, const float *zeros);

/* The squares of the points, and the scales of A at them: at infinity it is 1. */
#define SQUARE_A ((double)P3 * (double)P3)
#define SQUARE_B ((double)Q3 * (double)Q3)
#define SCALE_A (1 / (2 * (double)P3 * (SQUARE_A - SQUARE_B)))
#define SCALE_B (1 / (2 * (double)Q3 * (SQUARE_B - SQUARE_A)))

/* Adds A's products with the sums m of a pair of points to the sums of three taps. */
INLINE void winograd_add_pair(vf sum[3], const vf m[2], const int pair) {
  if (pair == 2) {
    sum[2] += m[0];
    return;
  }
  const double scale = pair == 0 ? SCALE_A : SCALE_B, point = (double)(pair == 0 ? P3 : Q3);
  const vf sum_of = m[0] + m[1], difference = m[0] - m[1];
  sum[0] = vf_fma(vf_set((float)scale), difference, sum[0]);
  sum[1] = vf_fma(vf_set((float)(scale * point)), sum_of, sum[1]);
  sum[2] = vf_fma(vf_set((float)(scale * point * point)), difference, sum[2]);
}

#endif
