#include "kernel_test.h"
#include "kernels/pool.h"
#include "pool_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 3 };

/* h, w, size_h, size_w, stride: exact fits, rows and columns left over, gaps, overlaps, one window.
 */
static const int CASES[][5] = {
    {4, 4, 2, 2, 2}, {24, 24, 2, 2, 2}, {5, 7, 2, 2, 2},   {7, 7, 3, 3, 2},  {6, 5, 3, 3, 1},
    {9, 8, 2, 2, 3}, {10, 11, 3, 3, 5}, {1, 1, 1, 1, 1},   {5, 4, 1, 1, 1},  {6, 6, 1, 1, 2},
    {6, 5, 2, 2, 1}, {7, 7, 7, 7, 7},   {12, 12, 3, 3, 3}, {13, 9, 4, 4, 3}, {7, 5, 7, 5, 7},
    {4, 9, 4, 9, 1}, {6, 7, 2, 3, 2}};
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

typedef struct PoolCase {
  PoolProblem p;
  Shape in, out;
  size_t n_in, n_out;
  double *x, *dy;                   /* dense, of LANES samples */
  float *xb, *dyb, *yb[2], *dxb[2]; /* blocks; results of max and average pooling */
} PoolCase;

/* Few different values, so that windows have equal maxima. */
static PoolCase make(const int c[5]) {
  PoolCase k = {.p = pool_problem(LANES * CHANNELS, c[0], c[1], c[2], c[3], c[4])};
  k.in = shape_make(CHANNELS, c[0], c[1]);
  k.out = shape_make(CHANNELS, k.p.out_h, k.p.out_w);
  k.n_in = (size_t)(k.p.n_maps * c[0] * c[1]);
  k.n_out = (size_t)(k.p.n_maps * k.p.out_h * k.p.out_w);
  k.x = aligned_zeros(k.n_in, sizeof *k.x);
  k.dy = aligned_zeros(k.n_out, sizeof *k.dy);
  uint64_t state = 3;
  for (size_t i = 0; i < k.n_in; i++) k.x[i] = rint(2 * next_normal(&state)) / 2;
  for (size_t i = 0; i < k.n_out; i++) k.dy[i] = (float)next_normal(&state);
  k.xb = aligned_zeros(shape_floats(k.in), sizeof(float));
  k.dyb = aligned_zeros(shape_floats(k.out), sizeof(float));
  for (int i = 0; i < 2; i++) {
    k.yb[i] = aligned_zeros(shape_floats(k.out), sizeof(float));
    k.dxb[i] = aligned_zeros(shape_floats(k.in), sizeof(float));
  }
  to_blocks(k.xb, k.x, LANES, k.in, 0);
  to_blocks(k.dyb, k.dy, LANES, k.out, 0);
  return k;
}

static void discard(PoolCase *k) {
  free(k->x);
  free(k->dy);
  free(k->xb);
  free(k->dyb);
  for (int i = 0; i < 2; i++) {
    free(k->yb[i]);
    free(k->dxb[i]);
  }
}

static void run(PoolCase *k) {
  const PoolProblem *p = &k->p;
  for (int i = 0; i < 2; i++) { /* every element must be overwritten */
    memset(k->yb[i], 0x55, shape_floats(k->out) * sizeof(float));
    memset(k->dxb[i], 0x55, shape_floats(k->in) * sizeof(float));
  }
  const PoolShape shape = {k->in, k->out, p->size_h, p->size_w, p->stride};
  max_pool_forward(k->yb[0], k->xb, &shape);
  max_pool_backward(k->dxb[0], k->dyb, k->xb, &shape);
  avg_pool_forward(k->yb[1], k->xb, &shape);
  avg_pool_backward(k->dxb[1], k->dyb, &shape);
}

static void check(const PoolCase *k) {
  const PoolProblem *p = &k->p;
  double *y = aligned_zeros(2 * k->n_out, sizeof *y), *got_y = y + k->n_out;
  double *dx = aligned_zeros(2 * k->n_in, sizeof *dx), *got_dx = dx + k->n_in;
  max_pool_reference(p, y, k->x);
  max_pool_reference_backward(p, dx, k->dy, k->x);
  from_blocks(got_y, k->yb[0], LANES, k->out);
  from_blocks(got_dx, k->dxb[0], LANES, k->in);
  assert_near(got_y, y, k->n_out, 0, "max y");
  assert_near(got_dx, dx, k->n_in, 3e-6, "max dx");
  avg_pool_reference(p, y, k->x);
  avg_pool_reference_backward(p, dx, k->dy);
  from_blocks(got_y, k->yb[1], LANES, k->out);
  from_blocks(got_dx, k->dxb[1], LANES, k->in);
  assert_near(got_y, y, k->n_out, 3e-7, "average y");
  assert_near(got_dx, dx, k->n_in, 1e-6, "average dx");
  free(y);
  free(dx);
}

static void check_case(const int c[5]) {
  PoolCase portable = make(c);
  assert_true(use_isa(ISA_PORTABLE));
  run(&portable);
  check(&portable);
  for (Isa isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    PoolCase other = make(c);
    run(&other);
    check(&other);
    for (int i = 0; i < 2; i++) {
      assert_memory_equal(other.yb[i], portable.yb[i], shape_floats(other.out) * sizeof(float));
      assert_memory_equal(other.dxb[i], portable.dxb[i], shape_floats(other.in) * sizeof(float));
    }
    discard(&other);
  }
  discard(&portable);
}

static void test_kernels(void **state) {
  (void)state;
  for (int i = 0; i < N_CASES; i++) check_case(CASES[i]);
}

/* The twins' derivatives against differences: loss = sum of dy y. */
static void test_twins(void **state) {
  (void)state;
  for (int c = 0; c < N_CASES; c++) {
    PoolCase k = make(CASES[c]);
    double *y = aligned_zeros(k.n_out, sizeof *y), *dx = aligned_zeros(k.n_in, sizeof *dx);
    uint64_t seed = 9;
    for (size_t i = 0; i < k.n_in; i++) k.x[i] = next_normal(&seed);
    for (int average = 0; average < 2; average++) {
      void (*forward)(const PoolProblem *, double *, const double *) =
          average ? avg_pool_reference : max_pool_reference;
      if (average)
        avg_pool_reference_backward(&k.p, dx, k.dy);
      else
        max_pool_reference_backward(&k.p, dx, k.dy, k.x);
      for (size_t i = 0; i < k.n_in; i += 1 + k.n_in / 50) {
        double kept = k.x[i], loss[2] = {0};
        for (int side = 0; side < 2; side++) {
          k.x[i] = kept + (side ? 1e-6 : -1e-6);
          forward(&k.p, y, k.x);
          for (size_t o = 0; o < k.n_out; o++) loss[side] += k.dy[o] * y[o];
        }
        k.x[i] = kept;
        assert_one_near(dx[i], (loss[1] - loss[0]) / 2e-6, 1e-6, "dx");
      }
    }
    free(y);
    free(dx);
    discard(&k);
  }
}

/* A NaN anywhere in a window is its maximum and its mean; an infinity, too. */
static void test_not_finite(void **state) {
  (void)state;
  const int c[5] = {6, 6, 3, 3, 3};
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        PoolCase k = make(c);
        float *at = k.xb + ((3 + i) * 6 + j) * LANES;
        at[4] = NAN;
        at[5] = INFINITY;
        run(&k);
        for (int kind = 0; kind < 2; kind++) {
          const float *y = k.yb[kind] + 2 * LANES;
          assert_true(isnan(y[4]) && y[5] == INFINITY && isfinite(y[6]));
        }
        assert_true(k.dxb[0][((3 + i) * 6 + j) * LANES + 4] == k.dyb[2 * LANES + 4]);
        discard(&k);
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins), cmocka_unit_test(test_kernels),
                                     cmocka_unit_test(test_not_finite)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
