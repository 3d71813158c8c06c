#ifndef NORMLAB_KERNELS_BLOCK_H
#define NORMLAB_KERNELS_BLOCK_H
/* Blocks of 16 samples, "samples in lanes".
 *
 * An activation of a block is [C][H][W][16] floats: the last axis is the sample (the lane), so each
 * operation is a plain vector operation whatever C, H and W are, and per-sample statistics are
 * vectors. The distance from channel to channel is padded to an odd number of 64-byte lines: with
 * the natural one, 28 x 28 maps to 4 of the 64 sets of a 32 KiB cache and 24 x 24 to one.
 *
 * Activations start at a multiple of 64 bytes.
 *
 * A block may have fewer than 16 samples. Its empty lanes hold finite values that mean nothing;
 * they must not reach any sum over lanes: the loss gradient of empty lanes is zero, and kernels
 * that sum forward activations over lanes take the number of valid lanes, which come first. */
#include <stddef.h>

enum { LANES = 16 };

/* Shape of an activation of one sample. */
typedef struct Shape {
  int c, h, w;   /* channels, rows, columns */
  size_t stride; /* floats from a channel to the next: 16 x an odd number >= h * w */
} Shape;

static inline Shape shape_make(int c, int h, int w) {
  return (Shape){c, h, w, (((size_t)h * (size_t)w) | 1) * LANES};
}

/* Part of an activation: channels channel .. channel + n_channels - 1, rows row .. row + n_rows - 1
 * of each. An array of a band begins with its first element: [n_channels][n_rows][W][16] with a
 * channel stride of its own, be it a small array or a part of the whole one. */
typedef struct Band {
  int channel, n_channels, row, n_rows;
  size_t stride, x_stride; /* of the arrays of the band, and of those called x */
} Band;

static inline Band band_whole(Shape s) {
  return (Band){0, s.c, 0, s.h, s.stride, s.stride};
}
/* Where the band begins in the whole activation, in floats. */
static inline size_t band_begin(Band band, Shape s) {
  return (size_t)band.channel * s.stride + (size_t)band.row * (size_t)s.w * LANES;
}

/* Floats of a block's activation, 16-byte lanes and padding included. */
static inline size_t shape_floats(Shape s) {
  return (size_t)s.c * s.stride;
}

#endif
