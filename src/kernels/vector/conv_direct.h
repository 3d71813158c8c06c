#ifndef NORMLAB_KERNELS_CONV_DIRECT_H
#define NORMLAB_KERNELS_CONV_DIRECT_H
/* Pieces of the direct convolution of one instruction set (conv_algorithm.h).
 *
 * Each output is one chain of fused multiply-adds per lane, from zero, in the order input channel,
 * kernel row, kernel column, whatever the tile, so all instruction sets give the same bits. */
#include "conv_algorithm.h"
#include "vector/kernel_set.h"
#include "vector/split.h"
#include "vector/vector.h"

/* Accumulators that fit the registers: 24 of 32, or 12 of 16. */
enum { TILE_CHANNELS = 4, TILE_PIXELS = N_REGISTERS == 32 ? 6 : 3 };

/* Rows this short, of a padded 3x3 kernel, are kept whole in registers: no arithmetic on padding.
 */
enum { ROW_MAX = 12, ROW_CHANNELS = N_REGISTERS == 32 ? 2 : 1 };

/* n_rows rows of a channel as one long row, which they are in memory: of the input and the output
 * where kernel 1 and stride 1 leave pixels independent. */
static inline Shape conv_flatten(Shape s, int n_rows) {
  s.w *= n_rows;
  s.h = 1;
  return s;
}

/* Where the next tile fetches, a line a step. */
typedef struct AheadWalk {
  const float *at;
  size_t step;
  Ahead left;  /* its first column is the present one */
  size_t line; /* of that column */
} AheadWalk;

/* idle: a line that the tiles have, for when nothing is left to fetch. */
static inline AheadWalk ahead_start(const Ahead *ahead, const float *idle) {
  if (!ahead || !ahead->at) return (AheadWalk){.at = idle};
  return (AheadWalk){.at = ahead->at, .step = ahead->step, .left = *ahead};
}
static inline void ahead_next(AheadWalk *walk, size_t n_steps, const float *idle) {
  Ahead *left = &walk->left;
  walk->at += n_steps * walk->step;
  walk->line += n_steps;
  if (walk->line < left->n_lines) return;
  walk->line = 0;
  walk->at = left->at += left->column;
  if (left->n_columns > 1)
    left->n_columns--;
  else
    *walk = (AheadWalk){.at = idle};
}

/* One tile of outputs: a few channels by a few pixels of a row. */
typedef struct ConvTile {
  float *y;          /* [channels][pixels][16] */
  size_t y_channel;  /* floats from channel to channel */
  const float *x;    /* at the tile's first pixel, kernel column 0 */
  size_t x_channel;  /* the same of x */
  const size_t *row; /* [kernel]: floats from x to the row of each kernel row */
  const float *w;    /* [n_in][kernel][kernel][channels] */
  int n_in, kernel;
  int kh_begin, kh_end, kh_step; /* kernel rows that meet the source */
  AheadWalk ahead;
} ConvTile;

typedef void (*ConvTileFunction)(const ConvTile *t);

/* The function for n_channels x n_pixels (1 .. TILE_CHANNELS, 1 .. TILE_PIXELS); stride 1 or 2. */
ConvTileFunction ISA_NAME(conv_tile)(int n_channels, int n_pixels, int stride);

/* The same for the tile at the left or right end of a row of more than ROW_MAX pixels, cut evenly,
 * of a 3x3 kernel with padding 1 or 2: at the left, t->x is the row's first pixel in the source. */
ConvTileFunction ISA_NAME(conv_edge)(int n_channels, int n_pixels, int padding, int at_right);

/* The function for n_channels (1 .. ROW_CHANNELS) x a whole row of WIDTH <= ROW_MAX pixels of a 3x3
 * kernel with padding 1 or 2; the source row has width + 2 - 2 padding >= 1 pixels. */
ConvTileFunction ISA_NAME(conv_row)(int n_channels, int width, int padding);

#endif
