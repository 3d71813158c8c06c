#ifndef NORMLAB_KERNELS_POOL_H
#define NORMLAB_KERNELS_POOL_H
/* Pooling of a block. Each output comes from a window of size_h x size_w elements of its channel:
 *
 *   y[c][i][j] = maximum or mean over k < size_h, m < size_w of  x[c][i stride + k][j stride + m]
 *
 * without padding. Rows and columns that do not fill a window are left out, as in PyTorch. x and dx
 * are [in.c][in.h][in.w][16], y and dy [out.c][out.h][out.w][16], laid out as block.h says.
 * Nothing here fails, allocates or communicates. */
#include "kernels/block.h"
#include <stdint.h>

typedef struct PoolShape {
  Shape in, out;      /* out.c = in.c, out.h = (in.h - size_h) / stride + 1, likewise out.w */
  int size_h, size_w; /* the window; in.h x in.w pools all of a channel */
  int stride;
} PoolShape;

/* Writes the maximum of each window. A NaN is larger than anything. */
void max_pool_forward(float *y, const float *x, const PoolShape *shape);

/* Writes the maximum of each window of 2 x 2 at stride 2, and clears the bits of all elements in
 * passes [in.c][in.h][in.w] (norm.h, NormCall) but those that max_pool_backward() gives dy to. */
void max_pool_select(float *y, uint16_t *passes, const float *x, const PoolShape *shape);

/* dy goes to the maximum of its window: to the first of equals in row order, and to the last NaN,
 * as in PyTorch. Overwrites dx; elements in no window get 0, and windows may overlap. */
void max_pool_backward(float *dx, const float *dy, const float *x, const PoolShape *shape);

/* Writes the mean of each window. */
void avg_pool_forward(float *y, const float *x, const PoolShape *shape);

/* Each element of a window gets dy / (size_h size_w). Overwrites dx. */
void avg_pool_backward(float *dx, const float *dy, const PoolShape *shape);

#endif
