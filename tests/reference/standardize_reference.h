#ifndef NORMLAB_TESTS_STANDARDIZE_REFERENCE_H
#define NORMLAB_TESTS_STANDARDIZE_REFERENCE_H
/* Standardized weights of one filter of n elements in double precision, as PyTorch's std() has the
 * deviation:  u = (w - mean) / (s + 1e-5),  s = sqrt(sum (w - mean)^2 / (n - 1)). */
#include <stddef.h>

void standardize_reference(double *u, const double *w, size_t n);
/* Turns the gradient g by u into that by w: g_k becomes sum_j g_j du_j / dw_k. */
void standardize_reference_backward(double *g, const double *w, size_t n);

#endif
