#include "base/exact.h"
#include "base/memory.h"
#include "kernel_test.h"
#include "kernels/conv.h"

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

static int64_t *sums_make(size_t n) {
  int64_t *p;
  Status status = memory_allocate(&p, n, sizeof *p, "test data");
  assert_int_equal(status.code, STATUS_OK);
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
      check_near(y[o * BLOCK_LINE + l], sum);
    }
}

static void check_backward(const float *dx, const float *dw, const float *db, const float *x,
                           const float *dy, const float *w, Shape in, int n_out) {
  const int n_in = in.c * in.h * in.w;
  for (int i = 0; i < n_in; i++)
    for (int l = 0; l < LANES; l++) {
      Sum sum = {0, 0};
      for (int o = 0; o < n_out; o++) add(&sum, w[o * n_in + i], dy[o * BLOCK_LINE + l]);
      check_near(dx[place(in, i) + (size_t)l], sum);
    }
  for (int o = 0; o < n_out; o++) {
    Sum bias = {0, 0};
    for (int l = 0; l < LANES; l++) add(&bias, dy[o * BLOCK_LINE + l], 1);
    check_near(db[o], bias);
    for (int i = 0; i < n_in; i++) {
      Sum sum = {0, 0};
      for (int l = 0; l < LANES; l++)
        add(&sum, dy[o * BLOCK_LINE + l], x[place(in, i) + (size_t)l]);
      check_near(dw[o * n_in + i], sum);
    }
  }
}

/* One layer and all that its kernels write; dw and db: the values of the sums in it. */
typedef struct LinearCase {
  Shape in;
  int n_out;
  size_t n_w;
  float *x, *w, *b, *dy, *y, *plain_y, *dx, *dw, *db, *scratch;
} LinearCase;

static LinearCase make(Shape in, int n_out) {
  LinearCase c = {.in = in, .n_out = n_out};
  c.n_w = (size_t)(in.c * in.h * in.w) * (size_t)n_out;
  const size_t out = (size_t)n_out;
  c.x = random_floats(shape_floats(in), 1), c.w = random_floats(c.n_w, 2);
  c.b = random_floats(out, 3), c.dy = random_floats(out * BLOCK_LINE, 4);
  c.y = random_floats(out * BLOCK_LINE, 5), c.plain_y = random_floats(out * BLOCK_LINE, 6);
  c.dx = random_floats(shape_floats(in), 7), c.dw = random_floats(c.n_w, 8);
  c.db = random_floats(out, 9), c.scratch = random_floats(2 * shape_floats(in), 10);
  return c;
}

static void discard(LinearCase *c) {
  float *all[] = {c->x, c->w, c->b, c->dy, c->y, c->plain_y, c->dx, c->dw, c->db, c->scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void run(LinearCase *c, const LinearKernels *kernels) {
  assert_true(kernels->scratch_size(c->in) <= 2 * shape_floats(c->in));
  LinearCall call = {c->in, c->n_out, c->in.c * c->in.h * c->in.w, c->w, c->b, c->scratch, 1e4};
  int64_t *dw = sums_make(c->n_w), *db = sums_make((size_t)c->n_out);
  kernels->forward(c->y, c->x, &call);
  kernels->backward_data(c->dx, c->dy, &call);
  assert_int_equal(kernels->backward_weights(dw, db, c->x, c->dy, &call), 0);
  for (size_t i = 0; i < c->n_w; i++) c->dw[i] = (float)exact_gradient_value(dw[i]);
  for (int i = 0; i < c->n_out; i++) c->db[i] = (float)exact_gradient_value(db[i]);
  free(dw);
  free(db);
  call.bias = NULL;
  kernels->forward(c->plain_y, c->x, &call);
}

static void check(const LinearCase *c) {
  check_forward(c->y, c->x, c->w, c->b, c->in, c->n_out);
  check_forward(c->plain_y, c->x, c->w, NULL, c->in, c->n_out);
  check_backward(c->dx, c->dw, c->db, c->x, c->dy, c->w, c->in, c->n_out);
}

/* Every instruction set against the formula and, bit by bit, against the portable one. */
static void check_direct(Shape in, int n_out) {
  LinearCase portable = make(in, n_out), other = make(in, n_out);
  const size_t out = (size_t)n_out;
  assert_true(use_isa(ISA_PORTABLE));
  run(&portable, conv_backend("direct")->linear());
  check(&portable);
  for (Isa isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    run(&other, conv_backend("direct")->linear());
    assert_memory_equal(other.y, portable.y, out * BLOCK_LINE * sizeof(float));
    assert_memory_equal(other.plain_y, portable.plain_y, out * BLOCK_LINE * sizeof(float));
    assert_memory_equal(other.dx, portable.dx, shape_floats(in) * sizeof(float));
    assert_memory_equal(other.dw, portable.dw, portable.n_w * sizeof(float));
    assert_memory_equal(other.db, portable.db, out * sizeof(float));
  }
  discard(&portable);
  discard(&other);
}

static const struct {
  int c, h, w, n_out;
} CASES[] = {
    {1, 1, 1, 1},  {50, 1, 1, 10}, {1, 4, 6, 3},     {3, 4, 5, 7}, /* channels with a gap */
    {5, 3, 3, 16}, {7, 1, 2, 9},   {10, 12, 12, 33}, {64, 4, 4, 13}};
enum { N_CASES = sizeof CASES / sizeof *CASES };

static void test_direct(void **state) {
  (void)state;
  for (int i = 0; i < N_CASES; i++)
    check_direct(shape_make(CASES[i].c, CASES[i].h, CASES[i].w), CASES[i].n_out);
  for (int n = 1; n <= 40; n++) check_direct(shape_make(n, 1, 1), 1 + n % 20);
}

static void test_gemm(void **state) {
  (void)state;
  const ConvBackend *gemm = conv_backend("gemm");
  if (LANES < 16) skip(); /* it has blocks of 16 lanes only */
  assert_int_equal(gemm->prepare(1).code, STATUS_OK);
  for (int i = 0; i < N_CASES; i++) {
    LinearCase c = make(shape_make(CASES[i].c, CASES[i].h, CASES[i].w), CASES[i].n_out);
    run(&c, gemm->linear());
    check(&c);
    discard(&c);
  }
}

/* x of empty lanes has no influence on the gradients of weights and bias. */
static void test_empty_lanes(void **state) {
  (void)state;
  LinearCase a = make(shape_make(5, 2, 3), 11), b = make(shape_make(5, 2, 3), 11);
  for (int o = 0; o < a.n_out; o++)
    for (int l = 5; l < LANES; l++) a.dy[o * BLOCK_LINE + l] = b.dy[o * BLOCK_LINE + l] = 0;
  for (size_t i = 0; i < shape_floats(b.in); i++)
    if (i % LANES >= 5) b.x[i] = 1e30F * b.x[i];
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    run(&a, conv_backend("direct")->linear());
    run(&b, conv_backend("direct")->linear());
    assert_memory_equal(a.db, b.db, (size_t)a.n_out * sizeof(float));
    for (size_t i = 0; i < a.n_w; i++) assert_true(a.dw[i] == b.dw[i]);
  }
  discard(&a);
  discard(&b);
}

/* Sums over samples are those of blocks that have one sample each, term by term: of any sizes, up
 * to products that are out of range. */
static void check_samples(LinearCase *c, const LinearKernels *kernels, float size, double limit) {
  const size_t n_out = (size_t)c->n_out, n_x = shape_floats(c->in);
  const LinearCall call = {.in = c->in, .n_out = c->n_out, .scratch = c->scratch, .limit = limit};
  int64_t *dw = sums_make(c->n_w), *db = sums_make(n_out), *want = sums_make(c->n_w),
          *want_db = sums_make(n_out);
  float *dy = random_floats(n_out * BLOCK_LINE, 0);
  int want_flag = 0;
  for (size_t i = 0; i < n_x; i++) c->x[i] *= i % LANES == 3 ? size : 1;
  for (int l = 0; l < LANES; l++) {
    for (size_t i = 0; i < n_out * BLOCK_LINE; i++) dy[i] = (int)(i % LANES) == l ? c->dy[i] : 0;
    want_flag |= kernels->backward_weights(want, want_db, c->x, dy, &call);
  }
  assert_int_equal(kernels->backward_weights(dw, db, c->x, c->dy, &call), want_flag);
  assert_int_equal(want_flag, size > 1e3F);
  assert_memory_equal(dw, want, c->n_w * sizeof *dw);
  assert_memory_equal(db, want_db, n_out * sizeof *db);
  void *all[] = {dw, db, want, want_db, dy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void test_samples_are_rounded_by_themselves(void **state) {
  (void)state;
  const float sizes[] = {1, 1e-9F, 1e3F, 1e9F};
  const LinearKernels *gemm = conv_backend("gemm")->linear();
  for (int k = 0; k < 4; k++) {
    for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
      if (!use_isa(isa)) continue;
      LinearCase c = make(shape_make(5, 3, 5), 11);
      check_samples(&c, conv_backend("direct")->linear(), sizes[k], 5e3);
      discard(&c);
    }
    LinearCase c = make(shape_make(5, 3, 5), 11);
    check_samples(&c, gemm, sizes[k], 5e3);
    discard(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_direct), cmocka_unit_test(test_gemm),
                                     cmocka_unit_test(test_empty_lanes),
                                     cmocka_unit_test(test_samples_are_rounded_by_themselves)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
