#include "vector/kernel_set.h"
#include "vector/vector.h"

/* Floats from element to element of x and dx [c][in.h][in.w][16], and of y and dy. */
INLINE size_t in_at(const PoolShape *p, int c, int row, int column) {
  return (size_t)c * p->in.stride + ((size_t)row * (size_t)p->in.w + (size_t)column) * LANES;
}
INLINE size_t out_at(const PoolShape *p, int c, int i, int j) {
  return (size_t)c * p->out.stride + ((size_t)i * (size_t)p->out.w + (size_t)j) * LANES;
}

/* The largest of a window [size_h][size_w] of rows of w elements, the first of equals; a NaN is
 * larger than anything. *index, if asked for, becomes its number in row order. */
INLINE vf window_maximum(vi *index, const float *x, int w, int size_h, int size_w) {
  vf maximum = vf_load(x);
  vi best = {0};
  for (int k = 0; k < size_h; k++)
    for (int m = k == 0; m < size_w; m++) {
      vf v = vf_load(x + ((size_t)k * (size_t)w + (size_t)m) * LANES);
      vi take = (vi)(v > maximum) | (vi)(v != v);
      maximum = vf_select(take, v, maximum);
      if (index) best = (take & (k * size_w + m)) | (best & ~take);
    }
  if (index) *index = best;
  return maximum;
}

/* y = max(window of x), in shape p with a window of size_h x size_w. */
INLINE void max_forward(float *y, const float *x, const PoolShape p, int size_h, int size_w) {
  for (int c = 0; c < p.out.c; c++)
    for (int i = 0; i < p.out.h; i++) {
      const float *row_x = x + in_at(&p, c, i * p.stride, 0);
      float *row_y = y + out_at(&p, c, i, 0);
      for (int j = 0; j < p.out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL)
          vf_store(
              row_y + j * LANES + lane,
              window_maximum(NULL, row_x + j * p.stride * LANES + lane, p.in.w, size_h, size_w));
    }
}

void ISA_NAME(max_pool_forward)(float *y, const float *x, const PoolShape *shape) {
  const PoolShape p = *shape;
  if (p.size_h == 2 && p.size_w == 2)
    max_forward(y, x, p, 2, 2);
  else
    max_forward(y, x, p, p.size_h, p.size_w);
}

/* The maximum of the window of 2 x 2 elements x[k]; narrows their masks passes[k] to it. */
static inline vf window_select(uint16_t *const passes[4], const float *const x[4], int lane) {
  vf maximum = vf_load(x[0]);
  vm is_maximum[4] = {vm_all()};
#pragma GCC unroll 3
  for (int k = 1; k < 4; k++) {
    const vf v = vf_load(x[k]);
    const vm take = vm_larger(v, maximum);
    maximum = vm_choose(take, v, maximum);
#pragma GCC unroll 3
    for (int other = 0; other < k; other++) is_maximum[other] = vm_without(is_maximum[other], take);
    is_maximum[k] = take;
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++) vm_narrow(passes[k], lane, is_maximum[k]);
  return maximum;
}

void ISA_NAME(max_pool_select)(float *y, uint16_t *passes, const float *x, const PoolShape *shape) {
  const PoolShape p = *shape;
  const size_t row = (size_t)p.in.w * LANES;
  for (int c = 0; c < p.out.c; c++) {
    uint16_t *rest = passes + (size_t)c * (size_t)(p.in.h * p.in.w);
    for (int i = 0; i < p.in.h; i++) /* elements in no window */
      for (int j = i < 2 * p.out.h ? 2 * p.out.w : 0; j < p.in.w; j++) rest[i * p.in.w + j] = 0;
    for (int i = 0; i < p.out.h; i++)
      for (int j = 0; j < p.out.w; j++) {
        const float *window = x + in_at(&p, c, 2 * i, 2 * j);
        uint16_t *bits = rest + (size_t)(2 * i * p.in.w + 2 * j);
        uint16_t *const place[4] = {bits, bits + 1, bits + p.in.w, bits + p.in.w + 1};
        for (int lane = 0; lane < LANES; lane += VL) {
          const float *at = window + lane;
          const float *const element[4] = {at, at + LANES, at + row, at + row + LANES};
          vf_store(y + out_at(&p, c, i, j) + lane, window_select(place, element, lane));
        }
      }
  }
}

/* A gradient is to be zero at first if windows overlap, or if some element is in no window. */
static void clear_gradient(float *dx, int c, const PoolShape *p) {
  if (p->size_h != p->stride || p->size_w != p->stride || p->out.h * p->stride != p->in.h ||
      p->out.w * p->stride != p->in.w)
    memset(dx + in_at(p, c, 0, 0), 0, (size_t)p->in.h * (size_t)p->in.w * LANES * sizeof *dx);
}

INLINE int windows_overlap(const PoolShape *p) {
  return p->size_h > p->stride || p->size_w > p->stride;
}

/* y = max(window of x):  dx += dy at the window's maximum. */
INLINE void max_backward(float *dx, const float *dy, const float *x, const PoolShape p, int size_h,
                         int size_w, int overlap) {
  for (int c = 0; c < p.out.c; c++) {
    clear_gradient(dx, c, &p);
    for (int i = 0; i < p.out.h; i++) {
      const size_t row = in_at(&p, c, i * p.stride, 0);
      const float *row_dy = dy + out_at(&p, c, i, 0);
      for (int j = 0; j < p.out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL) {
          const size_t window = row + (size_t)(j * p.stride * LANES + lane);
          const vf d = vf_load(row_dy + j * LANES + lane);
          vi best;
          window_maximum(&best, x + window, p.in.w, size_h, size_w);
          for (int n = 0; n < size_h * size_w; n++) {
            float *to = dx + window + in_at(&p, 0, n / size_w, n % size_w);
            vf add = (vf)((vi)d & (best == n));
            if (overlap) add += vf_load(to);
            vf_store(to, add);
          }
        }
    }
  }
}

void ISA_NAME(max_pool_backward)(float *dx, const float *dy, const float *x,
                                 const PoolShape *shape) {
  const PoolShape p = *shape;
  if (p.size_h == 2 && p.size_w == 2 && p.stride >= 2)
    max_backward(dx, dy, x, p, 2, 2, 0);
  else
    max_backward(dx, dy, x, p, p.size_h, p.size_w, windows_overlap(&p));
}

/* y = mean(window of x). */
void ISA_NAME(avg_pool_forward)(float *y, const float *x, const PoolShape *shape) {
  const PoolShape p = *shape;
  const double share = 1.0 / ((double)p.size_h * p.size_w);
  for (int c = 0; c < p.out.c; c++)
    for (int i = 0; i < p.out.h; i++)
      for (int j = 0; j < p.out.w; j++) {
        const float *window = x + in_at(&p, c, i * p.stride, j * p.stride);
        double sum[LANES] = {0};
        for (int lane = 0; lane < LANES; lane += VH) {
          vdh total = {0};
          for (int k = 0; k < p.size_h; k++)
            for (int m = 0; m < p.size_w; m++)
              total += vdh_of_floats(window + in_at(&p, 0, k, m) + lane);
          vdh_store(sum + lane, total);
        }
        float *to = y + out_at(&p, c, i, j);
        for (int l = 0; l < LANES; l++) to[l] = (float)(sum[l] * share);
      }
}

/* y = mean(window of x):  dx += dy / (size_h size_w) in all of the window. */
void ISA_NAME(avg_pool_backward)(float *dx, const float *dy, const PoolShape *shape) {
  const PoolShape p = *shape;
  const int overlap = windows_overlap(&p);
  const vf n = vf_set((float)p.size_h * (float)p.size_w);
  for (int c = 0; c < p.out.c; c++) {
    clear_gradient(dx, c, &p);
    for (int i = 0; i < p.out.h; i++)
      for (int j = 0; j < p.out.w; j++)
        for (int lane = 0; lane < LANES; lane += VL) {
          const vf share = vf_load(dy + out_at(&p, c, i, j) + lane) / n;
          float *window = dx + in_at(&p, c, i * p.stride, j * p.stride) + lane;
          for (int k = 0; k < p.size_h; k++)
            for (int m = 0; m < p.size_w; m++) {
              float *to = window + in_at(&p, 0, k, m);
              vf add = share;
              if (overlap) add += vf_load(to);
              vf_store(to, add);
            }
        }
  }
}
