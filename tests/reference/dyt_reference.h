#ifndef NORMLAB_TESTS_DYT_REFERENCE_H
#define NORMLAB_TESTS_DYT_REFERENCE_H
/* y = gamma tanh(alpha x) + beta in double precision, on n elements of a dense [n][c][h][w] whose
 * channels have `plane` elements. p holds alpha, gamma [c] and beta [c]. */
#include <stddef.h>

void dyt_reference_forward(double *y, const double *x, size_t n, size_t plane, size_t c,
                           const double *p);
/* Overwrites dx, adds to dp, which is like p. */
void dyt_reference_backward(double *dx, double *dp, const double *dy, const double *x, size_t n,
                            size_t plane, size_t c, const double *p);

#endif
