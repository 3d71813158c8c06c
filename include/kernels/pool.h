#ifndef NORMLAB_KERNELS_POOL_H
#define NORMLAB_KERNELS_POOL_H
/* Pooling of a block. Windows are size x size, stride `stride`, no padding; out.h = (in.h - size) /
 * stride + 1 (rows and columns that do not fill a window are left out, as in PyTorch). */
#include "kernels/block.h"

/* y = maximum of the window; the first maximum in row order counts (PyTorch's choice); NaN is
 * passed on (the last of several takes dy, as in PyTorch). dx: dy goes to that element; elements in
 * no window get 0. dx is overwritten; windows may overlap. */
void max_pool_forward(float *y, const float *x, Shape in, Shape out, int size, int stride);
void max_pool_backward(float *dx, const float *dy, const float *x, Shape in, Shape out, int size,
                       int stride);

/* y = mean of the window. size_h x size_w, so that global average pooling is the window in.h x
 * in.w. */
void avg_pool_forward(float *y, const float *x, Shape in, Shape out, int size_h, int size_w,
                      int stride);
void avg_pool_backward(float *dx, const float *dy, Shape in, Shape out, int size_h, int size_w,
                       int stride);

#endif
