#ifndef NORMLAB_KERNELS_WINOGRAD_WEIGHTS_H
#define NORMLAB_KERNELS_WINOGRAD_WEIGHTS_H
/* The gradient of the weights of a 3x3 convolution with stride 1 by Winograd's minimal filtering in
 * two dimensions (Winograd, "Arithmetic complexity of computations", 1980).
 *
 * In one dimension, the sums dw[k] = sum over j < 4 of dy[j] x[j + k], k < 3, take six products:
 *
 *   dw = A ((G dy) . (B x))
 *
 * where row i of G evaluates the polynomial sum of dy[j] t^j at the point t_i, row i of B has the
 * coefficients of the polynomial that is zero at the other finite points, and A[k][i] is t_i^k
 * times a scale. In two dimensions B acts on the rows and columns of tiles of 6x6 pixels of x, G
 * on those of 4x4 pixels of dy, and A on the sums over all tiles of the products: 36 multiply-adds
 * for 16 pixels instead of 144.
 *
 * The points are 0, infinity, a, -a, b, -b. The last tile of a row or column of dy has as many
 * pixels as are left. One of three pixels does without infinity, with the same B, G and A; one of
 * two pixels without b and -b; one of one pixel without any of them. A is the same for all of them,
 * so that their products are added to the same sums.
 *
 * The points decide the rounding errors: of the pairs a, b that were tried, 11/16 and 3/2 have
 * nearly the least. The root of the mean squared error is 1.4 to 3.8 times that of the direct
 * algorithm, the largest error 1.3 to 4.8 times. With the points 1 and 2 errors are more than
 * twice as large. */
#include "vector/kernel_set.h"
#include "vector/vector.h"

enum {
  TILE_SIZE = 4,             /* rows and columns of a whole tile of dy */
  SOURCE_SIZE = 6,           /* those of x, and points of each direction */
  N_PAIRS = SOURCE_SIZE / 2, /* of points: 0 and infinity, a and -a, b and -b */
  N_PLANES = SOURCE_SIZE * SOURCE_SIZE,
  PAIR_PLANES = 2 * SOURCE_SIZE /* of a pair of rows of points */
};

/* Some rows of tiles of an image of dy of height x width pixels. */
typedef struct TileBand {
  int height, width;
  int first_row, n_rows, n_columns;
} TileBand;

/* Returns the number of pixels, up to TILE_SIZE, of tile t of a row or column of n. */
static inline int tile_size(int n, int t) {
  return n - TILE_SIZE * t < TILE_SIZE ? n - TILE_SIZE * t : TILE_SIZE;
}

/* Whether a tile of so many pixels has the point. */
static inline int tile_has(int size, int point) {
  return (point < 4 || size >= 3) && (point != 1 || size % 2 == 0);
}

/* The rows and columns of tiles that have a point. */
static inline int tile_rows(const TileBand *b, int point) {
  const int last = b->first_row + b->n_rows - 1;
  return b->n_rows - !tile_has(tile_size(b->height, last), point);
}
static inline int tile_columns(const TileBand *b, int point) {
  return b->n_columns - !tile_has(tile_size(b->width, b->n_columns - 1), point);
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

/* The points, and the scales of A at them: at 0 it is 1. */
#define POINT_A (11.0 / 16)
#define POINT_B (3.0 / 2)
#define SQUARE_A (POINT_A * POINT_A)
#define SQUARE_B (POINT_B * POINT_B)
#define SCALE_A (1 / (2 * SQUARE_A * (SQUARE_A - SQUARE_B)))
#define SCALE_B (1 / (2 * SQUARE_B * (SQUARE_B - SQUARE_A)))
#define SCALE_INFINITY (SQUARE_A * SQUARE_B)

/* Adds A's products with the sums m of a pair of points to the sums of three taps. */
INLINE void winograd_add_pair(vf sum[3], const vf m[2], const int pair) {
  if (pair == 0) {
    sum[0] += m[0];
    sum[2] = vf_fma(vf_set((float)SCALE_INFINITY), m[1], sum[2]);
    return;
  }
  const double scale = pair == 1 ? SCALE_A : SCALE_B, point = pair == 1 ? POINT_A : POINT_B;
  const vf even = m[0] + m[1], odd = m[0] - m[1];
  sum[0] = vf_fma(vf_set((float)scale), even, sum[0]);
  sum[1] = vf_fma(vf_set((float)(scale * point)), odd, sum[1]);
  sum[2] = vf_fma(vf_set((float)(scale * point * point)), even, sum[2]);
}

#endif
