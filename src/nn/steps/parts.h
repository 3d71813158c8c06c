#ifndef NORMLAB_NN_STEPS_PARTS_H
#define NORMLAB_NN_STEPS_PARTS_H
/* Parts of an activation that steps work on one after another, and when that is worth while. */
#include "kernels/conv.h"
#include "norm_group.h"

/* Bytes of an activation from which on parts are worth while, and of a part: a few of them, and the
 * smaller activation on the other side, have to fit the cache together. Measured on processors with
 * second-level caches of 1 and 2 MB. */
enum { LARGE_BYTES = 1 << 20, LARGE_POOLED_BYTES = 1 << 19, PART_BYTES = 6 << 16 };

static inline size_t shape_bytes(Shape s) {
  return shape_floats(s) * sizeof(float);
}
static inline Shape with_channels(Shape s, int n) {
  s.c = n;
  return s;
}

/* Channels or rows of a part, channels as a multiple of step; 0: parts are not worth while. */
int part_channels(Shape s, int step);
int part_rows(Shape s);

/* Some channels, n or the rest, or some rows. Arrays of channels have the strides of the whole
 * one. */
Band channels_from(Shape s, int first, int n);
Band rows_from(Shape s, int first, int n);

/* What comes after a part of the whole activation x: lines of the next channels; pixel by pixel of
 * all channels of the next rows. */
Ahead channels_ahead(const float *x, Shape s, Band band);
Ahead rows_ahead(const float *x, Shape s, Band band);

/* Where a part of the norm's input is. */
static inline const float *norm_input(const Context *context, const NormGroup *group, Band band) {
  return activation_of(context, group->norm->in) +
         band_begin(band, shape_of(context, group->norm->in));
}

/* The norm of a part of its input, into the thread's piece. */
void part_forward(const Context *context, const NormGroup *group, Band band);
/* First half of the norm's backward pass for a part with all rows, whose output is in the thread's
 * piece: from the gradient of the output to dz, in place; then the sums of these channels. */
void part_backward(const Context *context, const NormGroup *group, Band band, float *dz,
                   const NormGradient *gradient);
/* Makes the sums, to which parts are added, 0. */
void parts_begin(const Context *context, const NormGroup *group, const NormGradient *gradient);

#endif
