#include "kernel_test.h"
#include "kernels/loss.h"

#include <math.h>
#include <stdlib.h>

static float z[MAX_CLASSES * BLOCK_LINE], dz[MAX_CLASSES * BLOCK_LINE],
    probability[LANES * MAX_CLASSES];
static double loss[LANES];
static int32_t prediction[LANES];
static uint8_t label[LANES];

/* -log(exp(z[label]) / sum of exp(z)) in extended precision; no overflow at the sizes used. */
static double loss_reference(int lane, int n_classes, double shift, int shifted) {
  long double sum = 0, at_label = 0;
  for (int k = 0; k < n_classes; k++) {
    long double logit = (long double)z[k * BLOCK_LINE + lane] + (k == shifted ? shift : 0);
    sum += expl(logit);
    if (k == label[lane]) at_label = logit;
  }
  return (double)(logl(sum) - at_label);
}

static void fill(int n_classes, double scale) {
  uint64_t state = (uint64_t)n_classes;
  for (int i = 0; i < n_classes * BLOCK_LINE; i++) z[i] = (float)(scale * next_normal(&state));
  for (int l = 0; l < LANES; l++) label[l] = (uint8_t)((l * 7 + 3) % n_classes);
}

static void test_values(void **state) {
  (void)state;
  const int classes[] = {1, 2, 10, 256};
  for (int c = 0; c < 4; c++)
    for (double scale = 1e-3; scale < 1e4; scale *= 100)
      for (int n_valid = 0; n_valid <= LANES; n_valid += 5) {
        int n = classes[c];
        fill(n, scale);
        nll_loss(loss, prediction, probability, dz, z, label, n_valid, n);
        for (int l = 0; l < n_valid; l++) {
          double want = loss_reference(l, n, 0, -1), sum = 0;
          assert_one_near(loss[l], want, 1e-14 * (1 + scale * 10), "loss");
          int best = 0;
          for (int k = 0; k < n; k++) {
            if (z[k * BLOCK_LINE + l] > z[best * BLOCK_LINE + l]) best = k;
            double step = 1e-5;
            double slope =
                (loss_reference(l, n, step, k) - loss_reference(l, n, -step, k)) / (2 * step);
            assert_one_near(dz[k * BLOCK_LINE + l], slope, 1e-7, "dz");
            assert_one_near(probability[l * n + k], slope + (k == label[l]), 1e-7, "probability");
            sum += dz[k * BLOCK_LINE + l];
          }
          assert_one_near(sum, 0, 1e-6, "sum of dz");
          assert_int_equal(prediction[l], best);
        }
        for (int l = n_valid; l < LANES; l++) {
          assert_true(loss[l] == 0 && prediction[l] == -1);
          for (int k = 0; k < n; k++) assert_true(dz[k * BLOCK_LINE + l] == 0);
        }
      }
}

static void test_ties(void **state) {
  (void)state;
  fill(10, 0);
  z[3 * BLOCK_LINE + 2] = z[7 * BLOCK_LINE + 2] = 5;
  nll_loss(loss, prediction, NULL, NULL, z, label, LANES, 10);
  assert_int_equal(prediction[2], 3);
  assert_int_equal(prediction[1], 0);
  assert_one_near(loss[1], log(10), 1e-15, "loss");
}

static void test_not_finite(void **state) {
  (void)state;
  for (int k = 0; k < 10; k++) {
    fill(10, 1);
    z[k * BLOCK_LINE + 1] = NAN;
    z[k * BLOCK_LINE + 2] = INFINITY;
    z[label[3] * BLOCK_LINE + 3] = -INFINITY;
    nll_loss(loss, prediction, probability, dz, z, label, LANES, 10);
    assert_true(isnan(loss[1]) && isnan(loss[2]) && loss[3] == INFINITY && isfinite(loss[4]));
    assert_int_equal(prediction[1], k);
    for (int j = 0; j < 10; j++)
      assert_true(isnan(dz[j * BLOCK_LINE + 1]) && isnan(probability[10 + j]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_ties),
                                     cmocka_unit_test(test_not_finite)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
