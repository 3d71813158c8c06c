#include "history.h"

#include "base/log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_of_probes(ResultField field) {
  return strncmp(result_row(field)->shape, "[probe]", 7) == 0;
}

static int counts_rows(ResultField field) {
  const char *shape = result_row(field)->shape;
  return strncmp(shape, "[step]", 6) == 0 || strncmp(shape, "[epoch]", 7) == 0 ||
         is_of_probes(field);
}

static int n_dims(ResultField field) {
  int n = 0;
  for (const char *c = result_row(field)->shape; *c; c++) n += *c == '[';
  return n;
}

static int is_column(ResultField field) {
  return result_row(field)->type == FIELD_FLOAT64 && counts_rows(field);
}

/* The numbers of the steps, epochs or probes of a group. */
static int is_scale(ResultField field) {
  return result_row(field)->type == FIELD_INT64 && counts_rows(field);
}

static int share_group(const char *a, const char *b) {
  size_t n = (size_t)(strrchr(a, '/') - a) + 1;
  return strncmp(a, b, n) == 0 && !strchr(b + n, '/');
}

/* The names that stand for a word in the paths of fields, a column each. */
static const struct {
  const char *word;
  const char *const *names;
  int n;
} PARTS[] = {{"PHASE", PHASE_NAMES, PHASE_COUNT}, {"STATISTICS", STATISTICS_NAMES, N_STATISTICS}};

enum { N_PARTS = sizeof PARTS / sizeof *PARTS };

static void add_column(History *history, ResultField field, const char *part, size_t width) {
  Column *column = &history->column[history->n_columns++];
  column->field = field;
  column->width = width;
  result_path(column->path, sizeof column->path, field, part);
}

/* Numbers a row of a field's columns. */
static size_t width_of(ResultField field, const HistoryShape *shape) {
  const char *dims = result_row(field)->shape;
  const ProbesConfig *probes = &shape->probes;
  if (is_of_probes(field) && probes->every == 0) return 0;
  if (strstr(dims, "[multiple]")) return (size_t)probes->n_walk;
  if (strstr(dims, "[layer]")) return !is_of_probes(field) || probes->layers ? shape->n_layers : 0;
  return 1;
}

static void add_columns(History *history, ResultField field, const HistoryShape *shape) {
  const FieldRow *row = result_row(field);
  const size_t width = width_of(field, shape);
  for (int i = 0; i < N_PARTS; i++) {
    if (!strstr(row->path, PARTS[i].word)) continue;
    const int is_absent = PARTS[i].names == STATISTICS_NAMES && !shape->crosses_samples;
    for (int k = 0; k < PARTS[i].n; k++)
      add_column(history, field, PARTS[i].names[k], is_absent ? 0 : width);
    return;
  }
  add_column(history, field, NULL, width);
}

void history_init(History *history, const HistoryShape *shape) {
  memset(history, 0, sizeof *history);
  history->probe_every = shape->probes.every;
  for (ResultField field = 0; field < N_RESULT_FIELDS; field++) {
    history->first[field] = is_column(field) ? history->n_columns : -1;
    if (is_column(field)) add_columns(history, field, shape);
  }
}

void history_free(History *history) {
  for (int i = 0; i < history->n_columns; i++) free(history->column[i].value);
  memset(history, 0, sizeof *history);
}

Column *history_column(History *history, ResultField field, int part) {
  BUG_IF(history->first[field] < 0);
  Column *column = &history->column[history->first[field] + part];
  BUG_IF(column->field != field);
  return column;
}

double history_last(const History *history, ResultField field) {
  return history_last_part(history, field, 0);
}

double history_last_part(const History *history, ResultField field, int part) {
  BUG_IF(history->first[field] < 0);
  const Column *column = &history->column[history->first[field] + part];
  return column->n_rows > 0 ? column->value[column->n_rows - 1] : 0;
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

static Status add_row(Column *column, const double *row) {
  TRY(reserve(column, column->n_rows + 1));
  memcpy(column->value + column->n_rows * column->width, row, column->width * sizeof *row);
  column->n_rows++;
  return status_ok();
}

Status history_add(History *history, ResultField field, const double *row) {
  return add_row(history_column(history, field, 0), row);
}

Status history_add_part(History *history, ResultField field, int part, double value) {
  return add_row(history_column(history, field, part), &value);
}

/* The numbers of the rows that the columns of its group have: 1 .. n; of probes, those of their
 * steps. */
static Status put_scale(const History *history, Record *record, ResultField scale) {
  size_t n = 0;
  const int64_t stride = is_of_probes(scale) ? history->probe_every : 1;
  if (stride == 0) return status_ok();
  for (int i = history->n_columns - 1; i >= 0; i--)
    if (share_group(result_row(scale)->path, history->column[i].path) && history->column[i].width)
      n = history->column[i].n_rows;
  int64_t *number = malloc((n ? n : 1) * sizeof *number);
  if (!number) return status_error(STATUS_MEMORY, "%s: no memory", result_row(scale)->path);
  for (size_t i = 0; i < n; i++) number[i] = (int64_t)i * stride + 1;
  Status status = result_put(record, scale, &n, number);
  free(number);
  return status;
}

Status history_put(const History *history, Record *record) {
  for (ResultField field = 0; field < N_RESULT_FIELDS; field++)
    if (is_scale(field)) TRY(put_scale(history, record, field));
  for (int i = 0; i < history->n_columns; i++) {
    const Column *column = &history->column[i];
    if (column->width == 0) continue;
    double none = 0;
    TRY(result_put_path(record, column->path, FIELD_FLOAT64, n_dims(column->field),
                        (size_t[]){column->n_rows, column->width},
                        column->value ? column->value : &none, NULL));
  }
  return status_ok();
}

/* As many rows as the file has numbers of them. */
static Status fill_unknown(Column *column, const Record *record) {
  size_t n_rows = 0;
  for (ResultField field = 0; field < N_RESULT_FIELDS; field++) {
    const Field *found = is_scale(field) && share_group(result_row(field)->path, column->path)
                             ? result_find(record, field, NULL)
                             : NULL;
    if (found) n_rows = found->dims[0];
  }
  TRY(reserve(column, n_rows));
  for (size_t i = 0; i < n_rows * column->width; i++) column->value[i] = (double)NAN;
  column->n_rows = n_rows;
  return status_ok();
}

static Status get_column(Column *column, const Record *record, const char *file) {
  const Field *found = record_find(record, column->path);
  int is_newer = result_row(column->field)->since >
                 result_integer(record, RESULT_FORMAT_VERSION, STORE_FORMAT);
  if (!found && is_newer) return fill_unknown(column, record);
  if (!found) return status_error(STATUS_DATA, "%s: %s is missing", file, column->path);
  size_t n_rows = found->n_dims > 0 ? found->dims[0] : 0, width = column->width;
  if (field_elements(found) / width != n_rows)
    return status_error(STATUS_DATA, "%s: %s has not %zu numbers a row", file, column->path, width);
  TRY(reserve(column, n_rows));
  if (n_rows > 0)
    TRY(record_get(record, file, column->path, FIELD_FLOAT64, n_rows * column->width,
                   column->value));
  column->n_rows = n_rows;
  return status_ok();
}

Status history_get(History *history, const Record *record, const char *file) {
  for (int i = 0; i < history->n_columns; i++)
    if (history->column[i].width > 0) TRY(get_column(&history->column[i], record, file));
  return status_ok();
}
