#ifndef NORMLAB_KERNELS_IMAGE_MOMENTS_H
#define NORMLAB_KERNELS_IMAGE_MOMENTS_H
/* Moments of the images that a convolution reads. Let p_k [out.h][out.w][16] be the input shifted
 * by tap k, with zeros outside, where the K = in.c kernel^2 taps have the order of the weights:
 *
 *   G_lk = sum over rows, columns of p_l p_k        S_k = sum over the same of p_k
 *
 * of each lane. Then sums over a result y_o = sum_k w_ok p_k need no y: its sum is sum_k w_ok S_k,
 * and its sum of squares is sum_lk w_ol w_ok G_lk. Products and sums are in double precision, in
 * the same order for every instruction set. Empty lanes must be zero. Nothing here fails, allocates
 * or communicates. */
#include "kernels/conv.h"

/* The number of moments: G_lk for l <= k, then S_k. */
size_t image_moments_count(const ConvShape *s);

/* The index of G_lk, l <= k, among the moments. S_k is at image_moments_place(k, K). */
static inline size_t image_moments_place(int l, int k) {
  return (size_t)k * ((size_t)k + 1) / 2 + (size_t)l;
}

/* The number of floats of scratch that image_moments() needs. */
size_t image_moments_scratch(const ConvShape *s);

/* Writes the moments [count][16] of the block x [in.c][in.h][in.w][16]. scratch is 64-byte
 * aligned. */
void image_moments(double *moments, const float *x, const ConvShape *s, float *scratch);

#endif
