#include "pool_reference.h"

PoolProblem pool_problem(int n_maps, int h, int w, int size_h, int size_w, int stride) {
  return (PoolProblem){n_maps, h,      w,     (h - size_h) / stride + 1, (w - size_w) / stride + 1,
                       size_h, size_w, stride};
}

/* Index in x of element (k, m) of the window of output o. */
static int input_of(const PoolProblem *p, int o, int k, int m) {
  int column = o % p->out_w, row = o / p->out_w % p->out_h, map = o / p->out_w / p->out_h;
  return (map * p->h + row * p->stride + k) * p->w + column * p->stride + m;
}

static int n_outputs(const PoolProblem *p) {
  return p->n_maps * p->out_h * p->out_w;
}

/* The first of the largest elements; a NaN counts as largest. */
static int arg_max(const PoolProblem *p, const double *x, int o) {
  int best = input_of(p, o, 0, 0);
  for (int k = 0; k < p->size_h; k++)
    for (int m = 0; m < p->size_w; m++) {
      int i = input_of(p, o, k, m);
      if (x[i] > x[best] || x[i] != x[i]) best = i;
    }
  return best;
}

void max_pool_reference(const PoolProblem *p, double *y, const double *x) {
  for (int o = 0; o < n_outputs(p); o++) y[o] = x[arg_max(p, x, o)];
}

void max_pool_reference_backward(const PoolProblem *p, double *dx, const double *dy,
                                 const double *x) {
  for (int i = 0; i < p->n_maps * p->h * p->w; i++) dx[i] = 0;
  for (int o = 0; o < n_outputs(p); o++) dx[arg_max(p, x, o)] += dy[o];
}

void avg_pool_reference(const PoolProblem *p, double *y, const double *x) {
  for (int o = 0; o < n_outputs(p); o++) {
    y[o] = 0;
    for (int k = 0; k < p->size_h; k++)
      for (int m = 0; m < p->size_w; m++) y[o] += x[input_of(p, o, k, m)] / (p->size_h * p->size_w);
  }
}

void avg_pool_reference_backward(const PoolProblem *p, double *dx, const double *dy) {
  for (int i = 0; i < p->n_maps * p->h * p->w; i++) dx[i] = 0;
  for (int o = 0; o < n_outputs(p); o++)
    for (int k = 0; k < p->size_h; k++)
      for (int m = 0; m < p->size_w; m++)
        dx[input_of(p, o, k, m)] += dy[o] / (p->size_h * p->size_w);
}
