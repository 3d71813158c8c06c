#ifndef NORMLAB_KERNELS_POINTWISE_H
#define NORMLAB_KERNELS_POINTWISE_H
/* Elementwise operations on a block, and sums over lanes and blocks. Activations are [C][H][W][16],
 * laid out as block.h says. Nothing here fails, allocates or communicates. */
#include "base/exact.h"
#include "kernels/block.h"
#include "kernels/norm.h"

/* Writes y = relu(dropout(x)) of a band of an activation of shape s; all arrays are those of the
 * band. dropout may be NULL, relu is 0 or 1, and y may be x. relu(NaN) = NaN, and a dropped element
 * is x times zero, so that a NaN or an infinity shows. */
void pointwise_forward(float *y, const float *x, const Dropout *dropout, int relu, Shape s,
                       Band band);

/* Writes dx of a band, which is dy through dropout and ReLU. y is pointwise_forward's output, which
 * is read only where relu is 1. dx may be dy. */
void pointwise_backward(float *dx, const float *dy, const float *y, const Dropout *dropout,
                        int relu, Shape s, Band band);

/* Writes y[c] = x[c] + b[c] with b [C]. y may be x. */
void bias_forward(float *y, const float *x, const float *b, Shape s);

/* Adds each lane's sum of dy[c] over elements, in double precision, to db[c], which is on the grid
 * of exact.h's gradients. db is [C]. It returns what gradient_add_lanes() does. */
int bias_backward(int64_t *db, const float *dy, Shape s, double limit);

/* Writes y = a + b. y may be a. */
void add_forward(float *y, const float *a, const float *b, Shape s);

/* Sets each lane from n_valid on to +0, whatever it holds. */
void clear_empty_lanes(float *x, int n_valid, Shape s);

/* Makes a block of 16 images of bytes: x[c][h][w][l] = table[c][pixel[l][c][h][w]]. Each image is
 * [C][H][W] bytes, dense; table is [C][256]. The lane of an image that is NULL becomes zero. */
void load_images(float *x, const uint8_t *const pixel[LANES], const float *table, Shape s);

/* Adds term[i], rounded to the grid of exact.h's gradients, to acc[i], i < n, which is on it. It
 * returns 1 if any term is not smaller than limit in magnitude or is NaN, and leaves such terms
 * out; otherwise it returns 0. */
int gradient_add_floats(int64_t *acc, const float *term, size_t n, double limit);

/* The same for the 16 lanes of term[i] [16], each of which is rounded by itself, so that acc[i]
 * does not depend on which samples stand together in a block: of floats, and of doubles. */
int gradient_add_lanes(int64_t *acc, const float *term, size_t n, double limit);
int gradient_add_double_lanes(int64_t *acc, const double *term, size_t n, double limit);

/* Adds the lanes begin .. end - 1 of lane[i] [16], each rounded to the grid of exact.h's statistics
 * by itself, to sum[i step], i < n; with step 0 all go to one sum. Returns 1 if a term is not
 * smaller than limit in magnitude or is NaN, and leaves it out; otherwise 0. */
int exact_add_lanes(ExactSum *sum, size_t step, const double *lane, size_t n, int begin, int end,
                    double limit);

#endif
