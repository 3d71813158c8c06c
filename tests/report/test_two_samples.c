/* Comparisons of two samples, against SciPy 1.10 and on simulated data. */
#include "base/random.h"
#include "report/two_samples.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)
#define NEAR(a, b, relative) assert_true(fabs((a) - (b)) <= (relative)*fabs(b))

static const double a[] = {0.9931, 0.9942, 0.9928, 0.9937, 0.9940};
static const double b[] = {0.9925, 0.9931, 0.9936, 0.9919, 0.9929, 0.9920};

static TwoMeans compare(const double *x, size_t n_x, const double *y, size_t n_y, double least,
                        double margin) {
  TwoMeans result;
  Summary of_x, of_y;
  summary_make(&of_x, x, n_x, 0.95);
  summary_make(&of_y, y, n_y, 0.95);
  two_means(&result, &of_x, &of_y, least, margin, 0.95);
  return result;
}

/* stats.ttest_ind(a, b, equal_var=False).pvalue; the formulas of the header; for the margins
 * max(stats.t.sf((d + m) / se, df), stats.t.cdf((d - m) / se, df)) */
static void means_are_welchs(void **state) {
  (void)state;
  TwoMeans r = compare(a, 5, b, 6, 0, 0.002);
  NEAR(r.difference, 0.0008933333333333016, 1e-12);
  NEAR(r.error, 0.00037821216855680887, 1e-12);
  NEAR(r.degrees, 8.91294598575384, 1e-12);
  NEAR(r.interval.low, 3.6482439887934245e-05, 1e-9);
  NEAR(r.interval.high, 0.0017501842267786689, 1e-10);
  NEAR(r.p, 0.04272287267240331, 1e-10);
  NEAR(r.p_equivalent, 0.008518513662218868, 1e-10);
  NEAR(compare(b, 6, a, 5, 0, 0.002).p_equivalent, 0.008518513662218868, 1e-10);
  NEAR(compare(a, 5, b, 6, 0, 0.0005).p_equivalent, 0.8371315345118473, 1e-10);
}

/* 2 * stats.t.sf(abs(d) / se, 2) */
static void few_against_more_are_careful(void **state) {
  (void)state;
  TwoMeans r = compare(a, 5, b, 3, 0, 0.001);
  assert_true(r.degrees == 2);
  NEAR(r.p, 0.3559858522321945, 1e-10);
}

static void steps_bound_the_deviation(void **state) {
  (void)state;
  const double same[] = {0.9, 0.9, 0.9}, other[] = {0.901, 0.901, 0.901};
  TwoMeans r = compare(same, 3, other, 3, 0, 0.002);
  assert_true(r.error == 0 && r.p == 0 && r.p_equivalent == 0);
  r = compare(same, 3, same, 3, 0, 0.002);
  assert_true(r.p == 1 && r.p_equivalent == 0);
  r = compare(same, 3, other, 3, 0.01, 0.002);
  NEAR(r.error, 0.01 * sqrt(2. / 3), 1e-12);
  assert_true(r.degrees == 4 && r.p > 0.8 && r.p_equivalent > 0.4);
  r = compare(same, 1, other, 3, 0, 0.002);
  NEAR(r.difference, -0.001, 1e-9);
  assert_true(isnan(r.error) && isnan(r.p) && isnan(r.p_equivalent) && isnan(r.interval.low));
}

static void pairs_are_students(void **state) {
  (void)state;
  const double few[] = {0.0012, -0.0004, 0.0021, 0.0009, 0.0015};
  Summary s;
  TwoMeans r;
  summary_make(&s, few, 5, 0.95);
  paired_means(&r, &s, 0, 0.01, 0.95);
  NEAR(r.p, 0.06320877777033657, 1e-12);
  NEAR(r.interval.low, -9.347845453121445e-05, 1e-11);
  assert_true(r.degrees == 4);
  paired_means(&r, &s, 1, 0.01, 0.95);
  NEAR(r.error, 1 / sqrt(5), 1e-12);
}

/* The first n with which stats.nct gives 0.8; degrees by Welch. */
static void seeds_needed_are_scipys(void **state) {
  (void)state;
  assert_int_equal(two_means_needed(1, 1, 1, 0.05, 0.8, 1000), 17);
  assert_int_equal(two_means_needed(1, 0.5, 2, 0.05, 0.8, 1000), 36);
  assert_int_equal(two_means_needed(0.5, 1, 1, 0.05 / 6, 0.8, 1000), 99);
  assert_int_equal(two_means_needed(2.5, 1, 1, 0.05, 0.8, 1000), 4);
  assert_int_equal(two_means_needed(0.5, 1, 1, 0.05 / 6, 0.8, 98), 0);
  assert_int_equal(two_means_needed(0.5, 0, 0, 0.05, 0.8, 98), 2);
}

/* stats.rankdata over itertools.combinations; beyond RANKS_EXACT stats.mannwhitneyu(x, y,
 * method='asymptotic'). */
static void ranks_are_scipys(void **state) {
  (void)state;
  const double ties[] = {1, 2, 2, 3, 5}, others[] = {2, 3, 4, 6, 6, 7};
  double p, x[40], y[35];
  OK(rank_sum_test(&p, a, 5, b, 6));
  NEAR(p, 0.05844155844155844, 1e-12);
  OK(rank_sum_test(&p, ties, 5, others, 6));
  NEAR(p, 0.09090909090909091, 1e-12);
  OK(rank_sum_test(&p, (double[]){5, 6, 7}, 3, (double[]){1, 2, 3}, 3));
  NEAR(p, 0.1, 1e-12);
  OK(rank_sum_test(&p, (double[]){2, 2}, 2, (double[]){2, 2, 2}, 3));
  assert_true(p == 1);
  OK(rank_sum_test(&p, a, 5, b, 0));
  assert_true(isnan(p));
  for (int i = 0; i < 40; i++) x[i] = round(30 * sin(i * 7.)) / 10;
  for (int i = 0; i < 35; i++) y[i] = round(10 * (3 * cos(i * 3.) + 0.9)) / 10;
  OK(rank_sum_test(&p, x, 40, y, 35));
  NEAR(p, 0.10296150779373202, 1e-9);
  OK(rank_sum_test(&p, x, 30, y, 30)); /* exact, near the approximation */
  assert_true(p > 0 && p < 1);
}

/* The roots of the header's equation by scipy.optimize.brentq. */
static void superiority_has_its_score_interval(void **state) {
  (void)state;
  Superiority s;
  superiority(&s, a, 5, b, 6, 0.95);
  NEAR(s.probability, 0.85, 1e-12);
  NEAR(s.interval.low, 0.4922118182603403, 1e-9);
  NEAR(s.interval.high, 0.9670373299180874, 1e-9);
  superiority(&s, (double[]){5, 6, 7}, 3, (double[]){1, 2, 3}, 3, 0.95);
  assert_true(s.probability == 1 && s.interval.high == 1);
  NEAR(s.interval.low, 0.5010187607015301, 1e-9);
  superiority(&s, (double[]){1, 2, 3}, 3, (double[]){5, 6, 7}, 3, 0.95);
  assert_true(s.probability == 0 && s.interval.low == 0);
  superiority(&s, a, 0, b, 6, 0.95);
  assert_true(isnan(s.probability) && isnan(s.interval.low));
}

/* stats.fisher_exact; stats.binomtest(k, n).proportion_ci(.95, 'exact') */
static void rates_are_scipys(void **state) {
  (void)state;
  NEAR(fisher_exact(3, 5, 0, 5), 0.16666666666666666, 1e-12);
  NEAR(fisher_exact(2, 10, 7, 12), 0.09907120743034056, 1e-10);
  NEAR(fisher_exact(5, 5, 0, 3), 0.017857142857142853, 1e-12);
  NEAR(fisher_exact(1, 20, 1, 2), 0.17748917748917747, 1e-10);
  assert_true(fisher_exact(0, 5, 0, 5) == 1 && fisher_exact(0, 0, 3, 5) == 1);
  Interval i = rate_interval(3, 5, 0.95);
  NEAR(i.low, 0.14663279963467254, 1e-9);
  NEAR(i.high, 0.9472550494736843, 1e-9);
  i = rate_interval(0, 10, 0.95);
  assert_true(i.low == 0);
  NEAR(i.high, 0.30849710781876294, 1e-9);
  assert_true(rate_interval(4, 4, 0.95).high == 1 && isnan(rate_interval(0, 0, 0.95).low));
}

static void correlation_is_scipys(void **state) {
  (void)state;
  NEAR(correlation(a, b, 5), -0.23657193840869747, 1e-9);
  assert_true(isnan(correlation(a, b, 2)) && isnan(correlation((double[]){1, 1, 1}, b, 3)));
}

/* The share of simulated pairs of samples without a difference (or with one of the margin exactly)
 * that the test takes for different (or for equivalent). */
static void shares(size_t n_x, size_t n_y, double scale, double *different, double *equivalent) {
  enum { SETS = 20000 };
  int n_different = 0, n_equivalent = 0;
  for (uint64_t set = 0; set < SETS; set++) {
    double x[32], y[32];
    RandomStream stream = random_stream(22, RANDOM_RESAMPLE, set);
    for (size_t i = 0; i < n_x; i++) x[i] = random_normal(&stream);
    for (size_t i = 0; i < n_y; i++) y[i] = scale * random_normal(&stream);
    n_different += compare(x, n_x, y, n_y, 0, 1).p <= 0.05;
    for (size_t i = 0; i < n_x; i++) x[i] += 1;
    n_equivalent += compare(x, n_x, y, n_y, 0, 1).p_equivalent <= 0.05;
  }
  *different = (double)n_different / SETS;
  *equivalent = (double)n_equivalent / SETS;
}

/* At most 5 % with equal counts (5.4 % at the worst, by the formula's approximation), and with
 * unequal ones. */
static void levels_are_held(void **state) {
  (void)state;
  static const struct {
    size_t n_x, n_y;
    double scale, most;
  } cases[] = {{5, 5, 1, 0.05},  {5, 5, 3, 0.054}, {3, 3, 1, 0.05},  {5, 2, 1, 0.05},
               {10, 3, 1, 0.05}, {20, 2, 1, 0.05}, {20, 2, 3, 0.05}, {10, 6, 1, 0.054}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double different, equivalent, most = cases[i].most;
    double allowed = most + 4.5 * sqrt(most * (1 - most) / 20000);
    shares(cases[i].n_x, cases[i].n_y, cases[i].scale, &different, &equivalent);
    if (!(different <= allowed && equivalent <= allowed))
      fail_msg("%zu and %zu: %g, %g", cases[i].n_x, cases[i].n_y, different, equivalent);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_are_welchs),
      cmocka_unit_test(few_against_more_are_careful),
      cmocka_unit_test(steps_bound_the_deviation),
      cmocka_unit_test(pairs_are_students),
      cmocka_unit_test(seeds_needed_are_scipys),
      cmocka_unit_test(ranks_are_scipys),
      cmocka_unit_test(superiority_has_its_score_interval),
      cmocka_unit_test(rates_are_scipys),
      cmocka_unit_test(correlation_is_scipys),
      cmocka_unit_test(levels_are_held),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
