#include "base/memory.h"
#include "kernels/gemm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static float *random_floats(size_t n, uint64_t seed) {
  float *p;
  Status status = memory_allocate(&p, n, sizeof *p, "test data");
  assert_int_equal(status.code, STATUS_OK);
  for (size_t i = 0; i < n; i++) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    p[i] = (float)(int32_t)(seed >> 32) * 0x1p-31F;
  }
  return p;
}

static size_t place(Shape s, int feature) {
  const int plane = s.h * s.w;
  return (size_t)(feature / plane) * s.stride + (size_t)(feature % plane * LANES);
}

/* A sum of products in double, and of their magnitudes: what rounding errors are relative to. */
typedef struct Sum {
  double value, magnitude;
} Sum;

static void add(Sum *sum, float a, float b) {
  sum->value += (double)a * (double)b;
  sum->magnitude += fabs((double)a * (double)b);
}

static void check_near(float value, Sum sum) {
  const double error = fabs((double)value - sum.value);
  if (!(error <= 1e-6 * sum.magnitude)) print_error("%g, not %g\n", (double)value, sum.value);
  assert_true(error <= 1e-6 * sum.magnitude);
}

static void check_forward(const float *y, const float *x, const float *w, const float *b, Shape in,
                          int n_out) {
  const int n_in = in.c * in.h * in.w;
  for (int o = 0; o < n_out; o++)
    for (int l = 0; l < LANES; l++) {
      Sum sum = {0, 0};
      if (b) add(&sum, b[o], 1);
      for (int i = 0; i < n_in; i++) add(&sum, w[o * n_in + i], x[place(in, i) + (size_t)l]);
      check_near(y[o * LANES + l], sum);
    }
}

static void check_backward(const float *dx, const float *dw, const float *db, const float *x,
                           const float *dy, const float *w, Shape in, int n_out) {
  const int n_in = in.c * in.h * in.w;
  for (int i = 0; i < n_in; i++)
    for (int l = 0; l < LANES; l++) {
      Sum sum = {0, 0};
      for (int o = 0; o < n_out; o++) add(&sum, w[o * n_in + i], dy[o * LANES + l]);
      check_near(dx[place(in, i) + (size_t)l], sum);
    }
  for (int o = 0; o < n_out; o++) {
    Sum bias = {0, 0};
    for (int l = 0; l < LANES; l++) add(&bias, dy[o * LANES + l], 1);
    check_near(db[o], bias);
    for (int i = 0; i < n_in; i++) {
      Sum sum = {0, 0};
      for (int l = 0; l < LANES; l++) add(&sum, dy[o * LANES + l], x[place(in, i) + (size_t)l]);
      check_near(dw[o * n_in + i], sum);
    }
  }
}

static void check_shape(Shape in, int n_out) {
  const size_t n_in = (size_t)(in.c * in.h * in.w), n_w = n_in * (size_t)n_out;
  float *x = random_floats(shape_floats(in), 1), *w = random_floats(n_w, 2);
  float *b = random_floats((size_t)n_out, 3);
  float *dy = random_floats((size_t)n_out * LANES, 4), *y = random_floats((size_t)n_out * LANES, 5);
  float *dx = random_floats(shape_floats(in), 6), *dw = random_floats(n_w, 7);
  float *db = random_floats((size_t)n_out, 8);
  float *scratch = random_floats(linear_scratch_size(in, n_out), 9);
  LinearCall call = {in, n_out, w, b, scratch};
  linear_forward(y, x, &call);
  check_forward(y, x, w, b, in, n_out);
  call.bias = NULL;
  linear_forward(y, x, &call);
  check_forward(y, x, w, NULL, in, n_out);
  linear_backward_data(dx, dy, &call);
  linear_backward_weights(dw, db, x, dy, &call);
  check_backward(dx, dw, db, x, dy, w, in, n_out);
  linear_backward_weights(dw, NULL, x, dy, &call);
  check_backward(dx, dw, db, x, dy, w, in, n_out);
  float *all[] = {x, w, b, dy, y, dx, dw, db, scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void test_linear_agrees_with_formula(void **state) {
  (void)state;
  check_shape(shape_make(1, 1, 1), 1);
  check_shape(shape_make(50, 1, 1), 10);
  check_shape(shape_make(1, 4, 6), 3);
  check_shape(shape_make(3, 4, 5), 7); /* channels with a gap */
  check_shape(shape_make(5, 3, 3), 16);
  check_shape(shape_make(10, 12, 12), 33);
}

int main(int argc, char **argv) {
  (void)argc;
  gemm_fix_core_type(argv);
  gemm_single_thread();
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear_agrees_with_formula)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
