#include "commands/compare_runs.h"

#include "base/log.h"
#include "base/memory.h"
#include "report/run_table.h"
#include <stdio.h>
#include <stdlib.h>

/* The runs of a file of the list, if it is a table. */
typedef struct Table {
  Run *runs; /* [n] */
  size_t n;
  Status status;
} Table;

void compare_keep_first(Status *first, Status status) {
  if (status.code == STATUS_OK) return;
  log_error("%s", status.text);
  if (first->code == STATUS_OK) *first = status;
}

/* A run of other images than those before stays in the list of runs, and is not compared. Returns
 * a failure then. */
static Status check_set(CompareRuns *found, Run *run) {
  enum { SET = RUN_TEXT - 24 };
  char set[SET], other_set[SET];
  const Run *other = run_find_other_set(found->runs, found->n, run);
  if (!other || run->state == RUN_BAD) return status_ok();
  run_set_text(set, sizeof set, run);
  run_set_text(other_set, sizeof other_set, other);
  run->state = RUN_BAD;
  snprintf(run->reason, RUN_TEXT, "it was evaluated on %s", set);
  return status_error(STATUS_DATA, "%.300s: not compared: %s, but %.300s on %s", run->file,
                      run->reason, other->file, other_set);
}

/* The run stands behind those that were found. Its set is checked if `status` is no failure yet. */
static void take_run(CompareRuns *found, Status *status, Status *first) {
  Run *run = &found->runs[found->n];
  Status other = check_set(found, run);
  if (status->code == STATUS_OK) {
    *status = other;
    compare_keep_first(first, other);
  }
  if (run->state == RUN_BAD && other.code == STATUS_OK)
    compare_keep_first(
        first, status_error(STATUS_DATA, "%.400s: not compared: %s", run->file, run->reason));
  found->n++;
}

/* Of a table, whose runs are taken over, one message tells that it is of other images. */
static void take_table(CompareRuns *found, const char *file, Table *table, Statistics statistics,
                       Status *first) {
  Status status = status_ok();
  compare_keep_first(first, table->status);
  if (table->n > 0)
    log_note("%s: a table of runs: what needs curves%s is left out", file,
             table->runs[0].n_right > 0 ? "" : " or images");
  for (size_t i = 0; i < table->n; i++) {
    run_choose(&table->runs[i], statistics);
    found->runs[found->n] = table->runs[i];
    take_run(found, &status, first);
  }
  table->n = 0;
}

static void take_file(CompareRuns *found, const char *file, Statistics statistics, Status *first) {
  Run *run = &found->runs[found->n];
  Status status = details_read(&found->details, found->n, run, file, statistics);
  compare_keep_first(first, status);
  if (status.code == STATUS_OK) take_run(found, &status, first);
}

static Status read_tables(Table **tables, size_t *n_runs, const FileList *list) {
  TRY(memory_allocate(tables, list->n, sizeof **tables, "tables"));
  *n_runs = 0;
  for (size_t i = 0; i < list->n; i++) {
    Table *table = &(*tables)[i];
    if (run_table_is_named(list->file[i]))
      table->status = run_table_read(&table->runs, &table->n, list->file[i]);
    *n_runs += run_table_is_named(list->file[i]) ? table->n : 1;
  }
  return status_ok();
}

Status compare_runs_read(CompareRuns *found, const FileList *list, Statistics statistics,
                         int with_details, Status *first) {
  Table *tables = NULL;
  size_t n_runs = 0;
  *found = (CompareRuns){0};
  Status status = read_tables(&tables, &n_runs, list);
  if (status.code == STATUS_OK)
    status = memory_allocate(&found->runs, n_runs, sizeof *found->runs, "runs");
  if (status.code == STATUS_OK && with_details) status = details_make(&found->details, n_runs);
  for (size_t i = 0; i < list->n && status.code == STATUS_OK; i++) {
    if (run_table_is_named(list->file[i]))
      take_table(found, list->file[i], &tables[i], statistics, first);
    else
      take_file(found, list->file[i], statistics, first);
  }
  for (size_t i = 0; tables && i < list->n; i++) {
    for (size_t k = 0; k < tables[i].n; k++) run_free(&tables[i].runs[k]);
    free(tables[i].runs);
  }
  free(tables);
  return status;
}

void compare_runs_free(CompareRuns *found) {
  details_free(&found->details);
  for (size_t i = 0; i < found->n; i++) run_free(&found->runs[i]);
  free(found->runs);
  *found = (CompareRuns){0};
}
