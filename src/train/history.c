#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  int number;
  const char *path, *description, *units;
  int is_layer;
} COLUMNS[] = {
    {STEP_LOSS_COLUMN, "/metrics/step/loss",
     "mean loss of the batch, before the update, label smoothing included", "nat", 0},
    {STEP_ACCURACY, "/metrics/step/accuracy", "share of the batch classified right", "1", 0},
    {STEP_RATE, "/metrics/step/learning_rate", "learning rate of the step", "1", 0},
    {EPOCH_RATE, "/metrics/epoch/learning_rate", "learning rate of the last step", "1", 0},
    {EPOCH_TRAIN_LOSS, "/metrics/epoch/train_loss",
     "mean loss over the train set, while it is being trained on, label smoothing included", "nat",
     0},
    {EPOCH_TRAIN_ACCURACY, "/metrics/epoch/train_accuracy",
     "share of the train set classified right, while it is being trained on", "1", 0},
    {EPOCH_TEST_LOSS, "/metrics/epoch/test_loss",
     "mean loss over the test set, without label smoothing", "nat", 0},
    {EPOCH_TEST_ACCURACY, "/metrics/epoch/test_accuracy", "share of the test set classified right",
     "1", 0},
    {LAYER_MEAN_BEFORE, "/layers/mean_before",
     "mean of the input of the norm, last batch of the epoch [epoch][layer]", "1", 1},
    {LAYER_DEVIATION_BEFORE, "/layers/deviation_before",
     "standard deviation of the input of the norm [epoch][layer]", "1", 1},
    {LAYER_MEAN_AFTER, "/layers/mean_after",
     "mean after the norm, before dropout and ReLU [epoch][layer]", "1", 1},
    {LAYER_DEVIATION_AFTER, "/layers/deviation_after",
     "standard deviation after the norm [epoch][layer]", "1", 1},
    {LAYER_GRADIENT_NORM, "/layers/gradient_norm",
     "L2 norm of the gradient of the layer's parameters [epoch][layer]", "1", 1},
    {TIMING_IMAGES, "/timing/images_per_second", "training images a second, all ranks", "1/s", 0},
    {TIMING_EPOCH, "/timing/epoch_seconds", "training time of the epoch, rank 0", "s", 0},
};
static const char *const SPREAD[3] = {"minimum", "mean", "maximum"};

void history_init(History *history, size_t n_layers, int is_validated) {
  memset(history, 0, sizeof *history);
  for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
    Column *column = &history->column[COLUMNS[i].number];
    snprintf(column->path, sizeof column->path, "%s", COLUMNS[i].path);
    column->description = COLUMNS[i].description;
    column->units = COLUMNS[i].units;
    column->width = COLUMNS[i].is_layer ? n_layers : 1;
  }
  if (is_validated) {
    history->column[EPOCH_TEST_LOSS].description =
        "mean loss over the validation split, not the test set, without label smoothing";
    history->column[EPOCH_TEST_ACCURACY].description =
        "share of the validation split, not the test set, classified right";
  }
  for (int p = 0; p < PHASE_COUNT; p++)
    for (int k = 0; k < 3; k++) {
      Column *column = &history->column[TIMING_PHASE + 3 * p + k];
      snprintf(column->path, sizeof column->path, "/timing/%s_%s", PHASE_NAMES[p], SPREAD[k]);
      column->description = "seconds of the epoch in this phase, over ranks (thread 0 of each)";
      column->units = "s";
      column->width = 1;
    }
}

void history_free(History *history) {
  for (int i = 0; i < COLUMN_COUNT; i++) free(history->column[i].value);
  memset(history, 0, sizeof *history);
}

static Status reserve(Column *column, size_t n_rows) {
  if (n_rows <= column->capacity) return status_ok();
  size_t capacity = n_rows < 1024 ? 1024 : n_rows + n_rows / 2;
  double *value = realloc(column->value, capacity * (column->width ? column->width : 1) * 8);
  if (!value)
    return status_error(STATUS_MEMORY, "%s: no memory for %zu rows", column->path, n_rows);
  column->value = value;
  column->capacity = capacity;
  return status_ok();
}

Status history_add(History *history, int number, const double *row) {
  Column *column = &history->column[number];
  TRY(reserve(column, column->n_rows + 1));
  memcpy(column->value + column->n_rows * column->width, row, column->width * sizeof *row);
  column->n_rows++;
  return status_ok();
}

/* The numbers 1 .. n, and as the scale of the columns of their group. */
static Status put_scale(const History *history, Record *record, const char *scale, int first,
                        int last, const char *description) {
  size_t n = history->column[first].n_rows;
  int64_t *number = malloc((n ? n : 1) * sizeof *number);
  if (!number) return status_error(STATUS_MEMORY, "%s: no memory", scale);
  for (size_t i = 0; i < n; i++) number[i] = (int64_t)i + 1;
  Status status = record_put(record, scale, FIELD_INT64, 1, &n, number, description, "1");
  free(number);
  for (int i = first; i <= last && status.code == STATUS_OK; i++)
    if (history->column[i].width > 0)
      status = record_set_scale(record, history->column[i].path, scale);
  return status;
}

Status history_put(const History *history, Record *record) {
  for (int i = 0; i < COLUMN_COUNT; i++) {
    const Column *column = &history->column[i];
    if (column->width == 0) continue;
    int is_layer = i >= LAYER_MEAN_BEFORE && i <= LAYER_GRADIENT_NORM;
    double none = 0;
    TRY(record_put(record, column->path, FIELD_FLOAT64, is_layer ? 2 : 1,
                   (size_t[]){column->n_rows, column->width}, column->value ? column->value : &none,
                   column->description, column->units));
  }
  TRY(put_scale(history, record, "/metrics/step/step", STEP_LOSS_COLUMN, STEP_RATE,
                "number of the step over all epochs, from 1"));
  TRY(put_scale(history, record, "/metrics/epoch/epoch", EPOCH_RATE, EPOCH_TEST_ACCURACY,
                "number of the epoch, from 1"));
  TRY(put_scale(history, record, "/layers/epoch", LAYER_MEAN_BEFORE, LAYER_GRADIENT_NORM,
                "number of the epoch, from 1"));
  return put_scale(history, record, "/timing/epoch", TIMING_IMAGES, COLUMN_COUNT - 1,
                   "number of the epoch, from 1");
}

Status history_get(History *history, const Record *record, const char *file) {
  for (int i = 0; i < COLUMN_COUNT; i++) {
    Column *column = &history->column[i];
    if (column->width == 0) continue;
    const Field *field = record_find(record, column->path);
    if (!field) return status_error(STATUS_DATA, "%s: %s is missing", file, column->path);
    size_t n_rows = field->n_dims > 0 ? field->dims[0] : 0;
    TRY(reserve(column, n_rows));
    if (n_rows > 0)
      TRY(record_get(record, file, column->path, FIELD_FLOAT64, n_rows * column->width,
                     column->value));
    column->n_rows = n_rows;
  }
  return status_ok();
}
