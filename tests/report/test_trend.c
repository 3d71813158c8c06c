/* Trends along an axis, against NumPy and SciPy, and on runs whose truth is known. */
#include "base/random.h"
#include "runs.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)
#define NEAR(a, b, relative) assert_true(fabs((a) - (b)) <= (relative)*fabs(b))

static const double level4[] = {0.9921, 0.9930, 0.9915, 0.9926, 0.9912};
static const double level8[] = {0.9933, 0.9935, 0.9928, 0.9931, 0.9940};
static const double level16[] = {0.9939, 0.9941, 0.9934, 0.9943};
static const double level32[] = {0.9938, 0.9946, 0.9941, 0.9937, 0.9944, 0.9942};

static TwoMeans slope_of(const double *const *value, const size_t *n_runs, size_t n) {
  Summary summary[8];
  const Summary *level[8];
  double x[8];
  TwoMeans slope;
  for (size_t i = 0; i < n; i++) {
    summary_make(&summary[i], value[i], n_runs[i], 0.95);
    level[i] = &summary[i];
    x[i] = 2 + (double)i;
  }
  trend_slope(&slope, x, level, n, 0, 0.95);
  return slope;
}

/* c = (x - x.mean()) / ((x - x.mean())**2).sum(); s = (c * m).sum(); var = (c * c * v / n).sum();
 * df = var**2 / ((c * c * v / n)**2 / (n - 1)).sum() */
static void slopes_are_numpys(void **state) {
  (void)state;
  const double *const all[] = {level4, level8, level16, level32};
  TwoMeans s = slope_of(all, (const size_t[]){5, 5, 4, 6}, 4);
  NEAR(s.difference, 0.0006744999999999668, 1e-9);
  NEAR(s.error, 0.00011218251497745409, 1e-9);
  assert_true(s.degrees == 3); /* counts differ, and one is 4 */
  const double *const even[] = {level4, level8, level32};
  s = slope_of(even, (const size_t[]){5, 5, 5}, 3);
  NEAR(s.difference, 0.0010200000000000209, 1e-9);
  NEAR(s.degrees, 5.973832181234058, 1e-9);
  NEAR(s.p, 0.0016302651033181649, 1e-9);
  s = slope_of(even, (const size_t[]){5, 1, 5}, 3);
  assert_true(isnan(s.p) && isnan(s.interval.low) && s.difference > 0);
}

/* All 5,040 orders: 0.0381; drawing 20,000 adds 0.0014 at one standard error. */
static void orders_are_those_of_all(void **state) {
  (void)state;
  const double value[] = {1, 3, 2, 4, 3, 6, 5}, same[] = {1, 1, 1};
  double p;
  OK(trend_order(&p, value, (const size_t[]){0, 0, 1, 1, 1, 2, 2}, 7));
  assert_true(fabs(p - 0.0380952380952381) < 0.0056);
  OK(trend_order(&p, value, (const size_t[]){2, 2, 1, 1, 1, 0, 0}, 7));
  assert_true(fabs(p - 0.0380952380952381) < 0.0056);
  OK(trend_order(&p, same, (const size_t[]){0, 1, 2}, 3));
  assert_true(p == 1);
}

static size_t add(Run *runs, size_t n, const char *norm, const double *value, size_t n_runs,
                  const char *rate) {
  for (size_t i = 0; i < n_runs; i++)
    make_plain(&runs[n++], norm, norm, (int)i, value[i], "optimizer.lr", rate);
  return n;
}

static void lines_are_found(void **state) {
  (void)state;
  Run runs[40];
  size_t n = add(runs, 0, "batch:4", level4, 5, "0.1");
  n = add(runs, n, "batch:8", level8, 5, "0.1");
  n = add(runs, n, "batch:32", level32, 5, "0.1");
  n = add(runs, n, "layer", level8, 5, "0.1");
  n = add(runs, n, "batch:16", level16, 4, "0.03"); /* another learning rate: no part of the line */
  Comparison c = compare_with(runs, n, (ComparisonOptions){.trend = "norm"});
  assert_int_equal(c.trends.n, 1);
  const Trend *trend = &c.trends.trend[0];
  assert_string_equal(trend->name, "batch:N lr=0.1");
  assert_true(trend->n == 3 && trend->level[2].value == 32 && trend->is_logarithmic);
  assert_true(trend->p_holm < 0.05 && trend->p_order < 0.05);
  char *text = print(&c, TEXT);
  for (char *s = text; *s; s++) *s = *s == '\n' ? ' ' : *s;
  assert_non_null(strstr(text, "batch:N lr=0.1: accuracy rises with network.norm: +0.0"));
  assert_non_null(strstr(text, "points a doubling from 4 to 32 (95 %: "));
  free(text);
  text = print(&c, JSON);
  assert_non_null(strstr(text, "\"trend_key\": \"network.norm\""));
  free(text);
  comparison_free(&c);
  Comparison none;
  ComparisonOptions options = {.difference = 0.001, .trend = "lr"};
  assert_int_equal(comparison_make(&none, runs, n, &options).code, STATUS_USAGE);
  options.trend = "depth";
  assert_int_equal(comparison_make(&none, runs, n, &options).code, STATUS_USAGE);
  free_runs(runs, (int)n);
}

static void keys_make_lines(void **state) {
  (void)state;
  static const char *const rates[] = {"0.01", "0.02", "0.03"};
  static const char *const norms[] = {"batch", "layer"};
  Run runs[40];
  size_t n = 0;
  for (int norm = 0; norm < 2; norm++)
    for (int i = 0; i < 3; i++) n = add(runs, n, norms[norm], norm ? level8 : level4, 3, rates[i]);
  Comparison c = compare_with(runs, n, (ComparisonOptions){.trend = "lr"});
  assert_int_equal(c.trends.n, 2);
  assert_string_equal(c.trends.key, "optimizer.lr");
  assert_string_equal(c.trends.trend[0].name, "layer");
  assert_true(c.trends.trend[0].is_logarithmic);
  char *text = print(&c, TEXT);
  for (char *s = text; *s; s++) *s = *s == '\n' ? ' ' : *s;
  assert_non_null(strstr(text, "layer: no trend with optimizer.lr is shown: "));
  free(text);
  comparison_free(&c);
  free_runs(runs, (int)n);
}

static void steps_are_units_where_values_are_close(void **state) {
  (void)state;
  static const char *const rates[] = {"0", "0.5", "1"};
  Run runs[9];
  size_t n = 0;
  for (int i = 0; i < 3; i++) n = add(runs, n, "batch", (double[]){0.9 + 0.01 * i}, 1, rates[i]);
  Comparison c = compare_with(runs, n, (ComparisonOptions){.trend = "optimizer.lr"});
  assert_true(!c.trends.trend[0].is_logarithmic && isnan(c.trends.trend[0].slope.p));
  NEAR(c.trends.trend[0].slope.difference, 0.02, 1e-9);
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text, "+2.00 points a unit from 0 to 1"));
  free(text);
  comparison_free(&c);
  free_runs(runs, (int)n);
}

static void false_trends_are_rare(void **state) {
  (void)state;
  enum { STUDIES = 1000, LEVELS = 5 };
  int n_line = 0, n_order = 0;
  for (uint64_t study = 0; study < STUDIES; study++) {
    double value[LEVELS][5], all[LEVELS * 5], p;
    const double *level[LEVELS];
    size_t counts[LEVELS], group[LEVELS * 5], n = 0;
    RandomStream stream = random_stream(24, RANDOM_RESAMPLE, study);
    for (size_t i = 0; i < LEVELS; i++) {
      level[i] = value[i];
      counts[i] = 5;
      for (size_t k = 0; k < 5; k++, n++) {
        all[n] = value[i][k] = (1 + (double)i) * random_normal(&stream);
        group[n] = i;
      }
    }
    n_line += slope_of(level, counts, LEVELS).p <= 0.05;
    if (study >= 100) continue;
    OK(trend_order(&p, all, group, n));
    n_order += p <= 0.05;
  }
  assert_true(n_line <= 0.05 * STUDIES + 3.3 * sqrt(0.05 * 0.95 * STUDIES));
  assert_true(n_order <= 12); /* of 100; above 12 has a probability of 0.0006 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slopes_are_numpys),
      cmocka_unit_test(orders_are_those_of_all),
      cmocka_unit_test(lines_are_found),
      cmocka_unit_test(keys_make_lines),
      cmocka_unit_test(false_trends_are_rare),
      cmocka_unit_test(steps_are_units_where_values_are_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
