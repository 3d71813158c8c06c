#ifndef NORMLAB_KERNELS_POINTWISE_H
#define NORMLAB_KERNELS_POINTWISE_H
/* Elementwise operations on a block, [C][H][W][16] with the strides of block.h. */
#include "kernels/block.h"
#include "kernels/norm.h"

/* y = relu(dropout(x)); dropout may be NULL, relu 0 or 1. y may be x. relu(NaN) = NaN; a dropped
 * element is x times zero, so that a NaN or infinity shows there, too. */
void pointwise_forward(float *y, const float *x, const Dropout *dropout, int relu, Shape s);
/* dx = dy through both; y is the output. dx may be dy. */
void pointwise_backward(float *dx, const float *dy, const float *y, const Dropout *dropout,
                        int relu, Shape s);

/* y[c] = x[c] + b[c]; y may be x.   db[c] = sum of dy over elements and lanes, in double. */
void bias_forward(float *y, const float *x, const float *b, Shape s);
void bias_backward(double *db, const float *dy, Shape s);

/* y = a + b; y may be a. */
void add_forward(float *y, const float *a, const float *b, Shape s);

/* Sets each lane from n_valid on to +0, whatever it holds. */
void clear_empty_lanes(float *x, int n_valid, Shape s);

/* x[c][h][w][l] = table[c][pixel[l][c][h][w]]: 16 images of bytes, each [C][H][W] dense, into a
 * block. table [C][256]. pixel[l] = NULL: the lane becomes zero. */
void load_images(float *x, const uint8_t *const pixel[LANES], const float *table, Shape s);

/* acc[i] += term[i] on the grid of exact.h's gradients (step 2^-40). Returns 1 if any term is not
 * smaller than limit in magnitude, NaN included; such terms are not added. */
int gradient_add_floats(int64_t *acc, const float *term, size_t n, double limit);
int gradient_add_doubles(int64_t *acc, const double *term, size_t n, double limit);

/* Sum of 16 lanes in the one fixed order: ((0+8)+(4+12)) + ((2+10)+(6+14)) and so on: halves are
 * added until one value is left. Lanes from n_valid on count as zero. */
double lane_sum(const double *lane, int n_valid);

#endif
