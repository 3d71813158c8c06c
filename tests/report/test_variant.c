/* How runs become variants, their names, and what is not compared, from runs made here. */
#include "runs.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

static void seeds_make_variants(void **state) {
  (void)state;
  Run runs[8];
  static const double batch[] = {0.90, 0.92, 0.91}, layer[] = {0.95, 0.96, 0.97};
  for (int i = 0; i < 3; i++) { /* 9, 10, 11: by number, not by letter */
    make_plain(&runs[2 - i], "b", "batch", 9 + i, batch[i], "name", i ? "s6" : "copy");
    make_plain(&runs[3 + i], "l", "layer", 9 + i, layer[i], "checkpoint.every", i ? "0" : "30s");
  }
  make_plain(&runs[6], "again", "layer", 10, 0.96, "name", "s6");
  make_plain(&runs[7], "other", "layer", 11, 0.5, "name", "s6");
  Comparison c = compare(runs, 8, NULL);
  assert_int_equal(c.variants.n, 2);
  const Variant *first = &c.variants.variant[0];
  assert_string_equal(first->name, "layer");
  assert_int_equal(first->n_runs, 3);
  assert_string_equal(first->runs[0]->seed, "9");
  assert_true(fabs(first->test_accuracy.mean - 0.96) < 1e-15);
  assert_true(fabs(first->test_accuracy.deviation - 0.01) < 1e-15);
  assert_int_equal(first->n_reached, 3);
  assert_true(first->reach_epochs == 1 && isnan(first->reach_seconds));
  assert_int_equal(c.notes.n, 2);
  assert_non_null(strstr(c.notes.text[0], "the same configuration and seed as again"));
  assert_null(strstr(c.notes.text[0], "other results"));
  assert_non_null(strstr(c.notes.text[1], "other results"));
  /* Means 0.91 and 0.96, both with a deviation of 0.01. */
  const TwoMeans *means = &c.differences[0].effect[ENDPOINT_ACCURACY].means;
  assert_true(fabs(means->difference + 0.05) < 1e-15);
  assert_true(fabs(means->error - 0.01 * sqrt(2. / 3)) < 1e-15 && fabs(means->degrees - 4) < 1e-9);
  assert_true(c.differences[0].verdict == VERDICT_WORSE);
  comparison_free(&c);
  free_runs(runs, 8);
}

static void keys_name_variants(void **state) {
  (void)state;
  Run runs[4];
  make_plain(&runs[0], "a", "batch", 1, 0.91, "training.batch", "32");
  make_plain(&runs[1], "b", "batch", 1, 0.92, "training.batch", "64");
  make_plain(&runs[2], "c", "layer", 1, 0.93, "training.batch", "64");
  Comparison c = compare(runs, 3, "batch batch=64");
  assert_string_equal(c.variants.variant[0].name, "layer batch=64");
  assert_string_equal(c.variants.variant[2].name, "batch batch=32");
  assert_string_equal(c.variants.variant[2].keys, "training.batch=32");
  assert_true(c.baseline == &c.variants.variant[1]);
  comparison_free(&c);
  Comparison none;
  Status status = comparison_make(&none, runs, 3,
                                  &(ComparisonOptions){.baseline = "batch", .difference = 0.001});
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "more than one variant has this norm"));
  status = comparison_make(&none, runs, 3,
                           &(ComparisonOptions){.baseline = "group:2", .difference = 0.001});
  assert_non_null(
      strstr(status.text, "no variant has this name or norm; the variants are \"layer"));
  /* Long names give way to numbers; layers are one key. */
  make_plain(&runs[3], "d", "batch", 1, 0.94, "network.layers.0", "{type: relu}");
  c = compare(runs, 4, NULL);
  assert_true(c.variants.is_numbered);
  assert_string_equal(c.variants.variant[0].name, "batch #1");
  assert_string_equal(c.variants.variant[0].keys, "network=A, training.batch=-");
  assert_string_equal(c.variants.variant[1].name, "layer");
  assert_string_equal(c.variants.variant[1].keys, "network=B, training.batch=64");
  assert_string_equal(c.variants.variant[3].name, "batch #3");
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text, "  batch #3: network=B, training.batch=32\n"));
  assert_non_null(strstr(c.notes.text[0], "cannot be put down to the norm"));
  free(text);
  comparison_free(&c);
  free_runs(runs, 4);
}

static void strangers_are_not_compared(void **state) {
  (void)state;
  Run runs[6];
  make_plain(&runs[0], "a", "batch", 1, 0.91, "name", "s6");
  make_plain(&runs[1], "b", "layer", 2, 0.90, "name", "s6");
  make_plain(&runs[2], "c", "none", 1, 0.89, "data.validation", "0.1");
  make_plain(&runs[3], "d", "instance", 1, 0.88, "name", "s6");
  make_plain(&runs[4], "e", "group:2", 1, 0.87, "name", "s6");
  make_plain(&runs[5], "f", "group:4", 1, 0.86, "name", "s6");
  runs[4].state = RUN_DIVERGED;
  strcpy(runs[4].reason, "it diverged");
  Comparison c = compare(runs, 6, "batch");
  static const char *const reasons[] = {"one run does not tell a norm", "different images",
                                        "one run does not tell a norm",
                                        "one run does not tell a norm", "all of its runs have"};
  assert_int_equal(c.n_differences, 5);
  for (int i = 0; i < 5; i++) {
    assert_true(c.differences[i].verdict == VERDICT_NONE);
    assert_non_null(strstr(c.differences[i].reason, reasons[i]));
  }
  assert_non_null(strstr(c.notes.text[0], "e is left out: it diverged"));
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text,
                         "\n  group:2 validation=-: not compared with batch validation=-: all of "
                         "its runs have failed;"));
  free(text);
  comparison_free(&c);
  free_runs(runs, 6);
}

/* Of "batch", three runs of five have diverged, and the survivors are the best. */
static void survivors_do_not_win(void **state) {
  (void)state;
  Run runs[10];
  char file[10][8];
  for (int i = 0; i < 10; i++) {
    int seed = i % 5 + 1, is_batch = i < 5;
    snprintf(file[i], sizeof file[i], "r%d", i);
    make_plain(&runs[i], file[i], is_batch ? "batch" : "layer", seed,
               (is_batch ? 0.95 : 0.90) + 0.0001 * seed, "name", "s6");
    if (is_batch && seed > 2) runs[i].state = RUN_DIVERGED;
    if (is_batch && seed > 2) strcpy(runs[i].reason, "it diverged");
  }
  for (int with_baseline = 0; with_baseline < 2; with_baseline++) {
    Comparison c = compare(runs, 10, with_baseline ? "batch" : NULL);
    assert_string_equal(c.variants.variant[0].name, "layer");
    assert_true(c.differences[0].verdict == VERDICT_NONE);
    char *text = print(&c, TEXT);
    assert_non_null(strstr(text, " failed "));
    assert_non_null(strstr(text, "     3/5   95.02 "));
    free(text);
    text = print(&c, CSV);
    assert_non_null(strstr(text, "\n2,batch,"));
    free(text);
    text = print(&c, JSON);
    assert_true(strstr(text, "\"name\": \"layer\"") < strstr(text, "\"name\": \"batch\""));
    assert_non_null(strstr(text, "\"n_diverged\": 3"));
    assert_non_null(strstr(text, "the accuracy is that of the runs that have not failed"));
    assert_non_null(
        strstr(text, with_baseline ? "0 of 5 of its runs failed, of the baseline's 3 of 5: "
                                     "undecided which fails more often (p = 0.17, Fisher's test)"
                                   : "3 of 5 of its runs failed, of the baseline's 0 of 5: "
                                     "undecided which fails more often (p = 0.17, Fisher's test)"));
    free(text);
    comparison_free(&c);
  }
  for (int i = 0; i < 2; i++) runs[i].state = RUN_DIVERGED;
  Comparison c = compare(runs, 10, NULL);
  char *text = print(&c, TEXT);
  assert_true(fabs(c.differences[0].p_failures - 2. / 252) < 1e-12);
  assert_non_null(strstr(text, "5 of 5 of its runs failed, of the\n    baseline's 0 of 5: more "
                               "often (p = 0.0079, Fisher's test)."));
  free(text);
  comparison_free(&c);
  c = compare(runs, 5, NULL);
  text = print(&c, TEXT);
  assert_non_null(strstr(text, "nothing to compare (batch: 5 of 5 runs failed)."));
  free(text);
  comparison_free(&c);
  free_runs(runs, 10);
}

/* By all seeds layer has the higher mean. By those in common batch is better, and it is first where
 * seeds are paired. */
static void the_order_is_that_of_verdicts(void **state) {
  (void)state;
  static const double batch[] = {0.80, 0.81, 0.82}, layer[] = {0.79, 0.80, 0.81, 0.99, 0.98};
  Run runs[8];
  char file[8][8];
  for (int i = 0; i < 8; i++) {
    snprintf(file[i], sizeof file[i], "r%d", i);
    make_plain(&runs[i], file[i], i < 3 ? "batch" : "layer", i < 3 ? i + 1 : i - 2,
               i < 3 ? batch[i] : layer[i - 3], "name", "s6");
  }
  static const char *const BASELINES[] = {NULL, "batch", "layer"};
  for (int i = 0; i < 6; i++) {
    int is_paired = i >= 3;
    Comparison c = compare_with(
        runs, 8,
        (ComparisonOptions){.baseline = BASELINES[i % 3], .variants = {.pairs_seeds = is_paired}});
    const Difference *d = &c.differences[0];
    assert_string_equal(c.variants.variant[0].name, is_paired ? "batch" : "layer");
    assert_true((d->effect[ENDPOINT_ACCURACY].means.difference > 0) ==
                (d->variant == &c.variants.variant[0]));
    if (is_paired) assert_true(d->verdict == (i == 5 ? VERDICT_BETTER : VERDICT_WORSE));
    if (!is_paired) assert_true(d->verdict == VERDICT_UNDECIDED);
    char *text = print(&c, TEXT);
    assert_non_null(strstr(text, "were not run with the same seeds"));
    free(text);
    comparison_free(&c);
  }
  free_runs(runs, 8);
}

/* Few seeds that happen to differ by the same count of images prove nothing; many images do. */
static void steps_of_images_are_allowed_for(void **state) {
  (void)state;
  Run runs[4];
  double gaps[] = {1. / N_TEST, 20. / N_TEST};
  Verdict verdicts[] = {VERDICT_UNDECIDED, VERDICT_BETTER};
  for (int i = 0; i < 2; i++) {
    for (int k = 0; k < 4; k++)
      make_plain(&runs[k], "r", k < 2 ? "batch" : "layer", k % 2, k < 2 ? 0.25 : 0.25 + gaps[i],
                 "name", "s6");
    for (int k = 0; k < 4; k++) runs[k].accuracy_step = 1.0 / N_TEST;
    Comparison c = compare(runs, 4, "batch");
    const Difference *d = &c.differences[0];
    /* stats.t.sf(gap / (1 / 40 / sqrt(12)), 2) * 2 */
    double p = i ? 0.0002082682493 : 0.07417990022744862;
    const TwoMeans *means = &d->effect[ENDPOINT_ACCURACY].means;
    assert_true(fabs(means->p - p) < 1e-6);
    assert_true(fabs(means->error - 1. / N_TEST / sqrt(12)) < 1e-15);
    assert_true(d->verdict == verdicts[i]);
    comparison_free(&c);
    free_runs(runs, 4);
  }
}

static void nothing_is_compared_with_nothing(void **state) {
  (void)state;
  Run run;
  make_plain(&run, "a", "batch", 1, 0.9, "name", "s6");
  run.state = RUN_UNFINISHED;
  for (size_t n = 0; n < 2; n++) {
    Comparison c = compare(&run, n, NULL);
    assert_null(c.baseline);
    for (Form form = TEXT; form <= CSV_RUNS; form++) {
      char *text = print(&c, form);
      assert_null(strstr(text, "nan"));
      if (form == TEXT) assert_non_null(strstr(text, "No run is finished"));
      free(text);
    }
    comparison_free(&c);
  }
  run_free(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(survivors_do_not_win),
      cmocka_unit_test(the_order_is_that_of_verdicts),
      cmocka_unit_test(seeds_make_variants),
      cmocka_unit_test(keys_name_variants),
      cmocka_unit_test(strangers_are_not_compared),
      cmocka_unit_test(steps_of_images_are_allowed_for),
      cmocka_unit_test(nothing_is_compared_with_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
