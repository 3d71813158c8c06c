/* Bounds of looks, against published tables and by simulated studies. */
#include "base/random.h"
#include "report/sequential.h"
#include "report/two_samples.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

static void expect(const double *share, size_t n, double level, const double *z, double room) {
  double nominal[SEQUENTIAL_LOOKS];
  OK(sequential_levels(nominal, share, n, level));
  for (size_t k = 0; k < n; k++) {
    double found = gsl_cdf_ugaussian_Qinv(nominal[k] / 2);
    if (!(fabs(found - z[k]) <= room)) fail_msg("look %zu: %.4f, not %.4f", k, found, z[k]);
  }
}

/* The program of Reboussin, DeMets, Kim and Lan (2000), alpha*_1, two-sided, equal distances. */
static void bounds_are_published_ones(void **state) {
  (void)state;
  expect((double[]){0.2, 0.4, 0.6, 0.8, 1}, 5, 0.05,
         (double[]){4.8769, 3.3569, 2.6803, 2.2898, 2.0310}, 0.0006);
  expect((double[]){1. / 3, 2. / 3, 1}, 3, 0.05, (double[]){3.7103, 2.5114, 1.9930}, 0.0006);
  expect((double[]){0.5, 1}, 2, 0.05, (double[]){2.9626, 1.9686}, 0.0006);
  expect((double[]){1}, 1, 0.05, (double[]){1.9600}, 0.0001);
}

static void looks_are_planned(void **state) {
  (void)state;
  int looks[SEQUENTIAL_LOOKS];
  assert_int_equal(sequential_looks(looks, 10), 5);
  assert_true(looks[0] == 3 && looks[3] == 8 && looks[4] == 10);
  assert_int_equal(sequential_looks(looks, 3), 1);
  assert_int_equal(looks[0], 3);
  assert_int_equal(sequential_looks(looks, 20), 9);
  assert_true(looks[4] == 10 && looks[5] == 12 && looks[6] == 15 && looks[7] == 18);
  size_t n = sequential_looks(looks, 1000);
  assert_true(n <= SEQUENTIAL_LOOKS && looks[n - 1] == 1000);
}

/* The share of studies that end in "different" at some look, by Welch's test of two variants whose
 * true difference is `difference` deviations; and their mean number of seeds. */
static double simulate(int most, double difference, int n_studies, double scale, double *seeds) {
  int looks[SEQUENTIAL_LOOKS], n_found = 0;
  double share[SEQUENTIAL_LOOKS], nominal[SEQUENTIAL_LOOKS];
  size_t n_looks = sequential_looks(looks, most);
  for (size_t k = 0; k < n_looks; k++) share[k] = (double)looks[k] / most;
  OK(sequential_levels(nominal, share, n_looks, 0.05));
  *seeds = 0;
  for (int study = 0; study < n_studies; study++) {
    RandomStream stream = random_stream(25, RANDOM_RESAMPLE, (uint64_t)study);
    double a[32], b[32];
    size_t k = 0;
    for (int i = 0; i < most; i++) a[i] = difference + random_normal(&stream);
    for (int i = 0; i < most; i++) b[i] = scale * random_normal(&stream);
    for (int found = 0; k < n_looks && !found; k++) {
      Summary of_a, of_b;
      TwoMeans means;
      summary_make(&of_a, a, (size_t)looks[k], 0.95);
      summary_make(&of_b, b, (size_t)looks[k], 0.95);
      two_means(&means, &of_a, &of_b, 0, 1, 0.95);
      found = means.p <= nominal[k];
      n_found += found;
    }
    *seeds += (double)looks[k - 1] / n_studies;
  }
  return (double)n_found / n_studies;
}

static void the_whole_keeps_its_level(void **state) {
  (void)state;
  enum { STUDIES = 10000 };
  double seeds,
      allowed = 0.054 + 3.3 * sqrt(0.05 * 0.95 / STUDIES); /* Welch's own 5.4 % at worst */
  assert_true(simulate(10, 0, STUDIES, 1, &seeds) <= allowed);
  assert_true(simulate(20, 0, STUDIES, 1, &seeds) <= allowed);
  double uneven = simulate(10, 0, STUDIES, 3, &seeds);
  if (!(uneven <= allowed)) fail_msg("deviations of 1 and 3: %g", uneven);
  /* What is there is found, with fewer seeds than the most. */
  assert_true(simulate(10, 2.5, 1000, 1, &seeds) > 0.99 && seeds < 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_are_published_ones),
      cmocka_unit_test(looks_are_planned),
      cmocka_unit_test(the_whole_keeps_its_level),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
