/* Lines of variants along an axis, and what can be drawn of them. */
#include "../../src/report/columns.h"
#include "report/metric.h"
#include "report/sweep.h"
#include "runs.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)
#define FACTORS(...)                                                                               \
  sweep_has_factors((const double[]){__VA_ARGS__},                                                 \
                    sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void factors_are_told_from_amounts(void **state) {
  (void)state;
  assert_true(FACTORS(2, 4, 8, 16) && FACTORS(0.01, 0.03, 0.1, 0.3) && FACTORS(1e-5, 1e-3, 0.1));
  assert_true(FACTORS(4, 8, 32) && FACTORS(32, 64, 128));
  assert_false(FACTORS(1, 2, 3) || FACTORS(0.1, 0.2, 0.3) || FACTORS(5, 10, 15, 20));
  assert_false(FACTORS(0, 1, 10) || FACTORS(-1, 10, 100));
  assert_true(FACTORS(1, 4) && FACTORS(0.01, 0.1));
  assert_false(FACTORS(1, 3) || FACTORS(0, 4) || FACTORS(7));
}

static void one_number_is_split_off(void **state) {
  (void)state;
  double number;
  char rest[SWEEP_TEXT];
  assert_true(sweep_split("batch:32", &number, rest) && number == 32);
  assert_string_equal(rest, "batch:N");
  assert_true(sweep_split("1e-05", &number, rest) && number == 1e-5);
  assert_string_equal(rest, "N");
  assert_true(sweep_split("group:c/4", &number, rest) && number == 4);
  assert_true(sweep_split("-.5", &number, rest) && number == -0.5);
  assert_false(sweep_split("layer", &number, rest) || sweep_split("over(n:32,c:4)", &number, rest));
  assert_false(sweep_split("", &number, rest) || sweep_split("[1, 2]", &number, rest));
}

static void what_is_whole_is_chosen_first(void **state) {
  (void)state;
  assert_true(sweep_is_better(0.5, 0, 0.9, 1) && !sweep_is_better(0.9, 1, 0.5, 0));
  assert_true(sweep_is_better(0.9, 0, 0.8, 0) && !sweep_is_better(0.8, 0, 0.8, 0));
  assert_true(sweep_is_better(0.9, 2, 0.8, 1) && !sweep_is_better(0.8, 1, 0.9, 2));
}

static void make_runs(Run *runs, size_t *n, const char *norm, const char *rate, int n_seeds) {
  for (int seed = 1; seed <= n_seeds; seed++, ++*n)
    make_plain(&runs[*n], norm, norm, seed, 0.9 + 0.001 * (double)*n, "optimizer.lr", rate);
}

static const SweepLine *find(const Sweep *sweep, const char *name) {
  for (size_t i = 0; i < sweep->n; i++)
    if (strcmp(sweep->line[i].name, name) == 0) return &sweep->line[i];
  fail_msg("there is no line %s", name);
  return NULL;
}

static void lines_have_what_differs_in_names(void **state) {
  (void)state;
  Run runs[40];
  size_t n = 0;
  make_runs(runs, &n, "batch:16", "0.1", 2);
  make_runs(runs, &n, "batch:4", "0.1", 2);
  make_runs(runs, &n, "batch:4", "0.03", 2);
  make_runs(runs, &n, "batch:8", "0.03", 1);
  make_runs(runs, &n, "group:2", "0.1", 2);
  make_runs(runs, &n, "layer", "0.1", 2);
  make_runs(runs, &n, "layer", "0.3", 2);
  Comparison c = compare(runs, n, NULL);
  Sweep sweep;
  OK(sweep_make(&sweep, &c.variants, sweep_find_key(&c.variants, "norm")));
  assert_string_equal(sweep.key, "network.norm");
  assert_true(sweep.is_number && sweep.is_logarithmic && sweep_longest(&sweep) == 2);
  assert_int_equal(sweep.n, 5);
  assert_int_equal(sweep.n_values, 3);
  assert_true(sweep.value[0].value == 4 && sweep.value[2].value == 16);
  const SweepLine *line = find(&sweep, "batch:N lr=0.1");
  assert_true(line->n == 2 && !line->is_level && line->point[0].value == 4);
  assert_int_equal(line->point[1].variant->n_runs, 2);
  assert_true(find(&sweep, "batch:N lr=0.03")->point[1].value == 8);
  assert_true(find(&sweep, "group:2")->is_level && find(&sweep, "layer lr=0.3")->is_level);
  sweep_free(&sweep);
  OK(sweep_make(&sweep, &c.variants, sweep_find_key(&c.variants, "lr")));
  assert_int_equal(sweep.n, 5);
  assert_true(find(&sweep, "batch:4")->n == 2 && find(&sweep, "layer")->n == 2);
  assert_true(find(&sweep, "batch:8")->n == 1 && !find(&sweep, "batch:8")->is_level);
  sweep_free(&sweep);
  assert_null(sweep_find_key(&c.variants, "r"));
  comparison_free(&c);
  free_runs(runs, (int)n);
}

static void words_are_categories(void **state) {
  (void)state;
  Run runs[3];
  static const char *const types[] = {"sgd", "adam", "adamw"};
  for (int i = 0; i < 3; i++)
    make_plain(&runs[i], types[i], "batch", 1, 0.9, "optimizer.type", types[i]);
  Comparison c = compare(runs, 3, NULL);
  Sweep sweep;
  OK(sweep_make(&sweep, &c.variants, "optimizer.type"));
  assert_true(!sweep.is_number && !sweep.is_logarithmic && sweep.n == 1);
  assert_string_equal(sweep.value[0].text, "adam");
  assert_string_equal(sweep.value[2].text, "sgd");
  assert_true(sweep.value[0].value == 1 && sweep.value[2].value == 3);
  sweep_free(&sweep);
  comparison_free(&c);
  free_runs(runs, 3);
}

static void metrics_are_those_of_tables(void **state) {
  (void)state;
  Run runs[4];
  size_t n = 0;
  make_runs(runs, &n, "batch", "0.1", 4);
  Comparison c = compare(runs, n, NULL);
  const Variant *variant = &c.variants.variant[0];
  const Summary *s = &variant->test_accuracy;
  MetricValue accuracy = metric_of_variant(metric_find("accuracy"), variant);
  MetricValue error = metric_of_variant(metric_find("error"), variant);
  assert_true(accuracy.n == 4 && fabs(accuracy.mean - 100 * s->mean) < 1e-12);
  assert_true(fabs(accuracy.low - 100 * s->interval.low) < 1e-12);
  assert_true(fabs(accuracy.high - 100 * s->interval.high) < 1e-12);
  assert_true(fabs(error.low - (100 - accuracy.high)) < 1e-12 && error.low < error.high);
  assert_true(fabs(error.mean + accuracy.mean - 100) < 1e-12);
  assert_true(fabs(metric_of_run(metric_find("error"), &runs[1]) - 9.9) < 1e-9);
  assert_true(metric_find("test_accuracy") == metric_find("accuracy"));
  assert_true(metric_of_variant(metric_find("calibration_error"), variant).n == 0);
  assert_null(metric_find("errors"));
  comparison_free(&c);
  free_runs(runs, (int)n);
}

static void columns_with_means_are_metrics(void **state) {
  (void)state;
  for (const Column *column = VARIANT_COLUMNS; column->name; column++)
    if (column->kind == COLUMN_SUMMARY) assert_non_null(metric_find(column->name));
  for (const Metric *metric = METRICS; metric->name; metric++) {
    assert_int_equal(column_find(VARIANT_COLUMNS, metric->column)->kind, COLUMN_SUMMARY);
    assert_int_equal(column_find(RUN_COLUMNS, metric->column)->kind, COLUMN_NUMBER);
  }
}

/* Fewer runs than an interval takes, and one that would go beyond all that there can be. */
static void intervals_end_where_numbers_do(void **state) {
  (void)state;
  Run runs[3];
  make_plain(&runs[0], "a", "batch", 1, 0.999, "optimizer.lr", "0.1");
  make_plain(&runs[1], "b", "batch", 2, 0.950, "optimizer.lr", "0.1");
  make_plain(&runs[2], "c", "layer", 1, 0.950, "optimizer.lr", "0.1");
  Comparison c = compare(runs, 3, NULL);
  for (size_t i = 0; i < 2; i++) {
    const MetricValue error = metric_of_variant(metric_find("error"), &c.variants.variant[i]);
    if (strcmp(c.variants.variant[i].norm, "batch") == 0)
      assert_true(error.low == 0 && error.high > 30 && error.high <= 100);
    else
      assert_true(error.n == 1 && error.low == error.mean && error.high == error.mean);
  }
  comparison_free(&c);
  free_runs(runs, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factors_are_told_from_amounts),
      cmocka_unit_test(one_number_is_split_off),
      cmocka_unit_test(what_is_whole_is_chosen_first),
      cmocka_unit_test(lines_have_what_differs_in_names),
      cmocka_unit_test(words_are_categories),
      cmocka_unit_test(metrics_are_those_of_tables),
      cmocka_unit_test(columns_with_means_are_metrics),
      cmocka_unit_test(intervals_end_where_numbers_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
