#ifndef NORMLAB_KERNELS_WINOGRAD_TILES_H
#define NORMLAB_KERNELS_WINOGRAD_TILES_H
/* The two-dimensional Winograd correlation of one instruction set: tiles of outputs, of m rows and
 * l columns, of which (m + 2)(l + 2) products of transformed inputs and weights are made for each
 * pair of channels, instead of 9 m l (winograd_transform.h has the transforms). winograd_tiles.c
 * computes, by the transforms of winograd_tiles_transform.c; winograd_tiles_pack.c transforms the
 * weights:
 *
 *   packed[tile of output channels][point][input channel][output channel of the tile]
 *
 * Points are numbered by row, then by column. */
#include "conv_algorithm.h"
#include "vector/kernel_set.h"
#include "vector/winograd_transform.h"

/* Output channels that are computed together; the last tile may have fewer. */
enum { WINOGRAD_CHANNELS = 4 };

/* The outputs of a tile: 2 or 3 rows, 2 to 4 columns. */
typedef struct Tile {
  int rows, columns;
} Tile;

static inline int winograd_points(Tile tile) {
  return (tile.rows + 2) * (tile.columns + 2);
}

/* Tiles of 2x2, 3x3 or 3x4 outputs. */
void ISA_NAME(winograd_pack)(float *packed, CorrelationWeights w, const Correlation *c, Tile tile);

/* Transforms of columns or rows: for n_channels channels and n places, of inputs or products
 * from[k] to what lies at to + k to_next. */
typedef struct Transform {
  const float *from[WINOGRAD_N_MAX]; /* of the first channel and place */
  size_t from_step[WINOGRAD_N_MAX];  /* floats from channel to channel */
  float *to;
  size_t to_step, to_next;
  int n_channels, n;
} Transform;

/* The transforms of one m: down and across of inputs, then of products; outputs of columns may be
 * fewer than m at the lower end. */
typedef void (*TransformFunction)(const Transform *t);
typedef struct Transforms {
  TransformFunction down, in, across, out[WINOGRAD_M_MAX];
} Transforms;

/* Of m = 2, 3 and 4; down and out of 2 and 3 only. */
extern const Transforms ISA_NAME(winograd_transforms)[WINOGRAD_M_MAX + 1];

#endif
