/* Label smoothing against its formula in extended precision, and by differences. */
#include "kernels/block.h"
#include "kernels/loss.h"

#include "fixture.h"

#include <math.h>
#include <string.h>

enum { MOST = 256 };

static float z[MOST * LANES], dz[MOST * LANES], other[MOST * LANES];
static double loss[LANES], plain[LANES];
static int32_t prediction[LANES], same[LANES];
static uint8_t label[LANES];

/* Cross entropy to the smoothed distribution; shift is added to logit `shifted`. */
static long double reference(int lane, int n, double s, double shift, int shifted) {
  long double sum = 0, value = 0;
  for (int k = 0; k < n; k++)
    sum += expl((long double)z[k * LANES + lane] + (k == shifted ? (long double)shift : 0));
  for (int k = 0; k < n; k++) {
    long double logit = (long double)z[k * LANES + lane] + (k == shifted ? (long double)shift : 0);
    long double wanted = (k == label[lane] ? 1 - s : 0) + (long double)s / n;
    value -= wanted * (logit - logl(sum));
  }
  return value;
}

static void fill(int n, double scale) {
  uint64_t random = (uint64_t)n;
  for (int i = 0; i < n * LANES; i++) z[i] = (float)(scale * (2 * random_share(&random) - 1));
  for (int l = 0; l < LANES; l++) label[l] = (uint8_t)((l * 7 + 3) % n);
}

static void check_lane(int l, int n, double s, double scale) {
  double want = (double)reference(l, n, s, 0, -1), sum = 0;
  assert_true(fabs(loss[l] - want) <= 1e-14 * (1 + 10 * scale));
  for (int k = 0; k < n; k++) {
    const double step = 1e-5;
    double slope =
        (double)((reference(l, n, s, step, k) - reference(l, n, s, -step, k)) / (2 * step));
    assert_true(fabs((double)dz[k * LANES + l] - slope) <= 2e-7);
    sum += (double)dz[k * LANES + l];
  }
  assert_true(fabs(sum) <= 1e-5);
}

static void values_and_slopes(void **state) {
  (void)state;
  const int classes[] = {1, 2, 10, 256};
  const double shares[] = {0.001, 0.1, 0.5, 0.999};
  for (int c = 0; c < 4; c++)
    for (int i = 0; i < 4; i++)
      for (double scale = 0.01; scale < 1000; scale *= 50)
        for (int n_valid = 0; n_valid <= LANES; n_valid += 4) {
          fill(classes[c], scale);
          smoothed_loss(loss, prediction, dz, z, label, shares[i], n_valid, classes[c]);
          nll_loss(plain, same, NULL, NULL, z, label, n_valid, classes[c]);
          assert_memory_equal(prediction, same, sizeof same);
          for (int l = 0; l < n_valid; l++) check_lane(l, classes[c], shares[i], scale);
          for (int l = n_valid; l < LANES; l++) {
            assert_true(loss[l] == 0 && prediction[l] == -1);
            for (int k = 0; k < classes[c]; k++) assert_true(dz[k * LANES + l] == 0);
          }
        }
}

static void none_is_none(void **state) {
  (void)state;
  fill(10, 4);
  z[4 * LANES + 2] = -INFINITY; /* finite all the same, as it is not the label's */
  z[label[3] * LANES + 3] = -INFINITY;
  smoothed_loss(loss, prediction, dz, z, label, 0, 13, 10);
  nll_loss(plain, same, NULL, other, z, label, 13, 10);
  assert_int_not_equal(label[2], 4);
  assert_true(isfinite(loss[2]) && isinf(loss[3]));
  assert_memory_equal(loss, plain, sizeof loss);
  assert_memory_equal(prediction, same, sizeof same);
  assert_memory_equal(dz, other, 10 * LANES * sizeof *dz);
}

static void not_finite(void **state) {
  (void)state;
  fill(10, 1);
  z[5 * LANES + 1] = NAN;
  z[5 * LANES + 2] = INFINITY;
  z[5 * LANES + 3] = -INFINITY;
  smoothed_loss(loss, prediction, dz, z, label, 0.1, LANES, 10);
  assert_true(isnan(loss[1]) && isnan(loss[2]) && loss[3] == INFINITY && isfinite(loss[4]));
  assert_true(isnan(dz[0 * LANES + 1]) && isnan(dz[0 * LANES + 2]));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(values_and_slopes),
                                     cmocka_unit_test(none_is_none), cmocka_unit_test(not_finite)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
