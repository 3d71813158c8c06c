#include "conv_case.h"
#include "conv_reference.h"
#include "kernels/isa.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* in_c, out_c, h, w, kernel, stride, padding: the networks' layers (the largest maps smaller),
 * every remainder of a tile in each direction, and maps smaller than a tile. */
static const ConvCase CASES[] = {
    {1, 8, 28, 28, 3, 1, 0},  {8, 8, 26, 26, 3, 1, 0},  {8, 8, 24, 24, 3, 1, 0},
    {8, 12, 11, 11, 3, 1, 0}, {12, 14, 9, 9, 3, 1, 0},  {14, 8, 7, 7, 1, 1, 0},
    {8, 26, 7, 7, 3, 1, 0},   {26, 50, 5, 5, 1, 1, 0},  {50, 10, 1, 1, 1, 1, 0},
    {12, 16, 6, 6, 3, 1, 1},  {1, 96, 13, 14, 5, 1, 2}, {96, 16, 11, 13, 1, 1, 0},
    {16, 10, 4, 4, 3, 1, 0},  {3, 16, 17, 16, 3, 1, 0}, {32, 10, 4, 4, 3, 1, 1},
    {1, 1, 1, 1, 1, 1, 0},    {1, 1, 1, 1, 3, 1, 1},    {2, 3, 1, 1, 3, 1, 2},
    {5, 7, 2, 3, 2, 1, 1},    {1, 2, 1, 9, 3, 1, 1},    {3, 1, 9, 1, 3, 1, 2},
    {9, 5, 13, 12, 3, 1, 1},  {2, 11, 3, 14, 3, 1, 2},  {6, 13, 8, 8, 4, 1, 3},
    {3, 2, 70, 3, 3, 1, 0},   {2, 1, 3, 70, 3, 1, 1},   {2, 2, 4, 133, 2, 1, 0},
    {3, 4, 9, 10, 5, 1, 4},   {7, 6, 7, 7, 7, 1, 0},    {7, 6, 7, 7, 7, 1, 3},
    {1, 8, 28, 28, 3, 2, 0},  {1, 8, 27, 28, 3, 2, 1},  {4, 6, 8, 9, 1, 2, 0},
    {3, 5, 9, 8, 2, 2, 0},    {3, 5, 9, 8, 2, 2, 1},    {10, 3, 14, 15, 5, 2, 2},
    {5, 10, 5, 5, 4, 2, 3},   {2, 2, 1, 1, 3, 2, 1},    {2, 3, 2, 2, 1, 2, 0},
    {1, 1, 3, 6, 3, 2, 2},    {2, 3, 5, 13, 3, 1, 1},   {3, 5, 4, 13, 3, 1, 0},
    {5, 2, 2, 19, 3, 1, 1},   {2, 7, 6, 20, 3, 1, 2},
};
enum { N_CASES = sizeof CASES / sizeof *CASES };

static const char *const BACKENDS[] = {"direct", "winograd", "auto", "gemm"};
/* gemm is the last; it has blocks of 16 lanes only. */
enum { N_VECTOR_BACKENDS = 3, HAS_GEMM = LANES == 16, N_BACKENDS = N_VECTOR_BACKENDS + HAS_GEMM };

static double *doubles(size_t n) {
  double *p = calloc(n, sizeof *p);
  assert_non_null(p);
  return p;
}

/* Errors relative to the largest value. Outputs are sums of up to 2,400 products here, in one
 * chain. */
static void check_backend(const char *name, const double tolerance[3]) {
  static const char *const what[] = {"forward", "dx", "dw"};
  const ConvBackend *backend = conv_backend(name);
  assert_non_null(backend);
  assert_string_equal(backend->name, name);
  double largest[3] = {0, 0, 0};
  int n_bad = 0;
  for (int i = 0; i < N_CASES; i++) {
    ConvData d = conv_data_make(CASES[i], (unsigned)i);
    double error[3];
    conv_data_run(&d, backend);
    conv_errors(error, &d);
    for (int k = 0; k < 3; k++) {
      if (!(error[k] <= largest[k])) largest[k] = error[k];
      if (error[k] <= tolerance[k]) continue;
      conv_print_case(what[k], &CASES[i], error[k]);
      n_bad++;
    }
    conv_data_free(&d);
  }
  print_message("%s, %s: largest error forward %.1e, dx %.1e, dw %.1e\n", name,
                isa_name(isa_current()), largest[0], largest[1], largest[2]);
  assert_int_equal(n_bad, 0);
}

static void test_direct_agrees_with_reference(void **state) {
  (void)state;
  const double tolerance[3] = {2e-6, 2e-6, 5e-7};
  for (int isa = 0; isa < ISA_COUNT; isa++)
    if (conv_select_isa((Isa)isa)) check_backend("direct", tolerance);
}

static void test_gemm_agrees_with_reference(void **state) {
  (void)state;
  const double tolerance[3] = {2e-6, 2e-6, 2e-6};
  if (HAS_GEMM) check_backend("gemm", tolerance);
}

static void test_unknown_backend(void **state) {
  (void)state;
  assert_null(conv_backend("cuda"));
  assert_null(conv_backend(""));
}

static void test_bits_do_not_depend_on_instruction_set(void **state) {
  (void)state;
  for (int k = 0; k < N_VECTOR_BACKENDS; k++)
    for (int i = 0; i < N_CASES; i++)
      conv_check_instruction_sets(&CASES[i], conv_backend(BACKENDS[k]));
}

static void test_repeats_have_the_same_bits(void **state) {
  (void)state;
  for (int k = 0; k < N_BACKENDS; k++) {
    for (int i = 0; i < N_CASES; i++) {
      ConvData a = conv_data_make(CASES[i], 7), b = conv_data_make(CASES[i], 7);
      conv_data_run(&a, conv_backend(BACKENDS[k]));
      conv_data_run(&b, conv_backend(BACKENDS[k]));
      assert_int_equal(conv_count_different(a.y, b.y, a.s.out), 0);
      assert_int_equal(conv_count_different(a.dx, b.dx, a.s.in), 0);
      assert_memory_equal(a.dw, b.dw, a.n_w * sizeof *a.dw);
      conv_data_free(&a);
      conv_data_free(&b);
    }
  }
}

/* The vector kernels give the same bits in parts; OpenBLAS may add in another order. */
static void test_parts(void **state) {
  (void)state;
  const double tolerance[3] = {2e-6, 2e-6, 2e-6};
  for (int i = 0; i < N_CASES; i++) {
    for (int isa = 0; isa < ISA_COUNT; isa++)
      for (int k = 0; k < N_VECTOR_BACKENDS && conv_select_isa((Isa)isa); k++)
        conv_check_bands(&CASES[i], conv_backend(BACKENDS[k]));
    if (!HAS_GEMM) continue;
    ConvData b = conv_data_make(CASES[i], 7);
    double error[3];
    conv_data_run_bands(&b, conv_backend("gemm"));
    conv_errors(error, &b);
    for (int k = 0; k < 3; k++) assert_true(error[k] <= tolerance[k]);
    conv_data_free(&b);
  }
}

static float zero(uint64_t *state) {
  (void)state;
  return 0;
}

static float garbage(uint64_t *state) {
  return conv_random(state) * 1e30F;
}

static void test_empty_lanes_have_no_influence(void **state) {
  (void)state;
  uint64_t random = 5;
  for (int k = 0; k < N_BACKENDS; k++) {
    for (int n_valid = 1; n_valid < LANES; n_valid += 3) {
      for (int i = 0; i < N_CASES; i += 2) {
        ConvData a = conv_data_make(CASES[i], 11), b = conv_data_make(CASES[i], 11);
        conv_fill_lanes(a.dy, a.s.out, n_valid, zero, NULL);
        conv_fill_lanes(b.dy, b.s.out, n_valid, zero, NULL);
        conv_fill_lanes(a.x, a.s.in, n_valid, zero, NULL);
        conv_fill_lanes(b.x, b.s.in, n_valid, garbage, &random);
        conv_data_run(&a, conv_backend(BACKENDS[k]));
        conv_data_run(&b, conv_backend(BACKENDS[k]));
        for (size_t j = 0; j < a.n_w; j++) assert_true(a.dw[j] == b.dw[j]);
        conv_data_free(&a);
        conv_data_free(&b);
      }
    }
  }
}

/* Many pixels with one sign: a single running sum in float would be off by 1e-5 and more. */
static void test_weight_gradient_of_a_large_map(void **state) {
  (void)state;
  ConvData d = conv_data_make((ConvCase){2, 2, 130, 130, 3, 1, 1}, 3);
  for (size_t i = 0; i < d.n_x; i++) d.x[i] = fabsf(d.x[i]) + 0.5F;
  for (size_t i = 0; i < d.n_y; i++) d.dy[i] = fabsf(d.dy[i]) + 0.5F;
  double error[3];
  conv_data_run(&d, conv_backend("direct"));
  conv_errors(error, &d);
  print_message("direct, 130 x 130, positive values: error of dw %.1e\n", error[2]);
  assert_true(error[2] <= 5e-7);
  conv_data_free(&d);
}

/* The convolution is linear in x and in w, so central differences have rounding errors only. */
static void test_reference_gradients_are_derivatives(void **state) {
  (void)state;
  for (int n = 0; n < N_CASES; n++) {
    const ConvShape s = conv_case_shape(CASES[n]);
    const int n_x = s.in.c * s.in.h * s.in.w, n_y = s.out.c * s.out.h * s.out.w;
    const int n_w = s.out.c * s.in.c * s.kernel * s.kernel;
    if ((double)n_y * n_w / s.out.c > 1e5) continue;
    double *x = doubles((size_t)n_x), *dx = doubles((size_t)n_x), *y = doubles((size_t)n_y);
    double *dy = doubles((size_t)n_y), *w = doubles((size_t)n_w), *dw = doubles((size_t)n_w);
    uint64_t random = 17;
    for (int i = 0; i < n_x; i++) x[i] = (double)conv_random(&random);
    for (int i = 0; i < n_y; i++) dy[i] = (double)conv_random(&random);
    for (int i = 0; i < n_w; i++) w[i] = (double)conv_random(&random);
    conv_reference_backward_data(dx, dy, w, &s);
    conv_reference_backward_weights(dw, x, dy, &s);
    for (int k = 0; k < 20; k++) {
      double *value = k % 2 ? x : w, *gradient = k % 2 ? dx : dw;
      const int size = k % 2 ? n_x : n_w, at = (int)((long)k * 7919 % size);
      const double middle = value[at];
      double change = 0;
      for (int sign = -1; sign <= 1; sign += 2) {
        value[at] = middle + sign * 0.5;
        conv_reference_forward(y, x, w, &s);
        for (int i = 0; i < n_y; i++) change += sign * dy[i] * y[i];
      }
      value[at] = middle;
      if (!(fabs(change - gradient[at]) <= 1e-10)) conv_print_case("twin", &CASES[n], change);
      assert_true(fabs(change - gradient[at]) <= 1e-10);
    }
    double *all[] = {x, dx, y, dy, w, dw};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  }
}

/* Of the backend gemm, which loads a library. */
static int prepare(void **state) {
  (void)state;
  return conv_backend("gemm")->prepare(1).code != STATUS_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_gradients_are_derivatives),
      cmocka_unit_test(test_direct_agrees_with_reference),
      cmocka_unit_test(test_gemm_agrees_with_reference),
      cmocka_unit_test(test_unknown_backend),
      cmocka_unit_test(test_bits_do_not_depend_on_instruction_set),
      cmocka_unit_test(test_repeats_have_the_same_bits),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_empty_lanes_have_no_influence),
      cmocka_unit_test(test_weight_gradient_of_a_large_map),
  };
  return cmocka_run_group_tests(tests, prepare, NULL);
}
