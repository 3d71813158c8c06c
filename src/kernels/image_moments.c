#include "kernels/image_moments.h"

#include "vector/kernel_set.h"
#include <string.h>

static int taps_of(const ConvShape *s) {
  return s->in.c * s->kernel * s->kernel;
}

size_t image_moments_count(const ConvShape *s) {
  return image_moments_place(taps_of(s), taps_of(s));
}

/* All rows as doubles, between zeros; one row of ones, for S; sums of products of two rows for all
 * pairs of taps, of some rows of the result and of many; and what the former are made of. */
typedef struct Work {
  const ConvShape *s;
  size_t row; /* doubles of a row */
  size_t n_pairs;
  double *rows, *ones, *some, *many, *core;
} Work;

static Work work_of(const ConvShape *s, float *scratch) {
  Work w = {.s = s, .row = (size_t)((s->in.w + 2 * s->padding) * block_lanes())};
  w.n_pairs = (size_t)(s->kernel * s->kernel * block_lanes());
  w.rows = (double *)(void *)scratch;
  w.ones = w.rows + (size_t)(s->in.c * s->in.h) * w.row;
  w.some = w.ones + w.row;
  w.many = w.some + w.n_pairs;
  w.core = w.many + w.n_pairs;
  return w;
}

size_t image_moments_scratch(const ConvShape *s) {
  const Work w = work_of(s, NULL);
  const size_t n_rows = (size_t)(s->in.c * s->in.h) + 1,
               n_core = (size_t)(2 * s->kernel * block_lanes());
  return (n_rows * w.row + 2 * w.n_pairs + n_core) * (sizeof(double) / sizeof(float));
}

static double *row_of(const Work *w, int c, int row) {
  return w->rows + (size_t)(c * w->s->in.h + row) * w->row;
}

static void widen(const Work *w, const float *x) {
  const Shape in = w->s->in;
  const int lanes = block_lanes();
  memset(w->rows, 0, (size_t)(w->ones - w->rows) * sizeof *w->rows);
  for (size_t i = 0; i < w->row; i++) w->ones[i] = 1;
  for (int c = 0; c < in.c; c++)
    for (int row = 0; row < in.h; row++)
      kernel_set()->image_moments_widen(row_of(w, c, row) + w->s->padding * lanes,
                                        x + (size_t)c * in.stride + (size_t)(row * in.w * lanes),
                                        in.w);
}

/* Whether tap row i reads this row of the input for some row of the result. */
static int reads(const ConvShape *s, int i, int row) {
  const int place = row + s->padding - i;
  return place >= 0 && place % s->stride == 0 && place / s->stride < s->out.h;
}

/* How many of the tap rows i < n read this row of the input. */
static int n_readers(const ConvShape *s, int n, int row) {
  int found = 0;
  for (int i = 0; i < n; i++) found += reads(s, i, row);
  return found;
}

static void add_lanes(double *moments, size_t place, const double *product) {
  const size_t lanes = (size_t)block_lanes();
  for (size_t l = 0; l < lanes; l++) moments[place * lanes + l] += product[l];
}

/* Adds sums of pairs of taps of row i of channel a, and row i + below of channel b. */
static void add_pairs(const Work *w, double *moments, const double *sums, int a, int b, int i,
                      int below) {
  const int n = w->s->kernel;
  for (int l = 0; l < n; l++) {
    const int left = (a * n + i) * n + l, right = (b * n + i + below) * n;
    for (int k = a == b && below == 0 ? l : 0; k < n; k++)
      add_lanes(moments,
                left < right + k ? image_moments_place(left, right + k)
                                 : image_moments_place(right + k, left),
                sums + (l * n + k) * block_lanes());
  }
}

/* Rows of channel a with the row `below` rows lower of channel b: each pair of tap rows meets them
 * once for each row of the result that both reach. Where all tap rows do, one sum is for all. */
static void add_rows(const Work *w, double *moments, int a, int b, int below) {
  const ConvShape *s = w->s;
  const int n = s->kernel - below;
  memset(w->many, 0, w->n_pairs * sizeof *w->many);
  for (int row = 0; row + below < s->in.h; row++) {
    const int found = n_readers(s, n, row);
    double *sums = found == n ? w->many : w->some;
    if (found == 0) continue;
    if (found < n) memset(sums, 0, w->n_pairs * sizeof *sums);
    kernel_set()->image_moments_pairs(sums, w->core, row_of(w, a, row), row_of(w, b, row + below),
                                      s->kernel, s->stride, s->out.w);
    for (int i = 0; i < n && found < n; i++)
      if (reads(s, i, row)) add_pairs(w, moments, sums, a, b, i, below);
  }
  for (int i = 0; i < n; i++) add_pairs(w, moments, w->many, a, b, i, below);
}

static void add_sums(const Work *w, double *moments, int c) {
  const ConvShape *s = w->s;
  const int n = s->kernel, n_taps = taps_of(s);
  for (int row = 0; row < s->in.h; row++) {
    if (n_readers(s, n, row) == 0) continue;
    kernel_set()->image_moments_products(w->some, w->ones, row_of(w, c, row), n, s->stride,
                                         s->out.w);
    for (int i = 0; i < n; i++)
      for (int k = 0; k < n && reads(s, i, row); k++)
        add_lanes(moments, image_moments_place((c * n + i) * n + k, n_taps),
                  w->some + k * block_lanes());
  }
}

void image_moments(double *moments, const float *x, const ConvShape *s, float *scratch) {
  const Work w = work_of(s, scratch);
  memset(moments, 0, image_moments_count(s) * (size_t)block_lanes() * sizeof *moments);
  widen(&w, x);
  for (int a = 0; a < s->in.c; a++) {
    add_sums(&w, moments, a);
    for (int below = 0; below < s->kernel; below++)
      for (int b = below == 0 ? a : 0; b < s->in.c; b++) add_rows(&w, moments, a, b, below);
  }
}
