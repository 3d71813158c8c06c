#include "report/run.h"

#include "base/memory.h"
#include "store/file.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_integer(const Field *field) {
  return field && field->n_dims == 0 && (field->type == FIELD_INT64 || field->type == FIELD_INT32);
}

static int64_t get_integer(const Record *record, const char *path) {
  const Field *field = record_find(record, path);
  if (!is_integer(field)) return -1;
  return field->type == FIELD_INT64 ? *(const int64_t *)field->data : *(const int32_t *)field->data;
}

static void get_text(char text[RUN_TEXT], const Record *record, const char *path) {
  const Field *field = record_find(record, path);
  text[0] = '\0';
  if (field && field->type == FIELD_TEXT && field->data)
    snprintf(text, RUN_TEXT, "%s", (const char *)field->data);
  else if (is_integer(field))
    snprintf(text, RUN_TEXT, "%" PRId64, get_integer(record, path));
}

/* NULL unless the field is there as a vector of this type. */
static const Field *get_vector(const Record *record, const char *path, FieldType type) {
  const Field *field = record_find(record, path);
  return field && field->type == type && field->n_dims == 1 ? field : NULL;
}

static double get_last(const Record *record, const char *path) {
  const Field *field = get_vector(record, path, FIELD_FLOAT64);
  if (!field || field->dims[0] == 0) return (double)NAN;
  return ((const double *)field->data)[field->dims[0] - 1];
}

static int number_order(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static Status get_median(double *median, const Record *record, const char *path) {
  *median = (double)NAN;
  const Field *field = get_vector(record, path, FIELD_FLOAT64);
  if (!field || field->dims[0] == 0) return status_ok();
  double *sorted;
  TRY(memory_allocate(&sorted, field->dims[0], sizeof *sorted, "a median"));
  size_t n = 0;
  for (size_t i = 0; i < field->dims[0]; i++) {
    double x = ((const double *)field->data)[i];
    if (isfinite(x)) sorted[n++] = x;
  }
  qsort(sorted, n, sizeof *sorted, number_order);
  if (n > 0) *median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  free(sorted);
  return status_ok();
}

static Status get_predictions(Run *run, const Record *record) {
  const Field *label = get_vector(record, "/predictions/label", FIELD_INT32);
  const Field *prediction = get_vector(record, "/predictions/prediction", FIELD_INT32);
  if (!label || !prediction || label->dims[0] != prediction->dims[0]) return status_ok();
  size_t n = label->dims[0], bytes = n * sizeof *run->label;
  TRY(memory_allocate(&run->label, n, sizeof *run->label, "labels"));
  TRY(memory_allocate(&run->prediction, n, sizeof *run->prediction, "predictions"));
  if (n > 0) {
    memcpy(run->label, label->data, bytes);
    memcpy(run->prediction, prediction->data, bytes);
  }
  run->n_test = n;
  return status_ok();
}

static Status fill(Run *run, const Record *record, const char *file) {
  run->file = strdup(file);
  if (!run->file) return status_error(STATUS_MEMORY, "%s: no memory for its name", file);
  get_text(run->name, record, "/config@name");
  get_text(run->norm, record, "/config@network.norm");
  get_text(run->seed, record, "/config@seed");
  get_text(run->status, record, "/@status");
  get_text(run->evaluated, record, "/data@evaluated");
  get_text(run->evaluated_hash, record, "/data@evaluated_hash");
  const Field *epochs = get_vector(record, "/metrics/epoch/test_accuracy", FIELD_FLOAT64);
  run->epochs = epochs ? (int64_t)epochs->dims[0] : -1;
  run->parameters = get_integer(record, "/model@parameters");
  run->test_accuracy = get_last(record, "/metrics/epoch/test_accuracy");
  run->test_loss = get_last(record, "/metrics/epoch/test_loss");
  run->train_accuracy = get_last(record, "/metrics/epoch/train_accuracy");
  run->train_loss = get_last(record, "/metrics/epoch/train_loss");
  TRY(get_median(&run->images_per_second, record, "/timing/images_per_second"));
  TRY(get_median(&run->epoch_seconds, record, "/timing/epoch_seconds"));
  return get_predictions(run, record);
}

Status run_from_record(Run *run, const Record *record, const char *file) {
  *run = (Run){0};
  Status status = fill(run, record, file);
  if (status.code != STATUS_OK) run_free(run);
  return status;
}

Status run_read(Run *run, const char *file) {
  *run = (Run){0};
  Record record;
  record_init(&record);
  int used_previous;
  Status status = result_read(&record, file, &used_previous);
  if (status.code == STATUS_OK) status = run_from_record(run, &record, file);
  record_free(&record);
  return status;
}

void run_free(Run *run) {
  free(run->file);
  free(run->label);
  free(run->prediction);
  *run = (Run){0};
}

/* Smaller first, NaN last. */
static int smaller_first(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

int run_order(const void *a, const void *b) {
  const Run *x = a, *y = b;
  int order = run_is_validated(x) - run_is_validated(y);
  if (order == 0) order = smaller_first(-x->test_accuracy, -y->test_accuracy);
  if (order == 0) order = smaller_first(x->test_loss, y->test_loss);
  return order ? order : strcmp(x->file, y->file);
}

int run_is_validated(const Run *run) {
  return strcmp(run->evaluated, "validation") == 0;
}

int runs_share_set(const Run *a, const Run *b) {
  if (run_is_validated(a) != run_is_validated(b)) return 0;
  if (a->evaluated_hash[0] && b->evaluated_hash[0])
    return strcmp(a->evaluated_hash, b->evaluated_hash) == 0;
  if (a->n_test == 0 || b->n_test == 0) return 1;
  return a->n_test == b->n_test && memcmp(a->label, b->label, a->n_test * sizeof *a->label) == 0;
}

int runs_are_paired(const Run *a, const Run *b) {
  return a->n_test > 0 && a->n_test == b->n_test && runs_share_set(a, b) &&
         memcmp(a->label, b->label, a->n_test * sizeof *a->label) == 0;
}

void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b) {
  *only_a = *only_b = 0;
  for (size_t i = 0; i < a->n_test; i++) {
    int a_right = a->prediction[i] == a->label[i], b_right = b->prediction[i] == b->label[i];
    *only_a += a_right && !b_right;
    *only_b += b_right && !a_right;
  }
}
