/* The comparison of runs, from records made here. */
#include "base/log.h"
#include "report/mcnemar.h"
#include "runs.h"
#include "store/file.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

/* p by adding up every coefficient of Pascal's triangle. */
static double slow_mcnemar(int a, int b) {
  int n = a + b, least = a < b ? a : b;
  long double row[64] = {1}, sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = i + 1; k > 0; k--) row[k] = row[k] + row[k - 1];
  for (int k = 0; k <= least; k++) sum += row[k];
  long double p = ldexpl(2 * sum, -n);
  return p < 1 ? (double)p : 1;
}

static void mcnemar_is_exact(void **state) {
  (void)state;
  assert_true(fabs(mcnemar_exact(0, 0) - 1) < 1e-15);
  assert_true(fabs(mcnemar_exact(0, 6) - 2. / 64) < 1e-12);
  assert_true(fabs(mcnemar_exact(1, 8) - 20. / 512) < 1e-12);
  for (int a = 0; a < 30; a++)
    for (int b = 0; b < 30; b++) {
      double slow = slow_mcnemar(a, b);
      assert_true(fabs(mcnemar_exact((size_t)a, (size_t)b) - slow) <= 1e-10 * slow);
    }
  assert_true(mcnemar_exact(5000, 5001) > 0.99);
  assert_true(mcnemar_exact(0, 5000) >= 0 && mcnemar_exact(0, 5000) < 1e-300);
}

static void record_becomes_run(void **state) {
  (void)state;
  Run run;
  make_run(&run, "a.h5", "batch", 36, 0);
  assert_string_equal(run.file, "a.h5");
  assert_string_equal(run.norm, "batch");
  assert_string_equal(run.seed, "18446744073709551615");
  assert_int_equal(run.epochs, 2);
  assert_int_equal(run.parameters, 7652);
  assert_true(run.test_accuracy == 0.9 && run.test_loss == 0.25);
  assert_true(isnan(run.train_loss));
  assert_true(run.images_per_second == 2000 && run.epoch_seconds == 2);
  assert_int_equal(run.n_test, N_TEST);
  run_free(&run);
}

static void one_seed_gives_mcnemar(void **state) {
  (void)state;
  Run runs[4];
  make_run(&runs[0], "out/layer.h5", "layer", 29, 0);
  make_run(&runs[1], "out/batch.h5", "batch", 39, 0);
  make_run(&runs[2], "out/group.h5", "group:2", 38, 0);
  make_run(&runs[3], "out/other.h5", "none", 20, 1); /* another test set */
  Comparison c = compare(runs, 4, "batch");
  assert_int_equal(c.n_differences, 3);
  const Difference *group = &c.differences[0], *layer = &c.differences[1];
  assert_string_equal(group->variant->norm, "group:2");
  assert_true(group->verdict == VERDICT_NONE && group->p_images == 1);
  assert_int_equal(layer->pairs[0].only_variant, 0);
  assert_int_equal(layer->pairs[0].only_baseline, 10);
  assert_true(fabs(layer->p_images - 2. / 1024) < 1e-12); /* 2 / 2^10, and two tests by Holm */
  assert_true(fabs(layer->p_images_holm - 4. / 1024) < 1e-12);
  assert_true(layer->verdict == VERDICT_NONE && isnan(layer->effect[ENDPOINT_ACCURACY].means.p));
  assert_true(c.differences[2].verdict == VERDICT_NONE);
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text, "97.50"));
  assert_non_null(strstr(text, "layer: not compared with batch: one run does not tell a norm from "
                               "chance; -25.00 points; of these\n    two networks (seed "
                               "18446744073709551615), 0 images are right only here and 10 only "
                               "there (p =\n    0.002, McNemar's test)."));
  assert_non_null(strstr(text, "none: not compared with batch: "));
  free(text);
  text = print(&c, JSON);
  assert_non_null(strstr(text, "\"p_mcnemar\": 0.001953125"));
  assert_non_null(strstr(text, "\"train_loss\": null"));
  free(text);
  comparison_free(&c);
  free_runs(runs, 4);
}

static void make_run_on(Run *run, const char *file, const char *norm, int right, const char *set,
                        const char *hash) {
  Record record;
  make_record(&record, norm, right, 0);
  OK(record_put_attribute_text(&record, "/data@evaluated", set));
  if (hash) OK(record_put_attribute_text(&record, "/data@evaluated_hash", hash));
  if (strcmp(set, "validation") == 0)
    OK(record_put_attribute_text(&record, "/config@data.validation", "5000"));
  OK(run_from_record(run, &record, file));
  record_free(&record);
}

static void sets_are_not_mixed(void **state) {
  (void)state;
  Run runs[4];
  make_run_on(&runs[0], "v1.h5", "batch", 40, "validation", "b");
  make_run_on(&runs[1], "t1.h5", "batch", 30, "test", "a");
  make_run_on(&runs[2], "v2.h5", "layer", 30, "validation", "b");
  make_run_on(&runs[3], "t2.h5", "layer", 20, "test", "a");
  assert_false(runs_share_set(&runs[0], &runs[1]));
  assert_false(runs_are_paired(&runs[0], &runs[1])); /* though the labels are the same */
  assert_true(runs_are_paired(&runs[0], &runs[2]));
  Comparison c = compare(runs, 4, NULL);
  assert_string_equal(c.baseline->example->file, "t1.h5"); /* the best of the test set */
  assert_true(c.differences[0].is_comparable);
  for (int i = 1; i < 3; i++) {
    assert_true(c.differences[i].verdict == VERDICT_NONE);
    assert_non_null(strstr(c.differences[i].reason, "evaluated on different images"));
  }
  assert_int_equal(c.n_tests, 2); /* among the two of each set */
  char *text = print(&c, TEXT);
  assert_non_null(strstr(text, "right %"));
  assert_null(strstr(text, "test %"));
  assert_non_null(strstr(c.notes.text[0], "accuracies are not comparable"));
  free(text);
  text = print(&c, JSON);
  assert_non_null(strstr(text, "\"evaluated\": \"validation\", \"evaluated_hash\": \"b\""));
  free(text);
  comparison_free(&c);
  run_free(&runs[1]);
  runs[1] = runs[2];
  c = compare(runs, 2, NULL);
  text = print(&c, TEXT);
  assert_non_null(strstr(text, "val. %"));
  assert_non_null(strstr(text, "Verdicts on validation accuracy"));
  assert_null(strstr(text, "test %"));
  free(text);
  comparison_free(&c);
  run_free(&runs[0]);
  run_free(&runs[1]);
  run_free(&runs[3]);
}

/* Labels alone do not make two sets the same. */
static void images_decide_where_they_are_known(void **state) {
  (void)state;
  Run runs[3];
  make_run_on(&runs[0], "a.h5", "batch", 40, "test", "a");
  make_run_on(&runs[1], "b.h5", "layer", 30, "test", "b");
  make_run_on(&runs[2], "c.h5", "none", 20, "test", NULL);
  Comparison c = compare(runs, 3, "batch");
  assert_false(c.differences[0].is_comparable);
  assert_true(c.differences[1].is_comparable);
  comparison_free(&c);
  free_runs(runs, 3);
}

static void make_run_with_loss(Run *run, const char *file, const char *norm, double accuracy,
                               double loss) {
  Record record;
  record_init(&record);
  OK(record_put_attribute_text(&record, "/@status", "finished"));
  OK(record_put_attribute_text(&record, "/config@network.norm", norm));
  OK(record_put_attribute_text(&record, "/config@seed", "1"));
  put_vector(&record, "/metrics/epoch/test_accuracy", FIELD_FLOAT64, 1, &accuracy);
  put_vector(&record, "/metrics/epoch/test_loss", FIELD_FLOAT64, 1, &loss);
  OK(run_from_record(run, &record, file));
  record_free(&record);
}

/* Whatever the order of the norms, of the files, and in which they are given. */
static void equal_accuracies_are_ranked_by_loss(void **state) {
  (void)state;
  static const char *const norms[] = {"batch", "layer", "none", "group:2"};
  static const char *const files[] = {"b.h5", "c.h5", "a.h5", "d.h5"};
  static const double losses[] = {0.3, 0.1, 0.2, 0.4}, accuracies[] = {0.9, 0.9, 0.9, 0.95};
  static const int wanted[] = {3, 1, 2, 0};
  for (int turn = 0; turn < 4; turn++) {
    Run runs[4];
    for (int i = 0; i < 4; i++) {
      int k = (i + turn) % 4;
      make_run_with_loss(&runs[i], files[k], norms[k], accuracies[k], losses[k]);
    }
    Comparison c = compare(runs, 4, NULL);
    const Run **sorted;
    OK(comparison_sort_runs(&sorted, &c));
    assert_int_equal(c.variants.n, 4);
    for (int i = 0; i < 4; i++) {
      assert_string_equal(c.variants.variant[i].norm, norms[wanted[i]]);
      assert_string_equal(sorted[i]->file, files[wanted[i]]);
    }
    assert_string_equal(c.baseline->norm, "group:2");
    free(sorted);
    comparison_free(&c);
    /* Without the best: of equals the one with the smaller loss is what the others are held
     * against. */
    for (int i = 0; i < 4; i++)
      if (runs[i].test_accuracy > 0.9) {
        run_free(&runs[i]);
        runs[i] = runs[3];
      }
    c = compare(runs, 3, NULL);
    assert_string_equal(c.baseline->norm, "layer");
    assert_string_equal(c.differences[1].variant->norm, "batch");
    comparison_free(&c);
    free_runs(runs, 3);
  }
}

/* Of five seeds with accuracies m - 0.02, m - 0.01 .. m + 0.02 against the same around 0.5, t is
 * m / 0.01: 2 stats.t.sf(t, 8). */
static void small_p_is_said_as_it_is(void **state) {
  (void)state;
  static const struct {
    double m, p;
    const char *said, *cell;
  } seeds[] = {{0.05, 0.0010528257933665396, "p = 0.0011)", " 0.0011 "},
               {0.12, 2.14386674768877e-06, "p < 0.0001)", " <0.0001 "}};
  for (int i = 0; i < 2; i++) {
    Run runs[10];
    for (int k = 0; k < 5; k++) {
      make_plain(&runs[k], "a.h5", "batch", k, 0.5 + 0.01 * (k - 2), "name", "s6");
      make_plain(&runs[5 + k], "b.h5", "layer", k, 0.5 + seeds[i].m + 0.01 * (k - 2), "name", "s6");
    }
    Comparison c = compare(runs, 10, "batch");
    double p = c.differences[0].effect[ENDPOINT_ACCURACY].p_holm;
    assert_true(fabs(p - seeds[i].p) <= 0.001 * seeds[i].p);
    char *text = print(&c, TEXT);
    for (char *s = text; *s; s++) *s = *s == '\n' ? ' ' : *s;
    assert_non_null(strstr(text, seeds[i].said));
    assert_non_null(strstr(text, seeds[i].cell));
    free(text);
    comparison_free(&c);
    free_runs(runs, 10);
  }
}

static void missing_fields_are_told(void **state) {
  (void)state;
  Record record;
  record_init(&record);
  /* Fields of other types and shapes than expected count as missing. */
  OK(record_put(&record, "/metrics/epoch/test_accuracy", FIELD_INT32, 0, NULL, &(int32_t){1}, "",
                "1"));
  put_vector(&record, "/predictions/label", FIELD_INT32, 2, (int32_t[]){1, 2});
  put_vector(&record, "/predictions/prediction", FIELD_INT32, 1, (int32_t[]){1});
  put_vector(&record, "/timing/epoch_seconds", FIELD_FLOAT64, 0, NULL);
  Run runs[3];
  OK(run_from_record(&runs[0], &record, "x/a\"b.h5"));
  OK(run_from_record(&runs[1], &record, "y/a\"b.h5"));
  record_free(&record);
  make_run(&runs[2], "x/good.h5", "batch", 3, 0);
  assert_int_equal(runs[0].n_test, 0);
  assert_int_equal(runs[0].state, RUN_BAD);
  assert_non_null(strstr(runs[0].reason, "network.norm"));
  Comparison c = compare(runs, 3, NULL);
  assert_int_equal(c.variants.n, 1);
  assert_string_equal(c.baseline->norm, "batch");
  char *text = print(&c, TEXT);
  assert_null(strstr(text, "nan"));
  free(text);
  text = print(&c, JSON);
  assert_non_null(strstr(text, "x/a\\\"b.h5"));
  assert_non_null(strstr(text, "\"epochs\": null"));
  assert_null(strstr(text, "nan"));
  free(text);
  text = print(&c, CSV_RUNS);
  assert_non_null(strstr(text, "\n\"x/a\"\"b.h5\",,,"));
  assert_null(strstr(text, "nan"));
  free(text);
  comparison_free(&c);
  free_runs(runs, 3);
}

static void files_are_read(void **state) {
  (void)state;
  char folder[] = "/tmp/normlab-compare-XXXXXX", file[64];
  assert_non_null(mkdtemp(folder));
  snprintf(file, sizeof file, "%s/a.h5", folder);
  Record record;
  make_record(&record, "instance", 40, 0);
  ResultFile *result;
  OK(result_open(&result, file, OPEN_NEW));
  OK(result_write(result, &record));
  result_close(result);
  record_free(&record);
  Run run;
  OK(run_read(&run, file));
  assert_string_equal(run.norm, "instance");
  assert_string_equal(run.status, "finished");
  assert_int_equal(run.parameters, 7652);
  assert_int_equal(run.n_test, N_TEST);
  assert_true(run.test_accuracy == 1);
  run_free(&run);
  assert_int_equal(truncate(file, 2000), 0);
  log_quiet(1);
  assert_int_equal(run_read(&run, file).code, STATUS_DATA);
  unlink(file);
  assert_int_equal(run_read(&run, file).code, STATUS_FILE);
  rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mcnemar_is_exact),
      cmocka_unit_test(record_becomes_run),
      cmocka_unit_test(one_seed_gives_mcnemar),
      cmocka_unit_test(sets_are_not_mixed),
      cmocka_unit_test(images_decide_where_they_are_known),
      cmocka_unit_test(equal_accuracies_are_ranked_by_loss),
      cmocka_unit_test(small_p_is_said_as_it_is),
      cmocka_unit_test(missing_fields_are_told),
      cmocka_unit_test(files_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
