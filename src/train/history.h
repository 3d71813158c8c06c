#ifndef NORMLAB_TRAIN_HISTORY_H
#define NORMLAB_TRAIN_HISTORY_H
#include "config/config.h"
#include "nn/pass.h"
#include "store/schema.h"

/* The numbers that a run counts by steps, by epochs and by probes: a column for each result field
 * of float64 whose first dimension is [step], [epoch] or [probe] (store/fields.h); one a phase
 * where the field is of phases, and one a way where it is of STATISTICS (config/statistics.h). A
 * column of the shape [epoch][layer] has a number a layer in each of its rows. Only rank 0 uses a
 * history; nothing here is collective. */
typedef struct Column {
  ResultField field;
  char path[RESULT_PATH];
  /* Numbers a row. A column of layers has 0 in a network without layers, one of statistics in a
   * network that is the same by all of them, and one of a probe that is off: no data set is
   * written. */
  size_t width;
  double *value; /* [n_rows][width], owned */
  size_t n_rows, capacity;
} Column;

enum { MAX_COLUMNS = N_RESULT_FIELDS + 3 * PHASE_COUNT + 2 * N_STATISTICS };

typedef struct History {
  Column column[MAX_COLUMNS];
  int n_columns;
  int probe_every;            /* steps from one probe to the next; 0: there are none */
  int first[N_RESULT_FIELDS]; /* column of each field, the first of several; -1: it has none */
} History;

/* What decides which columns have numbers. */
typedef struct HistoryShape {
  size_t n_layers;     /* observed layers */
  int crosses_samples; /* that of the network */
  ProbesConfig probes;
} HistoryShape;

/* Makes all columns, without rows. history_free frees them. */
void history_init(History *history, const HistoryShape *shape);
void history_free(History *history);

/* Returns the column of a field, and of a part, a phase or a way, where the field has parts;
 * otherwise it is 0. A field that has no column is a bug. */
Column *history_column(History *history, ResultField field, int part);
/* Return the last number of a column that is not of layers, and of a part; 0 if it has no rows. */
double history_last(const History *history, ResultField field);
double history_last_part(const History *history, ResultField field, int part);

/* Adds a row [width]. STATUS_MEMORY. */
Status history_add(History *history, ResultField field, const double *row) MUST_CHECK;
Status history_add_part(History *history, ResultField field, int part, double value) MUST_CHECK;

/* Puts all columns into the record, and the numbers of steps, epochs and probes as their scales.
 * STATUS_MEMORY. */
Status history_put(const History *history, Record *record) MUST_CHECK;
/* Takes all columns from the record. STATUS_DATA with the name of the file if one is missing or has
 * another width. A column that came with a later format than the record's is NaN. */
Status history_get(History *history, const Record *record, const char *file) MUST_CHECK;

#endif
