#ifndef NORMLAB_NN_OPS_STANDARDIZE_H
#define NORMLAB_NN_OPS_STANDARDIZE_H
/* Standardized weights (Qiao et al., "Micro-batch training with batch-channel normalization and
 * weight standardization", 2019). A convolution uses, in place of the elements w of each of its
 * filters (the K = in.c kernel^2 weights of an output channel),
 *
 *   u = (w - mean) / (s + STANDARDIZE_EPSILON),   mean = sum w / K,
 *   s = sqrt(sum (w - mean)^2 / (K - 1))
 *
 * as the authors' PyTorch code has it: s is the unbiased deviation, and epsilon is added to it. (In
 * the paper's formula the deviation is the biased one, with epsilon below the root.) The gradient g
 * by u becomes that by w,
 *
 *   g -> (g - mean g) / (s + epsilon) - u sum(g u) / ((K - 1) s)
 *
 * Where all elements of a filter are the same, u = 0 and the second term is left out. K is at least
 * 2. All is computed in double precision in one order. Not collective. */
#include <stddef.h>
#include <stdint.h>

#define STANDARDIZE_EPSILON 1e-5

/* Writes u [n_filters][n] of the weights w [n_filters][n], rounded to floats. */
void standardize_weights(float *u, const float *w, size_t n_filters, size_t n);

/* Turns the gradient by u, [n_filters][n] on the grid of base/exact.h's gradients, into that by w.
 * Returns 1 if a value is out of range; otherwise 0. */
int standardize_gradient(int64_t *gradient, const float *w, size_t n_filters, size_t n);

#endif
