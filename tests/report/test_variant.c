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
  /* 0.90 - 0.95, 0.92 - 0.96, 0.91 - 0.97: mean -0.05, deviation 0.01 */
  const Paired *accuracy = &c.differences[0].accuracy;
  assert_true(fabs(accuracy->summary.mean + 0.05) < 1e-15);
  assert_true(fabs(accuracy->summary.deviation - 0.01) < 1e-15);
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
  Status status = comparison_make(&none, runs, 3, &(ComparisonOptions){.baseline = "batch"});
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "more than one variant has this norm"));
  status = comparison_make(&none, runs, 3, &(ComparisonOptions){.baseline = "group:2"});
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
  static const char *const reasons[] = {"no seed in common", "different images",
                                        "stored predictions", "stored predictions",
                                        "no finished run"};
  assert_int_equal(c.n_differences, 5);
  for (int i = 0; i < 5; i++) {
    assert_true(c.differences[i].verdict == VERDICT_NONE);
    assert_non_null(strstr(c.differences[i].reason, reasons[i]));
  }
  assert_non_null(strstr(c.notes.text[0], "e is left out: it diverged"));
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text,
                         "\n  group:2 validation=-: not compared with batch validation=-: it has "
                         "no finished run; of"));
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
    assert_non_null(strstr(text, " diverged "));
    assert_non_null(strstr(text, " 3/5 "));
    free(text);
    text = print(&c, CSV);
    assert_non_null(strstr(text, "\n2,batch,"));
    free(text);
    text = print(&c, JSON);
    assert_true(strstr(text, "\"name\": \"layer\"") < strstr(text, "\"name\": \"batch\""));
    assert_non_null(strstr(text, "\"n_diverged\": 3"));
    assert_non_null(strstr(text, "the better accuracy is that of the runs that have not diverged"));
    assert_non_null(strstr(text, "of batch, 3 of 5 runs diverged and are not counted"));
    free(text);
    comparison_free(&c);
  }
  for (int i = 0; i < 2; i++) runs[i].state = RUN_DIVERGED;
  Comparison c = compare(runs, 10, NULL);
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text, "of batch, 5 of 5 runs diverged."));
  free(text);
  comparison_free(&c);
  c = compare(runs, 5, NULL);
  text = print(&c, TEXT);
  assert_non_null(strstr(text, "nothing to compare (batch: 5 of 5 runs diverged)."));
  free(text);
  comparison_free(&c);
  free_runs(runs, 10);
}

/* By all seeds layer has the higher mean, by those in common batch is better, and so it is first.
 */
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
  for (int i = 0; i < 3; i++) {
    Comparison c = compare(runs, 8, BASELINES[i]);
    assert_true(c.variants.variant[1].test_accuracy.mean >
                c.variants.variant[0].test_accuracy.mean);
    assert_string_equal(c.variants.variant[0].name, "batch");
    assert_true(c.differences[0].verdict == (i == 2 ? VERDICT_BETTER : VERDICT_WORSE));
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
  Verdict verdicts[] = {VERDICT_NOT_SEPARABLE, VERDICT_BETTER};
  for (int i = 0; i < 2; i++) {
    for (int k = 0; k < 4; k++)
      make_plain(&runs[k], "r", k < 2 ? "batch" : "layer", k % 2, k < 2 ? 0.25 : 0.25 + gaps[i],
                 "name", "s6");
    for (int k = 0; k < 4; k++) runs[k].n_images = N_TEST;
    Comparison c = compare(runs, 4, "batch");
    const Difference *d = &c.differences[0];
    /* stats.t.sf(gap / (1 / 40 / sqrt(12) / sqrt(2)), 1) * 2 */
    double p = i ? 0.006497247751000018 : 0.12818843369794986;
    assert_true(fabs(d->accuracy.p - p) < 1e-6);
    assert_true(fabs(d->accuracy.summary.deviation - 1. / N_TEST / sqrt(12)) < 1e-15);
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
