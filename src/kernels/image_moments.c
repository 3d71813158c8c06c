#include "kernels/image_moments.h"

#include "vector/kernel_set.h"
#include <string.h>

static int taps_of(const ConvShape *s) {
  return s->in.c * s->kernel * s->kernel;
}

size_t image_moments_count(const ConvShape *s) {
  return image_moments_place(taps_of(s), taps_of(s));
}

/* The last `kernel` rows of every channel as doubles, between zeros; one row of ones, for S; and
 * the products of two rows. */
typedef struct Work {
  const ConvShape *s;
  size_t row; /* doubles of a row */
  double *ring, *ones, *products;
} Work;

static Work work_of(const ConvShape *s, float *scratch) {
  Work w = {.s = s, .row = (size_t)(s->in.w + 2 * s->padding) * LANES};
  w.ring = (double *)(void *)scratch;
  w.ones = w.ring + (size_t)(s->in.c * s->kernel) * w.row;
  w.products = w.ones + w.row;
  return w;
}

size_t image_moments_scratch(const ConvShape *s) {
  const Work w = work_of(s, NULL);
  const size_t n_rows = (size_t)(s->in.c * s->kernel) + 1;
  const size_t n_products = (size_t)(s->kernel * s->kernel) * LANES;
  return (n_rows * w.row + n_products) * (sizeof(double) / sizeof(float));
}

static double *row_of(const Work *w, int c, int row) {
  return w->ring + (size_t)(c * w->s->kernel + row % w->s->kernel) * w->row;
}

static void widen_row(const Work *w, const float *x, int row) {
  const Shape in = w->s->in;
  for (int c = 0; c < in.c; c++)
    kernel_set()->image_moments_widen(row_of(w, c, row) + w->s->padding * LANES,
                                      x + (size_t)c * in.stride + (size_t)(row * in.w) * LANES,
                                      in.w);
}

/* Whether tap row i reads this row of the input for some row of the result. */
static int reads(const ConvShape *s, int i, int row) {
  const int place = row + s->padding - i;
  return place >= 0 && place % s->stride == 0 && place / s->stride < s->out.h;
}

static int is_read(const ConvShape *s, int row, int below) {
  for (int i = 0; i + below < s->kernel; i++)
    if (reads(s, i, row)) return 1;
  return 0;
}

static void add_lanes(double *moments, size_t place, const double *product) {
  for (int l = 0; l < LANES; l++) moments[place * LANES + (size_t)l] += product[l];
}

/* Row `row` of channel a with row `row + below` of channel b: each pair of taps is met once for
 * each row of the result that both reach. */
static void add_rows(const Work *w, double *moments, int a, int b, int row, int below) {
  const ConvShape *s = w->s;
  const int n = s->kernel;
  kernel_set()->image_moments_products(w->products, row_of(w, a, row), n, row_of(w, b, row + below),
                                       n, s->stride, s->out.w);
  for (int i = 0; i + below < n; i++)
    for (int l = 0; l < n && reads(s, i, row); l++) {
      const int left = (a * n + i) * n + l, right = (b * n + i + below) * n;
      for (int k = a == b && below == 0 ? l : 0; k < n; k++)
        add_lanes(moments,
                  left < right + k ? image_moments_place(left, right + k)
                                   : image_moments_place(right + k, left),
                  w->products + (l * n + k) * LANES);
    }
}

static void add_sums(const Work *w, double *moments, int c, int row) {
  const ConvShape *s = w->s;
  const int n = s->kernel, n_taps = taps_of(s);
  kernel_set()->image_moments_products(w->products, w->ones, 1, row_of(w, c, row), n, s->stride,
                                       s->out.w);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n && reads(s, i, row); k++)
      add_lanes(moments, image_moments_place((c * n + i) * n + k, n_taps), w->products + k * LANES);
}

void image_moments(double *moments, const float *x, const ConvShape *s, float *scratch) {
  const Work w = work_of(s, scratch);
  memset(moments, 0, image_moments_count(s) * LANES * sizeof *moments);
  memset(w.ring, 0, (size_t)(w.ones - w.ring) * sizeof *w.ring);
  for (size_t i = 0; i < w.row; i++) w.ones[i] = 1;
  for (int row = 0, ready = 0; row < s->in.h; row++) {
    for (; ready < s->in.h && ready < row + s->kernel; ready++) widen_row(&w, x, ready);
    for (int a = 0; a < s->in.c; a++) {
      if (is_read(s, row, 0)) add_sums(&w, moments, a, row);
      for (int below = 0; below < s->kernel && row + below < s->in.h; below++)
        for (int b = below == 0 ? a : 0; b < s->in.c && is_read(s, row, below); b++)
          add_rows(&w, moments, a, b, row, below);
    }
  }
}
