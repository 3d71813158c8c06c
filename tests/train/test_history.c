/* Columns that grow by rows, and go through a record and back. */
#include "history.h"
#include "support/cmocka_all.h"
#include <string.h>

enum { N_LAYERS = 3, N_ROWS = 5000 };

static void expect_ok(Status status) {
  assert_string_equal(status.text, "");
  assert_int_equal(status.code, STATUS_OK);
}

/* Row i of a column of `width` numbers. */
static void row_of(double *row, int column, size_t width, size_t i) {
  for (size_t k = 0; k < width; k++) row[k] = (double)column + 1e-3 * (double)k + (double)i * 1024;
}

static void add_rows(History *history, int column, size_t n) {
  double row[N_LAYERS];
  size_t first = history->column[column].n_rows;
  for (size_t i = first; i < first + n; i++) {
    row_of(row, column, history->column[column].width, i);
    expect_ok(history_add(history, column, row));
  }
}

static void expect_rows(const History *history, int column, size_t n) {
  const Column *c = &history->column[column];
  double row[N_LAYERS];
  assert_int_equal(c->n_rows, n);
  for (size_t i = 0; i < n; i++) {
    row_of(row, column, c->width, i);
    assert_memory_equal(c->value + i * c->width, row, c->width * sizeof *row);
  }
}

static void columns_grow(void **state) {
  (void)state;
  History history;
  history_init(&history, N_LAYERS, 0);
  for (size_t n = 1; n <= N_ROWS; n += 500) add_rows(&history, STEP_LOSS_COLUMN, 500);
  add_rows(&history, LAYER_GRADIENT_NORM, N_ROWS);
  assert_int_equal(history.column[LAYER_GRADIENT_NORM].width, N_LAYERS);
  expect_rows(&history, STEP_LOSS_COLUMN, N_ROWS);
  expect_rows(&history, LAYER_GRADIENT_NORM, N_ROWS);
  expect_rows(&history, EPOCH_RATE, 0);
  history_free(&history);
}

/* As many rows as the column's kind has in a run of 2 epochs. */
static size_t rows_of(int column) {
  return column <= STEP_RATE ? 2000 : 2;
}

static void fill(History *history, size_t n_layers) {
  history_init(history, n_layers, 0);
  for (int i = 0; i < COLUMN_COUNT; i++)
    if (history->column[i].width > 0) add_rows(history, i, rows_of(i));
}

static void a_record_keeps_them(void **state) {
  (void)state;
  History history, again;
  Record record;
  record_init(&record);
  fill(&history, N_LAYERS);
  expect_ok(history_put(&history, &record));
  history_init(&again, N_LAYERS, 0);
  expect_ok(history_get(&again, &record, "run.h5"));
  for (int i = 0; i < COLUMN_COUNT; i++) expect_rows(&again, i, rows_of(i));
  add_rows(&again, STEP_LOSS_COLUMN, 100); /* a run that is resumed goes on */
  expect_rows(&again, STEP_LOSS_COLUMN, 2100);
  history_free(&history);
  history_free(&again);
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
  history_init(&history, N_LAYERS, 0);
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
  history_init(&wider, N_LAYERS, 0);
  assert_int_equal(history_get(&wider, &record, "run.h5").code, STATUS_DATA);
  history_free(&history);
  history_free(&wider);
  record_free(&record);
}

static void the_validation_split_is_named(void **state) {
  (void)state;
  History history;
  history_init(&history, N_LAYERS, 1);
  assert_non_null(strstr(history.column[EPOCH_TEST_LOSS].description, "validation split"));
  assert_non_null(strstr(history.column[EPOCH_TEST_ACCURACY].description, "validation split"));
  history_free(&history);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_grow),   cmocka_unit_test(a_record_keeps_them),
      cmocka_unit_test(without_layers), cmocka_unit_test(a_missing_column),
      cmocka_unit_test(another_width),  cmocka_unit_test(the_validation_split_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
