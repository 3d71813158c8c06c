#include "vector/pool.h"

#include "vector/vector.h"

#define INLINE static inline __attribute__((always_inline))

/* Floats from the start of a window's channel to its first element. */
INLINE size_t window_at(int row, int column, int stride, int w) {
  return ((size_t)row * (size_t)stride * (size_t)w + (size_t)column * (size_t)stride) * LANES;
}

/* The largest element of a window, the first of equals; a NaN is larger than anything. *index, if
 * asked for, becomes its number in row order. */
INLINE vf window_maximum(vi *index, const float *x, int w, int size) {
  vf maximum = vf_load(x);
  vi best = {0};
  for (int i = 0; i < size; i++)
    for (int j = i == 0; j < size; j++) {
      vf v = vf_load(x + ((size_t)i * (size_t)w + (size_t)j) * LANES);
      vi take = (vi)(v > maximum) | (vi)(v != v);
      maximum = vf_select(take, v, maximum);
      if (index) best = (take & (i * size + j)) | (best & ~take);
    }
  if (index) *index = best;
  return maximum;
}

INLINE void max_forward(float *y, const float *x, Shape in, Shape out, int size, int stride) {
  for (int c = 0; c < out.c; c++)
    for (int i = 0; i < out.h; i++) {
      float *to = y + (size_t)c * out.stride + (size_t)i * (size_t)out.w * LANES;
      const float *from = x + (size_t)c * in.stride + window_at(i, 0, stride, in.w);
      for (int j = 0; j < out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL)
          vf_store(to + j * LANES + lane,
                   window_maximum(NULL, from + window_at(0, j, stride, 0) + lane, in.w, size));
    }
}

static void max_forward_kernel(float *y, const float *x, Shape in, Shape out, int size,
                               int stride) {
  if (size == 2)
    max_forward(y, x, in, out, 2, stride);
  else
    max_forward(y, x, in, out, size, stride);
}

/* A gradient is to be zero at first if windows overlap, or if some element is in no window. */
static void clear_gradient(float *dx, int c, Shape in, Shape out, int size_h, int size_w,
                           int stride) {
  if (size_h != stride || size_w != stride || out.h * stride != in.h || out.w * stride != in.w)
    memset(dx + (size_t)c * in.stride, 0, (size_t)in.h * (size_t)in.w * LANES * sizeof *dx);
}

INLINE void max_backward(float *dx, const float *dy, const float *x, Shape in, Shape out, int size,
                         int stride, int overlap) {
  for (int c = 0; c < out.c; c++) {
    clear_gradient(dx, c, in, out, size, size, stride);
    for (int i = 0; i < out.h; i++) {
      const float *from = dy + (size_t)c * out.stride + (size_t)i * (size_t)out.w * LANES;
      size_t row = (size_t)c * in.stride + window_at(i, 0, stride, in.w);
      for (int j = 0; j < out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL) {
          size_t at = row + window_at(0, j, stride, 0) + (size_t)lane;
          vf d = vf_load(from + j * LANES + lane);
          vi best;
          window_maximum(&best, x + at, in.w, size);
          for (int k = 0; k < size * size; k++) {
            float *to = dx + at + ((size_t)(k / size) * (size_t)in.w + (size_t)(k % size)) * LANES;
            vf part = (vf)((vi)d & (best == k));
            if (overlap) part += vf_load(to);
            vf_store(to, part);
          }
        }
    }
  }
}

static void max_backward_kernel(float *dx, const float *dy, const float *x, Shape in, Shape out,
                                int size, int stride) {
  if (size == 2 && stride >= 2)
    max_backward(dx, dy, x, in, out, 2, stride, 0);
  else
    max_backward(dx, dy, x, in, out, size, stride, size > stride);
}

static void avg_forward_kernel(float *y, const float *x, Shape in, Shape out, int size_h,
                               int size_w, int stride) {
  double share = 1.0 / ((double)size_h * size_w);
  for (int c = 0; c < out.c; c++)
    for (int i = 0; i < out.h; i++)
      for (int j = 0; j < out.w; j++) {
        const float *from = x + (size_t)c * in.stride + window_at(i, j, stride, in.w);
        double sum[LANES] = {0};
        for (int lane = 0; lane < LANES; lane += VH) {
          vdh total = {0};
          for (int k = 0; k < size_h; k++)
            for (int m = 0; m < size_w; m++)
              total += vdh_of_floats(from + ((size_t)k * (size_t)in.w + (size_t)m) * LANES + lane);
          vdh_store(sum + lane, total);
        }
        float *to = y + (size_t)c * out.stride + ((size_t)i * (size_t)out.w + (size_t)j) * LANES;
        for (int l = 0; l < LANES; l++) to[l] = (float)(sum[l] * share);
      }
}

static void avg_backward_kernel(float *dx, const float *dy, Shape in, Shape out, int size_h,
                                int size_w, int stride) {
  int overlap = size_h > stride || size_w > stride;
  vf n = vf_set((float)size_h * (float)size_w);
  for (int c = 0; c < out.c; c++) {
    clear_gradient(dx, c, in, out, size_h, size_w, stride);
    for (int i = 0; i < out.h; i++)
      for (int j = 0; j < out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL) {
          vf d = vf_load(dy + (size_t)c * out.stride +
                         ((size_t)i * (size_t)out.w + (size_t)j) * LANES + lane) /
                 n;
          float *to = dx + (size_t)c * in.stride + window_at(i, j, stride, in.w) + lane;
          for (int k = 0; k < size_h; k++)
            for (int m = 0; m < size_w; m++) {
              float *at = to + ((size_t)k * (size_t)in.w + (size_t)m) * LANES;
              vf part = d;
              if (overlap) part += vf_load(at);
              vf_store(at, part);
            }
        }
  }
}

const PoolKernels ISA_NAME(pool_kernels) = {max_forward_kernel, max_backward_kernel,
                                            avg_forward_kernel, avg_backward_kernel};
