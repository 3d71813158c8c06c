#include "kernels/pointwise.h"

#include "vector/kernel_set.h"

void pointwise_forward(float *y, const float *x, const Dropout *dropout, int relu, Shape s,
                       Band band) {
  kernel_set()->pointwise_forward(y, x, dropout, relu, s, band);
}

void pointwise_backward(float *dx, const float *dy, const float *y, const Dropout *dropout,
                        int relu, Shape s, Band band) {
  kernel_set()->pointwise_backward(dx, dy, y, dropout, relu, s, band);
}

void bias_forward(float *y, const float *x, const float *b, Shape s) {
  kernel_set()->bias_forward(y, x, b, s);
}

int bias_backward(int64_t *db, const float *dy, Shape s, double limit) {
  return kernel_set()->bias_backward(db, dy, s, limit);
}

void add_forward(float *y, const float *a, const float *b, Shape s) {
  kernel_set()->add_forward(y, a, b, s);
}

int gradient_add_floats(int64_t *acc, const float *term, size_t n, double limit) {
  return kernel_set()->gradient_add_floats(acc, term, n, limit);
}

int gradient_add_double_lanes(int64_t *acc, const double *term, size_t n, double limit) {
  return kernel_set()->gradient_add_double_lanes(acc, term, n, limit);
}

int gradient_add_lanes(int64_t *acc, const float *term, size_t n, double limit) {
  return kernel_set()->gradient_add_lanes(acc, term, n, limit);
}

int exact_add_lanes(ExactSum *sum, size_t step, const double *lane, size_t n, int begin, int end,
                    double limit) {
  return kernel_set()->exact_add_lanes(sum, step, lane, n, begin, end, limit);
}

void clear_empty_lanes(float *x, int n_valid, Shape s) {
  const int lanes = block_lanes();
  if (n_valid >= lanes) return;
  for (int c = 0; c < s.c; c++)
    for (int i = 0; i < s.h * s.w; i++) {
      float *lane = x + (size_t)c * s.stride + (size_t)(i * lanes);
      for (int l = n_valid; l < lanes; l++) lane[l] = 0;
    }
}

void load_images(float *x, const uint8_t *const pixel[LANES], const float *table, Shape s) {
  const size_t n = (size_t)s.h * (size_t)s.w, lanes = (size_t)block_lanes();
  for (int c = 0; c < s.c; c++) {
    const float *values = table + 256 * c;
    float *to = x + (size_t)c * s.stride;
    for (size_t l = 0; l < lanes; l++) {
      const uint8_t *from = pixel[l] ? pixel[l] + (size_t)c * n : NULL;
      for (size_t i = 0; i < n; i++) to[i * lanes + l] = from ? values[from[i]] : 0;
    }
  }
}
