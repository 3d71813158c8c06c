#ifndef NORMLAB_TRAIN_HISTORY_H
#define NORMLAB_TRAIN_HISTORY_H
#include "nn/pass.h"
#include "store/record.h"

/* Columns of numbers that grow by a row a step or an epoch; rank 0 only. */
typedef enum ColumnNumber {
  STEP_LOSS_COLUMN,
  STEP_ACCURACY,
  STEP_RATE,
  EPOCH_RATE,
  EPOCH_TRAIN_LOSS,
  EPOCH_TRAIN_ACCURACY,
  EPOCH_TEST_LOSS,
  EPOCH_TEST_ACCURACY,
  LAYER_MEAN_BEFORE,
  LAYER_DEVIATION_BEFORE,
  LAYER_MEAN_AFTER,
  LAYER_DEVIATION_AFTER,
  LAYER_GRADIENT_NORM,
  TIMING_IMAGES,
  TIMING_EPOCH,
  TIMING_PHASE, /* minimum, mean, maximum of each phase */
  COLUMN_COUNT = TIMING_PHASE + 3 * PHASE_COUNT
} ColumnNumber;

typedef struct Column {
  char path[64];
  const char *description, *units;
  size_t width; /* values a row; 0: no data set is written */
  double *value;
  size_t n_rows, capacity;
} Column;

typedef struct History {
  Column column[COLUMN_COUNT];
} History;
/* is_validated: descriptions name the validation split in place of the test set. */
void history_init(History *history, size_t n_layers, int is_validated);
void history_free(History *history);
Status history_add(History *history, int column, const double *row) MUST_CHECK;
Status history_put(const History *history, Record *record) MUST_CHECK;
Status history_get(History *history, const Record *record, const char *file) MUST_CHECK;

#endif
