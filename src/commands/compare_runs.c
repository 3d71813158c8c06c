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

/* Of a table, whose runs are taken over or left to it, one message tells that it is of other
 * images. */
static Status take_table(CompareRuns *found, const char *file, Table *table, Statistics statistics,
                         Selection *selection, Status *first) {
  Status status = status_ok();
  compare_keep_first(first, table->status);
  if (table->n > 0)
    log_note("%s: a table of runs: what needs curves%s is left out", file,
             table->runs[0].n_right > 0 ? "" : " or images");
  Status selecting = status_ok();
  for (size_t i = 0; i < table->n && selecting.code == STATUS_OK; i++) {
    Run *run = &table->runs[i];
    int takes = 1;
    if (selection) selecting = selection_takes(&takes, selection, run);
    if (selecting.code != STATUS_OK || !takes) continue;
    run_choose(run, statistics);
    found->runs[found->n] = *run;
    *run = (Run){0};
    take_run(found, &status, first);
  }
  return selecting;
}

/* What is wrong with the file is no failure, but what is wrong with the selection. */
static Status take_file(CompareRuns *found, const char *file, Statistics statistics,
                        Selection *selection, Status *first) {
  Run *run = &found->runs[found->n];
  int takes;
  Status status = details_read(&found->details, found->n, run, &takes, file, statistics, selection);
  if (status.code == STATUS_USAGE || status.code == STATUS_MEMORY) return status;
  compare_keep_first(first, status);
  if (status.code == STATUS_OK && takes) take_run(found, &status, first);
  if (status.code == STATUS_OK && !takes) run_free(run);
  return status_ok();
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
                         int with_details, Selection *selection, Status *first) {
  Table *tables = NULL;
  size_t n_runs = 0;
  *found = (CompareRuns){0};
  Status status = read_tables(&tables, &n_runs, list);
  if (status.code == STATUS_OK)
    status = memory_allocate(&found->runs, n_runs, sizeof *found->runs, "runs");
  if (status.code == STATUS_OK && with_details) status = details_make(&found->details, n_runs);
  for (size_t i = 0; i < list->n && status.code == STATUS_OK; i++) {
    if (run_table_is_named(list->file[i]))
      status = take_table(found, list->file[i], &tables[i], statistics, selection, first);
    else
      status = take_file(found, list->file[i], statistics, selection, first);
  }
  if (status.code == STATUS_OK && selection)
    status = selection_check(selection, found->runs, found->n);
  for (size_t i = 0; selection && i < found->n && status.code == STATUS_OK; i++)
    status = selection_part_keys(selection, &found->runs[i]);
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
