/* The series against the library's functions in extended precision, and bits that must not change.
 */
#include "base/series.h"

#include "support/cmocka_all.h"
#include <math.h>
#include <string.h>

static void expect_near(double value, long double expected, double tolerance) {
  double error = (double)fabsl((long double)value - expected);
  if (!(error <= tolerance)) fail_msg("%.17g, expected %.17Lg", value, expected);
}

static void sine_and_cosine(void **state) {
  (void)state;
  const long double degree = acosl(-1) / 180;
  for (int i = -720; i <= 720; i++) {
    double sine, cosine;
    series_sine_and_cosine(&sine, &cosine, i * 0.25);
    expect_near(sine, sinl(i * 0.25L * degree), 1e-14);
    expect_near(cosine, cosl(i * 0.25L * degree), 1e-14);
  }
}

static void logarithm(void **state) {
  (void)state;
  for (int i = 1; i < 3000; i++) {
    double x = i * 0.37e-3 * i;
    expect_near(series_log(x), logl(x), 2e-15 * (1 + fabs(log(x))));
  }
  expect_near(series_log(0x1p-32), -32 * logl(2), 1e-14);
  expect_near(series_log(0x1p-1074), -1074 * logl(2), 1e-12);
  assert_true(series_log(1) == 0);
}

static void exponential(void **state) {
  (void)state;
  for (int i = -7000; i <= 7000; i++) {
    double x = i * 0.1;
    expect_near(series_exp(x) / exp(x), 1, 3e-13);
  }
  for (int i = -100; i <= 100; i++) expect_near(series_exp(i * 0.01), expl(i * 0.01L), 3e-15);
  assert_true(series_exp(0) == 1);
}

/* Of sums of many values, which are those of any machine. */
static void bits(void **state) {
  (void)state;
  double sum[3] = {0};
  uint64_t found[3];
  static const uint64_t EXPECTED[3] = {0x4083e4f438b2cdf0, 0x40aef2832a96c59b, 0x4053200ed2ec5489};
  for (int i = 1; i < 1000; i++) {
    double sine, cosine;
    series_sine_and_cosine(&sine, &cosine, 0.18 * i);
    sum[0] += sine + 3 * cosine;
    sum[1] += series_log(i / 7.0);
    sum[2] += series_exp(i / -77.0);
  }
  memcpy(found, sum, sizeof found);
  for (int i = 0; i < 3; i++) print_message("sum %d: 0x%016llx\n", i, (unsigned long long)found[i]);
  assert_memory_equal(found, EXPECTED, sizeof found);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sine_and_cosine), cmocka_unit_test(logarithm),
                                     cmocka_unit_test(exponential), cmocka_unit_test(bits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
