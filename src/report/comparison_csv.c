#include "columns.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "report/csv_write.h"
#include "run_keys.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 32 };

enum { MAX_PARTS = 16 };

/* The numbers that a cell of several has in a line, each with an end of the title. */
static const char *const SUMMARY_PARTS[] = {"mean", "deviation", "low", "high", NULL};
static const char *const INTERVAL_PARTS[] = {"low", "high", NULL};
static const char *const EFFECT_PARTS[] = {
    "mean",        "error",        "degrees",           "low",     "high",         "p",
    "p_holm",      "p_equivalent", "p_equivalent_holm", "p_ranks", "p_ranks_holm", "p_above",
    "p_above_low", "p_above_high", "correlation",       NULL};

static const char *const *parts_of(ColumnKind kind) {
  if (kind == COLUMN_SUMMARY) return SUMMARY_PARTS;
  if (kind == COLUMN_INTERVAL) return INTERVAL_PARTS;
  return kind == COLUMN_EFFECT ? EFFECT_PARTS : NULL;
}

static void take_parts(double numbers[MAX_PARTS], const Column *column, const Cell *cell) {
  const Summary *s = cell->summary;
  const Effect *e = cell->effect;
  if (column->kind == COLUMN_SUMMARY) {
    numbers[0] = s->mean;
    numbers[1] = s->deviation;
    numbers[2] = s->interval.low;
    numbers[3] = s->interval.high;
  } else if (column->kind == COLUMN_INTERVAL) {
    numbers[0] = cell->interval.low;
    numbers[1] = cell->interval.high;
  }
  if (column->kind != COLUMN_EFFECT) return;
  const TwoMeans *m = &e->means;
  const double effect[] = {m->difference,
                           m->error,
                           m->degrees,
                           m->interval.low,
                           m->interval.high,
                           m->p,
                           e->p_holm,
                           m->p_equivalent,
                           e->p_equivalent_holm,
                           e->p_ranks,
                           e->p_ranks_holm,
                           e->above.probability,
                           e->above.interval.low,
                           e->above.interval.high,
                           e->correlation};
  memcpy(numbers, effect, sizeof effect);
}

static void put_titles(Csv *csv, const Column *columns) {
  for (; columns->name; columns++) {
    const char *const *parts = parts_of(columns->kind);
    if (columns->csv == CSV_NOT) continue;
    if (!parts) csv_put_text(csv, columns->name);
    for (; parts && *parts; parts++) {
      char title[RUN_TEXT];
      snprintf(title, sizeof title, "%s_%s", columns->name, *parts);
      csv_put_text(csv, title);
    }
  }
}

static void put_cell(Csv *csv, const Column *column, const Line *line) {
  Cell cell = column->value(line);
  double numbers[MAX_PARTS];
  const char *const *parts = parts_of(column->kind);
  if (parts) take_parts(numbers, column, &cell);
  for (int i = 0; parts && parts[i]; i++) csv_put_number(csv, numbers[i]);
  if (parts) return;
  switch (column->kind) {
  case COLUMN_TEXT:
    csv_put_text(csv, cell.text ? cell.text : "");
    break;
  case COLUMN_COUNT:
  case COLUMN_OUT_OF:
    csv_put_count(csv, cell.count);
    break;
  default:
    csv_put_number(csv, cell.number);
  }
}

static void put_line(Csv *csv, const Column *columns, const Line *line) {
  for (; columns->name; columns++)
    if (columns->csv != CSV_NOT) put_cell(csv, columns, line);
}

void comparison_print_csv(FILE *out, const Comparison *comparison) {
  Csv csv = {.out = out};
  put_titles(&csv, VARIANT_COLUMNS);
  put_titles(&csv, DIFFERENCE_COLUMNS);
  csv_end_line(&csv);
  for (size_t rank = 1; rank <= comparison->variants.n; rank++) {
    Line line = line_of_variant(comparison, rank);
    put_line(&csv, VARIANT_COLUMNS, &line);
    put_line(&csv, DIFFERENCE_COLUMNS, &line);
    csv_end_line(&csv);
  }
}

/* A column of the runs, or a key of their configurations. */
typedef struct RunColumn {
  const Column *column; /* NULL: a key */
  const char *name;
  char **text; /* [n_runs], owned: what the cells hold */
  CsvPlace place;
} RunColumn;

typedef struct RunColumns {
  RunColumn *column; /* [n] */
  size_t n, n_runs;
} RunColumns;

static char *number_text(double number) {
  char text[NUMBER_BYTES] = "";
  if (isfinite(number)) (void)run_number_text(text, sizeof text, number);
  return strdup(text);
}

static char *count_text(int64_t count) {
  char text[NUMBER_BYTES] = "";
  if (count >= 0) snprintf(text, sizeof text, "%" PRId64, count);
  return strdup(text);
}

static char *text_of(const RunColumn *column, const Line *line) {
  const char *value = column->column ? NULL : run_any_key(line->run, column->name);
  if (!column->column) return strdup(value ? value : "");
  Cell cell = column->column->value(line);
  if (column->column->kind == COLUMN_TEXT) return strdup(cell.text ? cell.text : "");
  if (column->column->kind == COLUMN_MEDIAN && isinf(cell.number)) return strdup("inf");
  return column->column->kind == COLUMN_COUNT ? count_text(cell.count) : number_text(cell.number);
}

/* A line of the head has one line, and no blanks at its ends. */
static int fits_head(const char *text) {
  size_t n = strlen(text);
  return n == 0 ||
         (!text[strcspn(text, "\r\n")] && !strchr(" \t", text[0]) && !strchr(" \t", text[n - 1]));
}

static void choose_place(RunColumn *column, size_t n_runs) {
  size_t n_filled = 0, n_first = 0;
  for (size_t i = 0; i < n_runs; i++) {
    n_filled += column->text[i][0] != '\0';
    n_first += strcmp(column->text[i], column->text[0]) == 0;
  }
  if (column->place == CSV_ALWAYS) return;
  if (n_filled == 0)
    column->place = CSV_NOT;
  else if (column->place == CSV_IF_ANY || n_first < n_runs || !fits_head(column->text[0]))
    column->place = CSV_ALWAYS;
}

static Status add_column(RunColumns *columns, const Comparison *comparison, const Column *row,
                         const char *name) {
  RunColumn *added = &columns->column[columns->n++];
  *added = (RunColumn){.column = row, .name = name, .place = row ? row->csv : CSV_HEAD};
  TRY(memory_allocate(&added->text, columns->n_runs, sizeof *added->text, "a table of runs"));
  for (size_t i = 0; i < columns->n_runs; i++) {
    Line line = {.comparison = comparison, .run = &comparison->runs[i]};
    added->text[i] = text_of(added, &line);
    if (!added->text[i]) return status_error(STATUS_MEMORY, "no memory for a table of runs");
  }
  choose_place(added, columns->n_runs);
  return status_ok();
}

/* These have columns of their own. */
static int is_in_row(const char *key) {
  static const char *const keys[] = {"network.norm", "data", "init", "program"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strcmp(key, keys[i]) == 0) return 1;
  return 0;
}

static int name_order(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static Status add_columns(RunColumns *columns, const Comparison *comparison) {
  size_t n_rows = 0, n_keys = 0, n = 0;
  const char **keys;
  for (const Column *row = RUN_COLUMNS; row->name; row++) n_rows++;
  for (size_t i = 0; i < columns->n_runs; i++)
    n_keys += comparison->runs[i].n_keys + comparison->runs[i].n_rest;
  TRY(memory_allocate(&columns->column, n_rows + n_keys, sizeof *columns->column, "columns"));
  for (const Column *row = RUN_COLUMNS; row->name; row++)
    if (row->csv != CSV_NOT) TRY(add_column(columns, comparison, row, row->name));
  TRY(memory_allocate(&keys, n_keys, sizeof *keys, "keys"));
  for (size_t i = 0; i < columns->n_runs; i++) {
    const Run *run = &comparison->runs[i];
    for (size_t k = 0; k < run->n_keys; k++) keys[n++] = run->keys[k].key;
    for (size_t k = 0; k < run->n_rest; k++) keys[n++] = run->rest[k].key;
  }
  if (n > 0) qsort(keys, n, sizeof *keys, name_order);
  Status status = status_ok();
  for (size_t i = 0; i < n && status.code == STATUS_OK; i++)
    if (!is_in_row(keys[i]) && (i == 0 || strcmp(keys[i], keys[i - 1]) != 0))
      status = add_column(columns, comparison, NULL, keys[i]);
  free(keys);
  return status;
}

static void free_columns(RunColumns *columns) {
  for (size_t i = 0; i < columns->n; i++) {
    for (size_t k = 0; columns->column[i].text && k < columns->n_runs; k++)
      free(columns->column[i].text[k]);
    free(columns->column[i].text);
  }
  free(columns->column);
}

/* Of whatever the command line holds, one line. */
static void put_command(FILE *out, const char *command) {
  char *line = strdup(command);
  if (!line) return;
  for (char *at = line; *at; at++)
    if ((unsigned char)*at < ' ') *at = ' ';
  fputs("# command: ", out);
  utf8_print(out, line);
  fputc('\n', out);
  free(line);
}

static void put_runs(FILE *out, const RunColumns *columns) {
  Csv csv = {.out = out};
  for (size_t i = 0; i < columns->n; i++) {
    const RunColumn *column = &columns->column[i];
    if (column->place != CSV_HEAD) continue;
    fprintf(out, "# %s: ", column->name);
    utf8_print(out, column->text[0]);
    fputc('\n', out);
  }
  for (size_t i = 0; i < columns->n; i++)
    if (columns->column[i].place == CSV_ALWAYS) csv_put_text(&csv, columns->column[i].name);
  csv_end_line(&csv);
  for (size_t k = 0; k < columns->n_runs; k++) {
    for (size_t i = 0; i < columns->n; i++)
      if (columns->column[i].place == CSV_ALWAYS) csv_put_text(&csv, columns->column[i].text[k]);
    csv_end_line(&csv);
  }
}

Status comparison_print_csv_runs(FILE *out, const Comparison *comparison, const char *command) {
  RunColumns columns = {.n_runs = comparison->n_runs};
  char reach[NUMBER_BYTES];
  Status status = add_columns(&columns, comparison);
  if (status.code == STATUS_OK) {
    fputs("# A line for each run; normlab compare reads this table.\n", out);
    if (command) put_command(out, command);
    (void)run_number_text(reach, sizeof reach, comparison->options.variants.reach);
    fprintf(out, "# reach: %s\n", reach);
    put_runs(out, &columns);
  }
  free_columns(&columns);
  return status;
}
