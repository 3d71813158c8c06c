#ifndef NORMLAB_KERNELS_BLOCK_H
#define NORMLAB_KERNELS_BLOCK_H
/* Blocks of 16 samples.
 *
 * An activation of a block is [C][H][W][16] floats. The last axis is the sample, called the lane,
 * so that each operation is a plain vector operation whatever C, H and W are, and the statistics of
 * samples are vectors. An activation starts at a multiple of 64 bytes. The distance from channel to
 * channel is padded to an odd number of 64-byte lines, because the channels of 28 x 28 pixels would
 * otherwise map to 4 of the 64 sets of a 32 KiB cache, and those of 24 x 24 pixels to one.
 *
 * A block of up to 8 samples may be narrow: it has 8 lanes, and takes little more than half of the
 * time. Its activations are [C][H][W][8], with the same distance from channel to channel; wherever
 * a header says [16] of lanes, it is [8] then, one behind the other. All kernels work on blocks of
 * block_lanes() lanes, which each thread chooses for itself by block_set_lanes(). What a lane
 * becomes does not depend on the number of lanes.
 *
 * A block may have fewer samples than lanes, which come first. Its empty lanes hold finite values
 * that mean nothing and must not reach any sum over lanes: the loss gradient of empty lanes is
 * zero, and kernels that sum forward activations over lanes take the number of valid lanes. */
#include <stddef.h>

/* Sources that are compiled for blocks of one number of lanes define it. */
#ifdef BLOCK_LANES
static inline int block_lanes(void) {
  return BLOCK_LANES;
}
#else
#define BLOCK_LANES 16
/* Returns the lanes of the blocks that the calling thread works on: 16, or what it has set. */
int block_lanes(void);
#endif
enum { LANES = BLOCK_LANES, NARROW_LANES = 8 }; /* LANES is otherwise the most */
/* From here on the calling thread works on blocks of so many lanes: LANES or NARROW_LANES. */
void block_set_lanes(int lanes);

/* Channels begin at multiples of so many floats, a line of 64 bytes: that is the distance of
 * channels of one pixel. */
enum { BLOCK_LINE = 16 };

/* The shape of an activation of one sample, [c][h][w]. */
typedef struct Shape {
  int c, h, w;   /* channels, rows, columns */
  size_t stride; /* floats from a channel to the next, at least 16 h w; of shape_make() */
} Shape;

/* The shape with a stride of 16 times the smallest odd number >= h w. */
static inline Shape shape_make(int c, int h, int w) {
  return (Shape){c, h, w, (((size_t)h * (size_t)w) | 1) * BLOCK_LINE};
}

/* Some of an activation: n_channels channels from number channel on, and n_rows rows of each from
 * number row on. An array of a band is [n_channels][n_rows][W][16] with a channel stride of its
 * own, whether it is a small array or lies in the whole one. */
typedef struct Band {
  int channel, n_channels, row, n_rows;
  size_t stride,
      x_stride; /* floats from channel to channel of the band's arrays, and of arrays x */
} Band;

/* All of an activation. */
static inline Band band_whole(Shape s) {
  return (Band){0, s.c, 0, s.h, s.stride, s.stride};
}

/* Where the band begins in the whole activation, in floats. */
static inline size_t band_begin(Band band, Shape s) {
  return (size_t)band.channel * s.stride + (size_t)(band.row * s.w * block_lanes());
}

/* The shape of an array of the band, whose activation has the shape s. */
static inline Shape band_shape(Band band, Shape s) {
  return (Shape){band.n_channels, band.n_rows, s.w, band.stride};
}

/* The number of floats of a block's activation, 16 lanes and padding included. */
static inline size_t shape_floats(Shape s) {
  return (size_t)s.c * s.stride;
}

#endif
