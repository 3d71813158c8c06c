/* Statistics of few numbers, against SciPy 1.10 and on simulated data. */
#include "base/random.h"
#include "report/mcnemar.h"
#include "report/two_samples.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)
#define NEAR(a, b, relative) assert_true(fabs((a) - (b)) <= (relative)*fabs(b))

static const double few[] = {0.0012, -0.0004, 0.0021, 0.0009, 0.0015};
static const double ten[] = {3, -1, 4, 1, -5, 9, 2, -6, 5, 3.5};

/* x = few; x.mean(); x.std(ddof=1); stats.t.interval(.95, 4, x.mean(), stats.sem(x)) */
static void t_is_scipys(void **state) {
  (void)state;
  Summary s;
  summary_make(&s, few, 5, 0.95);
  assert_int_equal(s.n, 5);
  NEAR(s.mean, 0.00106, 1e-14);
  NEAR(s.deviation, 0.0009289779329994873, 1e-14);
  NEAR(s.interval.low, -9.347845453121445e-05, 1e-11);
  NEAR(s.interval.high, 0.002213478454531214, 1e-12);
}

static void little_is_not_defined(void **state) {
  (void)state;
  Summary s;
  summary_make(&s, few, 0, 0.95);
  assert_true(s.n == 0 && isnan(s.mean) && isnan(s.deviation) && isnan(s.interval.low));
  summary_make(&s, few, 1, 0.95);
  assert_true(s.n == 1 && s.mean == few[0] && isnan(s.deviation) && isnan(s.interval.high));
  assert_true(isnan(sign_flip_test(few, 1)));
}

static void median_is_the_middle(void **state) {
  (void)state;
  double infinite = (double)INFINITY;
  assert_true(isnan(median_of(NULL, 0)));
  assert_true(median_of((double[]){3, 1, 2}, 3) == 2);
  assert_true(median_of((double[]){4, 1, 2, 3}, 4) == 2.5);
  assert_true(median_of((double[]){infinite, 1, infinite, 3, 2}, 5) == 3);
  assert_true(median_of((double[]){infinite, 1, infinite, 3}, 4) == infinite);
  assert_true(median_of((double[]){infinite, infinite}, 2) == infinite);
}

/* stats.permutation_test((x,), np.sum, permutation_type='samples', n_resamples=np.inf).pvalue */
static void sign_flips_are_all_tried(void **state) {
  (void)state;
  NEAR(sign_flip_test(few, 5), 0.125, 1e-15);
  NEAR(sign_flip_test(ten, 10), 0.326171875, 1e-15);
  assert_true(sign_flip_test((double[]){0.1, 0.1, 0.1, 0.1, 0.1}, 5) == 0.0625);
  assert_true(sign_flip_test((double[]){0, 0, 0}, 3) == 1);
}

/* Drawn flips of 30 numbers against the normal approximation, which is good to about 1 / 30 of p
 * here; drawing adds sqrt(p / 1e5). */
static void many_signs_are_drawn(void **state) {
  (void)state;
  double x[30], sum = 0, squares = 0;
  for (int i = 0; i < 30; i++) {
    x[i] = sin(7 * i) + 0.25;
    sum += x[i];
    squares += x[i] * x[i];
  }
  double p = erfc(sum / sqrt(2 * squares));
  NEAR(sign_flip_test(x, 30), p, 0.05);
  assert_true(sign_flip_test(x, 30) == sign_flip_test(x, 30));
}

/* By hand, from the definition. */
static void holm_steps_down(void **state) {
  (void)state;
  double p[] = {0.01, 0.04, (double)NAN, 0.03, 0.005}, all[] = {0.9, 0.6}, none[] = {(double)NAN};
  OK(holm_correct(p, 5));
  NEAR(p[4], 0.02, 1e-15);
  NEAR(p[0], 0.03, 1e-15);
  NEAR(p[3], 0.06, 1e-15);
  NEAR(p[1], 0.06, 1e-15);
  assert_true(isnan(p[2]));
  OK(holm_correct(all, 2));
  assert_true(all[0] == 1 && all[1] == 1);
  OK(holm_correct(none, 1));
  assert_true(isnan(none[0]));
  OK(holm_correct(none, 0));
}

/* tc = stats.t.isf(a / 2, n - 1); d = e * n**.5;
 * stats.nct.sf(tc, n - 1, d) + stats.nct.cdf(-tc, n - 1, d); the first n where that is 0.8 */
static void power_is_scipys(void **state) {
  (void)state;
  NEAR(t_test_power(2, 1, 0.05), 0.09280915505447436, 1e-6);
  NEAR(t_test_power(5, 1, 0.05), 0.4013899173717936, 1e-6);
  NEAR(t_test_power(10, 0.5, 0.05 / 6), 0.09008313656289828, 1e-6);
  NEAR(t_test_power(50, -0.3, 0.01), 0.2994694911461524, 1e-6);
  NEAR(t_test_power(300, 0.2, 0.05 / 21), 0.6551595628384639, 1e-6);
  NEAR(t_test_power(1000, 0.05, 0.05), 0.352045012645621, 1e-6);
  NEAR(t_test_power(7, 0, 0.05), 0.05, 1e-6);
  assert_int_equal(t_test_pairs(2, 0.05, 0.8, 1000), 5);
  assert_int_equal(t_test_pairs(1, 0.05, 0.8, 1000), 10);
  assert_int_equal(t_test_pairs(0.5, 0.05 / 6, 0.8, 1000), 52);
  assert_int_equal(t_test_pairs(0.1, 0.05, 0.8, 1000), 787);
  assert_int_equal(t_test_pairs(0.1, 0.05, 0.8, 787), 787);
  assert_int_equal(t_test_pairs(0.1, 0.05, 0.8, 786), 0);
  assert_int_equal(t_test_pairs(0, 0.05, 0.8, 1000), 0);
  assert_int_equal(t_test_pairs(1e6, 0.05, 0.8, 1000), 2);
}

/* stats.binomtest(min(a, b), a + b).pvalue */
static void mcnemar_is_scipys(void **state) {
  (void)state;
  NEAR(mcnemar_exact(3, 20), 0.00048828125, 1e-9);
  NEAR(mcnemar_exact(120, 170), 0.0039333365128251495, 1e-9);
  NEAR(mcnemar_exact(5300, 5000), 0.003215819673645256, 1e-9);
  NEAR(mcnemar_exact(90, 10), 3.0632901754379845e-17, 1e-9);
  assert_true(mcnemar_exact(4000, 4000) == 1);
}

/* dist = {0: 1}, for each image: {s + k: .., s - k: ..} in exact integers */
static void clusters_are_exact(void **state) {
  (void)state;
  double p;
  OK(mcnemar_clustered(&p, (size_t[]){100, 7, 5, 3}, 3, 12));
  NEAR(p, 0.1363525390625, 1e-12);
  OK(mcnemar_clustered(&p, (size_t[]){0, 0, 0, 4}, 3, -12));
  NEAR(p, 0.125, 1e-12);
  OK(mcnemar_clustered(&p, (size_t[]){9, 40, 30, 20, 10, 5}, 5, 61));
  NEAR(p, 0.01585683847890367, 1e-12);
  OK(mcnemar_clustered(&p, (size_t[]){9, 3, 0, 2}, 3, -1));
  assert_true(p == 1);
  OK(mcnemar_clustered(&p, (size_t[]){9, 0}, 1, 0));
  assert_true(p == 1);
  for (size_t a = 0; a < 40; a += 3)
    for (size_t b = 0; b < 40; b += 7) {
      OK(mcnemar_clustered(&p, (size_t[]){5, a + b}, 1, (long long)a - (long long)b));
      NEAR(p, mcnemar_exact(a, b), 1e-9);
    }
}

static void draw_normal(double *x, size_t n, uint64_t set) {
  RandomStream stream = random_stream(20, RANDOM_RESAMPLE, set);
  for (size_t i = 0; i < n; i++) x[i] = random_normal(&stream);
}

/* Four and a half standard errors: with these seeds a fixed outcome, with others once in 10^5. */
static double allowance(double share, double n) {
  return 4.5 * sqrt(share * (1 - share) / n);
}

static double t_coverage(size_t n, int n_sets) {
  double x[32];
  int n_covered = 0;
  for (int set = 0; set < n_sets; set++) {
    Summary s;
    draw_normal(x, n, (uint64_t)set);
    summary_make(&s, x, n, 0.95);
    n_covered += s.interval.low <= 0 && s.interval.high >= 0;
  }
  return (double)n_covered / n_sets;
}

static void intervals_cover(void **state) {
  (void)state;
  size_t sizes[] = {2, 3, 5, 10};
  for (int i = 0; i < 4; i++)
    assert_true(fabs(t_coverage(sizes[i], 20000) - 0.95) <= allowance(0.95, 20000));
}

/* Both randomization tests hold their level where nothing differs. */
static void tests_hold_their_level(void **state) {
  (void)state;
  enum { SETS = 4000, N = 8, IMAGES = 200 };
  int n_flip = 0, n_images = 0;
  for (uint64_t set = 0; set < SETS; set++) {
    double x[N], p;
    draw_normal(x, N, set);
    n_flip += sign_flip_test(x, N) <= 0.05;
    size_t size[4] = {0};
    long long total = 0;
    RandomStream stream = random_stream(21, RANDOM_RESAMPLE, set);
    for (int i = 0; i < IMAGES; i++) {
      int k = (int)random_below(&stream, 4), sign = random_below(&stream, 2) ? 1 : -1;
      size[k]++;
      total += sign * k;
    }
    OK(mcnemar_clustered(&p, size, 3, total));
    n_images += p <= 0.05;
  }
  /* 2^-7 x 6 = 0.0469 is the largest attainable level of 8 flips. */
  assert_true(fabs((double)n_flip / SETS - 0.0469) <= allowance(0.0469, SETS));
  assert_true((double)n_images / SETS <= 0.05 + allowance(0.05, SETS));
  assert_true((double)n_images / SETS >= 0.04 - allowance(0.04, SETS));
}

/* Why the tests of all pairs are counted where the best of several is the baseline: equal variants
 * are told apart too often if only those with the best are. */
static void best_of_equals_is_not_better(void **state) {
  (void)state;
  enum { SETS = 20000, VARIANTS = 5, SEEDS = 5, PAIRS = VARIANTS * (VARIANTS - 1) / 2 };
  int n_all = 0, n_best = 0;
  for (uint64_t set = 0; set < SETS; set++) {
    double x[VARIANTS * SEEDS], mean[VARIANTS] = {0}, all[PAIRS], best[VARIANTS];
    draw_normal(x, VARIANTS * SEEDS, set);
    int first = 0, n = 0, n_with = 0, found_all = 0, found_best = 0;
    for (int i = 0; i < VARIANTS; i++) {
      for (int k = 0; k < SEEDS; k++) mean[i] += x[SEEDS * i + k];
      if (mean[i] > mean[first]) first = i;
    }
    for (int i = 0; i < VARIANTS; i++)
      for (int k = 0; k < i; k++) {
        double d[SEEDS];
        Summary s;
        TwoMeans means;
        for (int j = 0; j < SEEDS; j++) d[j] = x[SEEDS * i + j] - x[SEEDS * k + j];
        summary_make(&s, d, SEEDS, 0.95);
        paired_means(&means, &s, 0, 1, 0.95);
        all[n++] = means.p;
        if (i == first || k == first) best[n_with++] = all[n - 1];
      }
    OK(holm_correct(all, PAIRS));
    OK(holm_correct(best, VARIANTS - 1));
    for (int i = 0; i < PAIRS; i++) found_all |= all[i] <= 0.05;
    for (int i = 0; i < VARIANTS - 1; i++) found_best |= best[i] <= 0.05;
    n_all += found_all;
    n_best += found_best;
  }
  assert_true((double)n_all / SETS <= 0.05 + allowance(0.05, SETS));
  assert_true((double)n_best / SETS > 0.05 + allowance(0.05, SETS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(t_is_scipys),
      cmocka_unit_test(little_is_not_defined),
      cmocka_unit_test(median_is_the_middle),
      cmocka_unit_test(sign_flips_are_all_tried),
      cmocka_unit_test(many_signs_are_drawn),
      cmocka_unit_test(holm_steps_down),
      cmocka_unit_test(power_is_scipys),
      cmocka_unit_test(mcnemar_is_scipys),
      cmocka_unit_test(clusters_are_exact),
      cmocka_unit_test(intervals_cover),
      cmocka_unit_test(tests_hold_their_level),
      cmocka_unit_test(best_of_equals_is_not_better),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
