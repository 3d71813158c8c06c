#include "report/run_table.h"

#include "base/memory.h"
#include "run_table_columns.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status find_sources(Reading *reading) {
  CsvFile *csv = &reading->csv;
  TRY(memory_allocate(&reading->sources, csv->n_head + csv->n_columns, sizeof *reading->sources,
                      "columns"));
  for (size_t i = 0; i < csv->n_head + csv->n_columns; i++) {
    Source *source = &reading->sources[reading->n_sources++];
    source->name = i < csv->n_head ? &csv->head[i] : &csv->columns[i - csv->n_head];
    source->column = i < csv->n_head ? 0 : i - csv->n_head;
    TRY(source_resolve(reading, source));
    for (size_t k = 0; k < i; k++)
      if (strcmp(reading->sources[k].id, source->id) == 0)
        return status_error(STATUS_DATA,
                            "%s:%d: \"%.60s\" is there already, as \"%.60s\" in line %d",
                            reading->table.file, source->name->line, source->name->name,
                            reading->sources[k].name->name, reading->sources[k].name->line);
  }
  return status_ok();
}

static void clear_run(Run *run) {
  for (const Column *row = RUN_COLUMNS; row->name; row++) {
    char *place = (char *)run + row->place - 1;
    if (row->place == 0 || row->kind == COLUMN_TEXT) continue;
    if (row->kind == COLUMN_COUNT)
      *(int64_t *)place = -1;
    else
      *(double *)place = (double)NAN;
  }
  run->reach = (double)NAN;
  run->n_planned = -1;
}

static const char *cell_of(const Reading *reading, const Source *source, size_t line) {
  if (source->name->value) return source->name->value;
  return reading->csv.cells[line * reading->csv.n_columns + source->column];
}

/* Keys are read when it is known whose they are. */
static Status read_line(Reading *reading, size_t line) {
  Draft *draft = &reading->table.draft[line];
  Run *run = draft->run;
  *draft = (Draft){.run = run, .line = reading->csv.line[line], .variant = "", .n_correct = -1};
  clear_run(run);
  if (asprintf(&run->file, "%s:%d", reading->table.file, draft->line) < 0) {
    run->file = NULL;
    return status_error(STATUS_MEMORY, "%s: no memory for a name", reading->table.file);
  }
  for (int with_keys = 0; with_keys < 2; with_keys++)
    for (size_t i = 0; i < reading->n_sources; i++) {
      Source *source = &reading->sources[i];
      const char *text = cell_of(reading, source, line);
      if (text[0] && source_is_key(source) == with_keys)
        TRY(source->take(reading, draft, source, text));
    }
  double *least = &reading->table.unit;
  if (draft->unit > 0 && !(*least > 0 && *least <= draft->unit)) *least = draft->unit;
  return status_ok();
}

/* Percent of which none is above 1 are shares, or runs of chance: which, nobody can tell. */
static Status check_percent(const Reading *reading) {
  for (size_t i = 0; i < reading->n_sources; i++) {
    const Source *source = &reading->sources[i];
    if (source->factor == 1 || source->n_numbers == 0 || source->n_above_one > 0) continue;
    if (source->row->place != 1 + offsetof(Run, test_accuracy)) continue;
    return status_error(STATUS_DATA,
                        "%s:%d: no number of \"%.60s\" is above 1: percent, or shares? A column of "
                        "shares is called accuracy",
                        reading->table.file, source->name->line, source->name->name);
  }
  return status_ok();
}

static Status read_right(Reading *reading) {
  const char *file = reading->table.file, *slash = strrchr(file, '/');
  char *path;
  int length = reading->right[0] == '/' || !slash ? 0 : (int)(slash - file) + 1;
  if (asprintf(&path, "%.*s%s", length, file, reading->right) < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for a name", file);
  Status status = drafts_take_right(&reading->table, path);
  free(path);
  return status;
}

static Status read_all(Reading *reading, Run *runs) {
  DraftTable *table = &reading->table;
  TRY(find_sources(reading));
  TRY(memory_allocate(&table->draft, table->n, sizeof *table->draft, "runs"));
  for (size_t i = 0; i < table->n; i++) table->draft[i].run = &runs[i];
  for (size_t i = 0; i < table->n; i++) TRY(read_line(reading, i));
  TRY(check_percent(reading));
  if (reading->right) TRY(read_right(reading));
  for (size_t i = 0; i < table->n; i++) TRY(draft_finish(table, &table->draft[i]));
  return drafts_check(table);
}

int run_table_is_named(const char *file) {
  size_t length = strlen(file);
  return length > 4 && strcmp(file + length - 4, ".csv") == 0;
}

Status run_table_read(Run **runs, size_t *n, const char *file) {
  Reading reading = {.table = {.file = file}};
  *runs = NULL;
  *n = 0;
  TRY(csv_read(&reading.csv, file));
  reading.table.n = reading.csv.n_lines;
  Status status = memory_allocate(runs, reading.table.n, sizeof **runs, "runs");
  if (status.code == STATUS_OK && reading.table.n == 0)
    status = status_error(STATUS_DATA, "%s: has no line of a run", file);
  if (status.code == STATUS_OK) status = read_all(&reading, *runs);
  if (status.code == STATUS_OK) {
    *n = reading.table.n;
  } else {
    for (size_t i = 0; *runs && i < reading.table.n; i++) run_free(&(*runs)[i]);
    free(*runs);
    *runs = NULL;
  }
  free(reading.table.draft);
  free(reading.sources);
  csv_free(&reading.csv);
  return status;
}
