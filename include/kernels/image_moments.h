#ifndef NORMLAB_KERNELS_IMAGE_MOMENTS_H
#define NORMLAB_KERNELS_IMAGE_MOMENTS_H
/* Moments of what a convolution reads. With p_k [out.h][out.w][16] the input shifted by tap k,
 * zeros outside (K = in.c kernel^2 taps, in the order of the weights),
 *
 *   G_lk = sum over lanes, rows, columns of p_l p_k        S_k = sum of p_k
 *
 * so that sums over a result y_o = sum_k w_ok p_k need no y: its sum is sum_k w_ok S_k, its sum of
 * squares sum_lk w_ol w_ok G_lk. Products and sums are in double precision, in the same order for
 * every instruction set. Empty lanes must be zero. */
#include "kernels/conv.h"

/* Number of moments: G_lk with l <= k, then S. */
size_t image_moments_count(const ConvShape *s);

/* Where G_lk is, l <= k; S_k is where l = k and k = K would be: image_moments_place(k, K). */
static inline size_t image_moments_place(int l, int k) {
  return (size_t)k * ((size_t)k + 1) / 2 + (size_t)l;
}

/* Overwrites moments with those of the block x [in.c][in.h][in.w][16]. scratch: as many floats as
 * image_moments_scratch says, 64-byte aligned. */
size_t image_moments_scratch(const ConvShape *s);
void image_moments(double *moments, const float *x, const ConvShape *s, float *scratch);

#endif
