#ifndef NORMLAB_TESTS_POOL_REFERENCE_H
#define NORMLAB_TESTS_POOL_REFERENCE_H
/* Pooling in plain double precision on dense arrays [n_maps][h][w]. Windows are size_h x size_w. */
#include <stddef.h>

typedef struct PoolProblem {
  int n_maps, h, w, out_h, out_w, size_h, size_w, stride;
} PoolProblem;

PoolProblem pool_problem(int n_maps, int h, int w, int size_h, int size_w, int stride);
void max_pool_reference(const PoolProblem *p, double *y, const double *x);
void max_pool_reference_backward(const PoolProblem *p, double *dx, const double *dy,
                                 const double *x);
void avg_pool_reference(const PoolProblem *p, double *y, const double *x);
void avg_pool_reference_backward(const PoolProblem *p, double *dx, const double *dy);

#endif
