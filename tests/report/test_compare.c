/* The comparison of runs, from records made here. */
#include "base/log.h"
#include "report/comparison.h"
#include "report/mcnemar.h"
#include "store/file.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

enum { N_TEST = 40 };

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

static void put_vector(Record *record, const char *path, FieldType type, size_t n,
                       const void *data) {
  OK(record_put(record, path, type, 1, &n, data, "", "1"));
}

/* A run of two epochs that gets the first `right` test images right. */
static void make_record(Record *record, const char *norm, int right, int first_label) {
  record_init(record);
  OK(record_put_attribute_text(record, "/@status", "finished"));
  OK(record_put_attribute_text(record, "/config@name", "s6"));
  OK(record_put_attribute_text(record, "/config@network.norm", norm));
  OK(record_put_attribute_text(record, "/config@seed", "18446744073709551615"));
  OK(record_put_attribute_integer(record, "/model@parameters", 7652));
  double test[2] = {0.5, (double)right / N_TEST}, loss[2] = {2, 0.25}, train[2] = {0.4, 0.875};
  double speed[2] = {1000, 3000}, seconds[2] = {3, 1};
  put_vector(record, "/metrics/epoch/test_accuracy", FIELD_FLOAT64, 2, test);
  put_vector(record, "/metrics/epoch/test_loss", FIELD_FLOAT64, 2, loss);
  put_vector(record, "/metrics/epoch/train_accuracy", FIELD_FLOAT64, 2, train);
  put_vector(record, "/timing/images_per_second", FIELD_FLOAT64, 2, speed);
  put_vector(record, "/timing/epoch_seconds", FIELD_FLOAT64, 2, seconds);
  int32_t label[N_TEST], prediction[N_TEST];
  for (int i = 0; i < N_TEST; i++) {
    label[i] = (i + first_label) % 10;
    prediction[i] = i < right ? label[i] : (label[i] + 1) % 10;
  }
  put_vector(record, "/predictions/label", FIELD_INT32, N_TEST, label);
  put_vector(record, "/predictions/prediction", FIELD_INT32, N_TEST, prediction);
}

static void make_run(Run *run, const char *file, const char *norm, int right, int first_label) {
  Record record;
  make_record(&record, norm, right, first_label);
  OK(run_from_record(run, &record, file));
  record_free(&record);
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

static char *print(Run *runs, size_t n, int json) {
  char *text;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (json)
    comparison_print_json(out, runs, n);
  else
    OK(comparison_print(out, runs, n));
  fclose(out);
  return text;
}

static void free_runs(Run *runs, int n) {
  for (int i = 0; i < n; i++) run_free(&runs[i]);
}

static void best_comes_first_and_is_tested(void **state) {
  (void)state;
  Run runs[4];
  make_run(&runs[0], "out/layer.h5", "layer", 33, 0);
  make_run(&runs[1], "out/batch.h5", "batch", 39, 0);
  make_run(&runs[2], "out/group.h5", "group:2", 38, 0);
  make_run(&runs[3], "out/other.h5", "none", 20, 1); /* another test set */
  char *text = print(runs, 4, 0);
  assert_string_equal(runs[0].norm, "batch");
  assert_string_equal(runs[3].norm, "none");
  assert_null(strstr(text, "out/"));
  assert_non_null(strstr(text, "97.50"));
  assert_non_null(strstr(text, "batch.h5 against group.h5: not separable on this test set (right "
                               "only here: 1, only there: 0, p = 1)"));
  assert_non_null(strstr(text, "batch.h5 against layer.h5: better on this test set (right "
                               "only here: 6, only there: 0, p = 0.031)"));
  assert_non_null(strstr(text, "batch.h5 against other.h5: no test"));
  free(text);
  text = print(runs, 4, 1);
  assert_non_null(strstr(text, "\"p\": 0.03125"));
  assert_non_null(strstr(text, "\"separable\": true"));
  assert_non_null(strstr(text, "\"train_loss\": null"));
  free(text);
  free_runs(runs, 4);
}

static void make_run_on(Run *run, const char *file, int right, const char *set, const char *hash) {
  Record record;
  make_record(&record, "batch", right, 0);
  OK(record_put_attribute_text(&record, "/data@evaluated", set));
  if (hash) OK(record_put_attribute_text(&record, "/data@evaluated_hash", hash));
  OK(run_from_record(run, &record, file));
  record_free(&record);
}

static void sets_are_not_mixed(void **state) {
  (void)state;
  Run runs[4];
  make_run_on(&runs[0], "v1.h5", 40, "validation", "b");
  make_run_on(&runs[1], "t1.h5", 30, "test", "a");
  make_run_on(&runs[2], "v2.h5", 33, "validation", "b");
  make_run_on(&runs[3], "t2.h5", 20, "test", "a");
  assert_false(runs_share_set(&runs[0], &runs[1]));
  assert_false(runs_are_paired(&runs[0], &runs[1])); /* though the labels are the same */
  assert_true(runs_are_paired(&runs[0], &runs[2]));
  char *text = print(runs, 4, 0);
  assert_string_equal(runs[0].file, "t1.h5");
  assert_non_null(strstr(text, "evaluated on"));
  assert_null(strstr(text, "test %"));
  assert_non_null(strstr(text, "finished  validation split"));
  assert_non_null(strstr(text, "t1.h5 against t2.h5: better on this test set"));
  assert_non_null(strstr(text, "v1.h5 against v2.h5: better on this validation split"));
  assert_null(strstr(text, "t1.h5 against v"));
  free(text);
  text = print(runs, 4, 1);
  assert_non_null(strstr(text, "\"evaluated\": \"validation\", \"evaluated_hash\": \"b\""));
  assert_non_null(
      strstr(text, "{\"best\": \"v1.h5\", \"other\": \"v2.h5\", \"only_best_right\": 7"));
  assert_null(strstr(text, "\"best\": \"t1.h5\", \"other\": \"v"));
  free(text);
  text = print(runs + 2, 2, 0);
  assert_non_null(strstr(text, "validation %  validation loss"));
  assert_null(strstr(text, "test %"));
  assert_null(strstr(text, "evaluated on"));
  free(text);
  free_runs(runs, 4);
}

/* Labels alone do not make two sets the same. */
static void images_decide_where_they_are_known(void **state) {
  (void)state;
  Run runs[3];
  make_run_on(&runs[0], "a.h5", 40, "test", "a");
  make_run_on(&runs[1], "b.h5", 30, "test", "b");
  make_run_on(&runs[2], "c.h5", 20, "test", NULL);
  char *text = print(runs, 3, 0);
  assert_non_null(strstr(text, "a.h5 against b.h5: no test: no predictions of the same test set"));
  assert_non_null(strstr(text, "a.h5 against c.h5: better on this test set"));
  free(text);
  free_runs(runs, 3);
}

static void missing_fields_are_dashes(void **state) {
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
  char *text = print(runs, 3, 0);
  assert_string_equal(runs[0].norm, "batch");
  assert_non_null(strstr(text, "\nx/a\"b.h5   -"));
  assert_non_null(strstr(text, "\ny/a\"b.h5   -"));
  assert_null(strstr(text, "nan"));
  free(text);
  text = print(runs, 3, 1);
  assert_non_null(strstr(text, "x/a\\\"b.h5"));
  assert_non_null(strstr(text, "\"epochs\": null"));
  free(text);
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
      cmocka_unit_test(best_comes_first_and_is_tested),
      cmocka_unit_test(sets_are_not_mixed),
      cmocka_unit_test(images_decide_where_they_are_known),
      cmocka_unit_test(missing_fields_are_dashes),
      cmocka_unit_test(files_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
