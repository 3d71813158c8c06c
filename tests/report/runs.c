#include "runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

void put_vector(Record *record, const char *path, FieldType type, size_t n, const void *data) {
  OK(record_put(record, path, type, 1, &n, data, "", "1"));
}

/* A run of two epochs that gets the first `right` test images right. */
void make_record(Record *record, const char *norm, int right, int first_label) {
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

void make_run(Run *run, const char *file, const char *norm, int right, int first_label) {
  Record record;
  make_record(&record, norm, right, first_label);
  OK(run_from_record(run, &record, file));
  record_free(&record);
}

/* A finished run of one epoch without predictions. */
void make_plain(Run *run, const char *file, const char *norm, int seed, double accuracy,
                const char *key, const char *value) {
  Record record;
  record_init(&record);
  char text[32], path[64];
  snprintf(text, sizeof text, "%d", seed);
  OK(record_put_attribute_text(&record, "/@status", "finished"));
  OK(record_put_attribute_text(&record, "/config@name", "s6"));
  OK(record_put_attribute_text(&record, "/config@network.norm", norm));
  OK(record_put_attribute_text(&record, "/config@seed", text));
  OK(record_put_attribute_text(&record, "/config@training.epochs", "1"));
  snprintf(path, sizeof path, "/config@%s", key);
  OK(record_put_attribute_text(&record, path, value));
  double loss = 1 - accuracy;
  put_vector(&record, "/metrics/epoch/test_accuracy", FIELD_FLOAT64, 1, &accuracy);
  put_vector(&record, "/metrics/epoch/test_loss", FIELD_FLOAT64, 1, &loss);
  OK(run_from_record(run, &record, file));
  record_free(&record);
}

Comparison compare_with(Run *runs, size_t n, ComparisonOptions options) {
  Comparison comparison;
  options.difference = COMPARISON_DIFFERENCE;
  options.variants.reach = 0.9;
  OK(comparison_make(&comparison, runs, n, &options));
  return comparison;
}

Comparison compare(Run *runs, size_t n, const char *baseline) {
  return compare_with(runs, n, (ComparisonOptions){.baseline = baseline});
}

char *print(const Comparison *comparison, Form form) {
  char *text;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (form == TEXT) OK(comparison_print(out, comparison));
  if (form == JSON) OK(comparison_print_json(out, comparison));
  if (form == CSV) comparison_print_csv(out, comparison);
  if (form == CSV_RUNS) OK(comparison_print_csv_runs(out, comparison, NULL));
  fclose(out);
  return text;
}

void free_runs(Run *runs, int n) {
  for (int i = 0; i < n; i++) run_free(&runs[i]);
}
