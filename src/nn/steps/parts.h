#ifndef NORMLAB_NN_STEPS_PARTS_H
#define NORMLAB_NN_STEPS_PARTS_H
/* Parts of an activation, on which steps work one after another, and when it is worth while to do
 * so. Not collective. */
#include "kernels/conv.h"
#include "norm_group.h"

/* An activation of at least so many bytes is worth cutting, into parts of at most so many bytes,
 * of channels or of rows. A few parts, and the smaller activation on the other side, have to fit
 * the cache together. Measured on processors with second-level caches of 1 and 2 MB. */
enum { LARGE_BYTES = 1 << 20, LARGE_POOLED_BYTES = 1 << 17 };
enum { PART_BYTES = 10 << 16, PART_ROWS_BYTES = 6 << 16 };
/* Rows of which everything is done at once are of at most so many bytes. */
enum { PIXEL_ROWS_BYTES = 1 << 16 };
/* The output of a norm that crosses samples is made again, not kept, from so many bytes on. */
enum { AGAIN_BYTES = 1 << 16 };

/* Returns the bytes of an activation of 16 samples. */
static inline size_t shape_bytes(Shape s) {
  return shape_floats(s) * sizeof(float);
}
/* Returns the shape with n channels. */
static inline Shape with_channels(Shape s, int n) {
  s.c = n;
  return s;
}

/* Return the number of channels (a multiple of `step`) or of rows of a part; 0: parts are not
 * worth while. */
int part_channels(Shape s, int step);
int part_rows(Shape s);

/* Return the band of n channels or rows from `first` on, or of those that are left before `end`. An
 * array of some channels has the strides of the whole activation. */
Band channels_from(Shape s, int first, int n, int end);
Band rows_from(Shape s, int first, int n, int end);

/* Return what is to be fetched after a part of the whole activation x: the lines of the next
 * channels, or, for rows, pixel by pixel all channels of the next rows. */
Ahead channels_ahead(const float *x, Shape s, Band band);
Ahead rows_ahead(const float *x, Shape s, Band band);

/* Returns where a part of the norm's input begins. */
static inline const float *norm_input(const Context *context, const NormGroup *group, Band band) {
  return activation_of(context, group->norm->in) +
         band_begin(band, shape_of(context, group->norm->in));
}

/* Computes the norm of a part of its input into the thread's piece; again in the backward pass. */
void part_forward(const Context *context, const NormGroup *group, Band band);
void part_forward_again(const Context *context, const NormGroup *group, Band band);
/* Does the first half of the norm's backward pass for a part with all rows, from the gradient dy
 * of its output, and then completes the sums of these channels. dz may be dy; NULL: it is not
 * wanted. */
void part_backward(const Context *context, const NormGroup *group, Band band, float *dz,
                   const float *dy, const NormGradient *gradient);
/* Sets the sums of a share of channels, to which the parts are added, to 0. */
void parts_begin(const Context *context, const NormGroup *group, Band share,
                 const NormGradient *gradient);

#endif
