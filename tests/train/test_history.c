/* Columns that grow by rows, and go through a record and back. */
#include "history.h"
#include "support/cmocka_all.h"
#include <math.h>
#include <string.h>

enum { N_LAYERS = 3, N_ROWS = 5000 };

static void expect_ok(Status status) {
  assert_string_equal(status.text, "");
  assert_int_equal(status.code, STATUS_OK);
}

/* Row i of a column: its numbers differ from those of all others. */
static void row_of(double *row, const Column *column, size_t i) {
  for (size_t k = 0; k < column->width; k++)
    row[k] = (double)strlen(column->path) + 1e-3 * (double)k + (double)i * 1024 +
             1e-6 * (double)column->path[9];
}

static void add_rows(History *history, ResultField field, size_t n) {
  double row[N_LAYERS];
  const Column *column = history_column(history, field, 0);
  size_t first = column->n_rows;
  for (size_t i = first; i < first + n; i++) {
    row_of(row, column, i);
    expect_ok(history_add(history, field, row));
  }
}

static void expect_rows(const Column *column, size_t n) {
  double row[N_LAYERS];
  assert_int_equal(column->n_rows, n);
  for (size_t i = 0; i < n; i++) {
    row_of(row, column, i);
    assert_memory_equal(column->value + i * column->width, row, column->width * sizeof *row);
  }
}

static void columns_grow(void **state) {
  (void)state;
  History history;
  history_init(&history, &(HistoryShape){.n_layers = N_LAYERS, .crosses_samples = 1});
  for (size_t n = 1; n <= N_ROWS; n += 500) add_rows(&history, RESULT_STEP_LOSS, 500);
  add_rows(&history, RESULT_GRADIENT_NORM, N_ROWS);
  assert_int_equal(history_column(&history, RESULT_GRADIENT_NORM, 0)->width, N_LAYERS);
  expect_rows(history_column(&history, RESULT_STEP_LOSS, 0), N_ROWS);
  expect_rows(history_column(&history, RESULT_GRADIENT_NORM, 0), N_ROWS);
  expect_rows(history_column(&history, RESULT_EPOCH_RATE, 0), 0);
  double last;
  row_of(&last, history_column(&history, RESULT_STEP_LOSS, 0), N_ROWS - 1);
  assert_true(history_last(&history, RESULT_STEP_LOSS) == last);
  assert_true(history_last(&history, RESULT_EPOCH_RATE) == 0);
  history_free(&history);
}

/* As many rows as the column's kind has in a run of 2 epochs; none without probes or layers. */
static size_t rows_of(const Column *column) {
  if (column->width == 0) return 0;
  return strncmp(column->path, "/metrics/step/", 14) == 0 ? 2000 : 2;
}

static void fill(History *history, size_t n_layers) {
  history_init(history, &(HistoryShape){.n_layers = n_layers, .crosses_samples = 1});
  for (int i = 0; i < history->n_columns; i++) {
    const Column *column = &history->column[i];
    int phase = i - history->first[column->field];
    double row[N_LAYERS];
    for (size_t k = 0; k < rows_of(column); k++) {
      row_of(row, column, k);
      expect_ok(phase > 0 ? history_add_part(history, column->field, phase, row[0])
                          : history_add(history, column->field, row));
    }
  }
}

static void expect_equal_columns(const History *history) {
  for (int i = 0; i < history->n_columns; i++)
    expect_rows(&history->column[i], rows_of(&history->column[i]));
}

static void a_record_keeps_them(void **state) {
  (void)state;
  History history, again;
  Record record;
  record_init(&record);
  fill(&history, N_LAYERS);
  expect_ok(history_put(&history, &record));
  const Field *epoch = record_find(&record, "/timing/epoch");
  assert_non_null(epoch);
  assert_int_equal(epoch->dims[0], 2);
  assert_int_equal(((const int64_t *)epoch->data)[1], 2);
  assert_int_equal(record_find(&record, "/metrics/step/step")->dims[0], 2000);
  for (int i = 0; i < history.n_columns; i++) {
    const Field *field = record_find(&record, history.column[i].path);
    assert_int_equal(field != NULL, history.column[i].width > 0);
  }
  history_init(&again, &(HistoryShape){.n_layers = N_LAYERS, .crosses_samples = 1});
  expect_ok(history_get(&again, &record, "run.h5"));
  expect_equal_columns(&again);
  add_rows(&again, RESULT_STEP_LOSS, 100); /* a run that is resumed goes on */
  expect_rows(history_column(&again, RESULT_STEP_LOSS, 0), 2100);
  history_free(&history);
  history_free(&again);
  record_free(&record);
}

/* A column that came after the format of the file is not known there. */
static void a_column_of_later(void **state) {
  (void)state;
  History history;
  Record record;
  const size_t two = 2;
  int64_t epochs[2] = {1, 2};
  record_init(&record);
  history_init(&history, &(HistoryShape){.n_layers = N_LAYERS, .crosses_samples = 1});
  expect_ok(result_put_integer(&record, RESULT_FORMAT_VERSION, 0));
  expect_ok(result_put(&record, RESULT_LAYERS_EPOCH, &two, epochs));
  expect_ok(history_get(&history, &record, "run.h5"));
  const Column *column = history_column(&history, RESULT_MEAN_AFTER, 0);
  assert_int_equal(column->n_rows, 2);
  for (size_t i = 0; i < 2 * N_LAYERS; i++) assert_true(isnan(column->value[i]));
  assert_int_equal(history_column(&history, RESULT_TEST_LOSS, 0)->n_rows, 0);
  history_free(&history);
  record_free(&record);
}

/* A network without layers to look at writes no empty columns. */
static void without_layers(void **state) {
  (void)state;
  History history;
  Record record;
  record_init(&record);
  fill(&history, 0);
  expect_ok(history_put(&history, &record));
  assert_null(record_find(&record, "/layers/mean_before"));
  assert_non_null(record_find(&record, "/metrics/epoch/test_loss"));
  expect_ok(history_get(&history, &record, "run.h5"));
  history_free(&history);
  record_free(&record);
}

static void a_missing_column(void **state) {
  (void)state;
  History history;
  Record record;
  record_init(&record);
  history_init(&history, &(HistoryShape){.n_layers = N_LAYERS, .crosses_samples = 1});
  Status status = history_get(&history, &record, "run.h5");
  assert_int_equal(status.code, STATUS_DATA);
  assert_string_equal(status.text, "run.h5: /metrics/step/loss is missing");
  history_free(&history);
}

/* A column of another width is refused, not read beyond its end. */
static void another_width(void **state) {
  (void)state;
  History history, wider;
  Record record;
  record_init(&record);
  fill(&history, 1);
  expect_ok(history_put(&history, &record));
  history_init(&wider, &(HistoryShape){.n_layers = N_LAYERS, .crosses_samples = 1});
  assert_int_equal(history_get(&wider, &record, "run.h5").code, STATUS_DATA);
  history_free(&history);
  history_free(&wider);
  record_free(&record);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_grow),   cmocka_unit_test(a_record_keeps_them),
      cmocka_unit_test(without_layers), cmocka_unit_test(a_missing_column),
      cmocka_unit_test(another_width),  cmocka_unit_test(a_column_of_later),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
