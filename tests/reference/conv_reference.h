#ifndef NORMLAB_TESTS_CONV_REFERENCE_H
#define NORMLAB_TESTS_CONV_REFERENCE_H
/* The convolution of one sample in double precision, written from the formula of kernels/conv.h.
 * All arrays are dense: x, dx [in.c][in.h][in.w], y, dy [out.c][out.h][out.w], w, dw
 * [out.c][in.c][kernel][kernel]. */
#include "kernels/conv.h"

void conv_reference_forward(double *y, const double *x, const double *w, const ConvShape *s);
/* Overwrites dx. */
void conv_reference_backward_data(double *dx, const double *dy, const double *w,
                                  const ConvShape *s);
/* Adds to dw. */
void conv_reference_backward_weights(double *dw, const double *x, const double *dy,
                                     const ConvShape *s);

#endif
