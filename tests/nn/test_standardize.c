/* Standardized weights by themselves; test_gradient.c has them in whole networks. */
#include "ops/standardize.h"

#include "base/exact.h"
#include "fixture.h"
#include "nn/network.h"
#include "nn/summary.h"
#include "standardize_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 9, N_FILTERS = 4 };

/* Filters of several sizes, one far from 0, and one whose elements are all alike. */
static void draw(float w[N_FILTERS][N], int64_t gradient[N_FILTERS][N]) {
  uint64_t seed = 3;
  static const double scale[N_FILTERS] = {1, 1e-3, 0.3, 0}, middle[N_FILTERS] = {0, 0, 500, 0.25};
  for (int f = 0; f < N_FILTERS; f++)
    for (int k = 0; k < N; k++) {
      w[f][k] = (float)(middle[f] + scale[f] * (random_share(&seed) - 0.5));
      gradient[f][k] = (int64_t)((random_share(&seed) - 0.5) * 0x1p42);
    }
}

static void test_agrees_with_reference(void **state) {
  (void)state;
  float w[N_FILTERS][N], u[N_FILTERS][N];
  int64_t gradient[N_FILTERS][N], before[N_FILTERS][N];
  draw(w, gradient);
  memcpy(before, gradient, sizeof before);
  standardize_weights(u[0], w[0], N_FILTERS, N);
  assert_int_equal(standardize_gradient(gradient[0], w[0], N_FILTERS, N), 0);
  for (int f = 0; f < N_FILTERS; f++) {
    double wanted[N], by_w[N], exact[N], largest = 0;
    for (int k = 0; k < N; k++) exact[k] = w[f][k], by_w[k] = exact_gradient_value(before[f][k]);
    standardize_reference(wanted, exact, N);
    standardize_reference_backward(by_w, exact, N);
    for (int k = 0; k < N; k++) largest = fmax(largest, fabs(by_w[k]));
    for (int k = 0; k < N; k++) {
      assert_true(fabs((double)u[f][k] - wanted[k]) <= 1e-6);
      assert_true(fabs(exact_gradient_value(gradient[f][k]) - by_w[k]) <= 1e-11 * largest + 1e-12);
    }
  }
  for (int k = 0; k < N; k++) assert_true(u[3][k] == 0);
}

static void test_gradients_out_of_range_are_told(void **state) {
  (void)state;
  float w[N_FILTERS][N];
  int64_t gradient[N_FILTERS][N];
  draw(w, gradient);
  gradient[1][4] = (int64_t)0x1p60; /* over a deviation of 3e-4 */
  assert_int_equal(standardize_gradient(gradient[0], w[0], N_FILTERS, N), 1);
}

static void test_filters_of_one_weight_are_refused(void **state) {
  (void)state;
  static const char *const text =
      "network:\n  layers:\n    - {type: conv, channels: 10, kernel: 1}\n"
      "    - {type: global-avg-pool}\n";
  for (int channels = 1; channels <= 2; channels++) {
    Config *config = config_make(text, NULL, "network.weights=standardized", NULL);
    Network network;
    Status status = network_build(&network, config, channels, 8, 8);
    assert_int_equal(status.code, channels == 1 ? STATUS_USAGE : STATUS_OK);
    if (channels == 1) {
      assert_non_null(strstr(status.text, "test.yaml:3: network.layers.0 (conv): network.weights"));
      assert_non_null(strstr(status.text, "one weight"));
    } else {
      network_free(&network);
    }
    config_free(config);
  }
}

/* Those that are kept are plain. */
static void test_summary_and_first_values(void **state) {
  (void)state;
  Config *plain = config_make(NETWORK_S6, "batch", NULL);
  Config *config = config_make(NETWORK_S6, "batch", "network.weights=standardized", NULL);
  Network a, b;
  char *printed = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&printed, &bytes);
  assert_non_null(out);
  expect_ok(network_build(&a, plain, 1, 28, 28));
  expect_ok(network_build(&b, config, 1, 28, 28));
  assert_memory_equal(a.parameters, b.parameters, a.n_parameters * sizeof(float));
  assert_int_equal(network_bytes(&b) - network_bytes(&a) >= a.n_parameters * sizeof(float), 1);
  summary_print(out, &a);
  fclose(out);
  assert_null(strstr(printed, "standardized"));
  free(printed);
  out = open_memstream(&printed, &bytes);
  assert_non_null(out);
  summary_print(out, &b);
  fclose(out);
  assert_non_null(strstr(printed, "norm batch, convolutions of standardized weights\n"));
  free(printed);
  network_free(&a), network_free(&b);
  config_free(plain), config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_agrees_with_reference),
      cmocka_unit_test(test_gradients_out_of_range_are_told),
      cmocka_unit_test(test_filters_of_one_weight_are_refused),
      cmocka_unit_test(test_summary_and_first_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
