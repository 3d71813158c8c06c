#include "run_table_draft.h"

#include "base/memory.h"
#include "norms/norms.h"
#include "run_keys.h"
#include "run_notes.h"
#include "store/file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Accuracies are taken for whole numbers of images within this, as a float has it. */
static const double ROUNDING = 1e-6;
/* How fine accuracies are taken to be where the number of images is not stated. */
static const double FINEST_STEP = 1e-4;

static Status lacks(const DraftTable *table, const Draft *draft, const char *what) {
  return status_error(STATUS_DATA, "%s:%d: no %s", table->file, draft->line, what);
}

/* How far an accuracy may be from a share of images: half of the last digit of its column. */
static double room_of(const DraftTable *table) {
  return fmax(ROUNDING, table->unit / 2 * 1.0001);
}

/* The accuracy from the number of right answers, or as that number of images that it is a share of.
 */
static Status take_images(const DraftTable *table, Draft *draft) {
  Run *run = draft->run;
  if (draft->n_correct >= 0 && run->n_images < 1)
    return lacks(table, draft, "images, the number of evaluated images that \"correct\" is out of");
  if (draft->n_correct > run->n_images)
    return status_error(STATUS_DATA, "%s:%d: %lld correct of %lld images", table->file, draft->line,
                        (long long)draft->n_correct, (long long)run->n_images);
  if (run->n_images < 1) return status_ok();
  double n = (double)run->n_images, room = room_of(table);
  if (isnan(run->test_accuracy)) {
    if (draft->n_correct >= 0) run->test_accuracy = (double)draft->n_correct / n;
    return status_ok();
  }
  double share = round(run->test_accuracy * n) / n;
  if (draft->n_correct >= 0) share = (double)draft->n_correct / n;
  if (!(fabs(run->test_accuracy - share) <= room))
    return status_error(STATUS_DATA, "%s:%d: an accuracy of %.10g is not that of %s%lld images",
                        table->file, draft->line, run->test_accuracy,
                        draft->n_correct >= 0 ? "the correct ones of "
                                              : "a whole number of images out of ",
                        (long long)run->n_images);
  run->test_accuracy = share;
  return status_ok();
}

static void take_step(const DraftTable *table, Draft *draft) {
  Run *run = draft->run;
  double of_images = run->n_images > 0 ? 1 / (double)run->n_images : FINEST_STEP;
  if (!run->program[0])
    run->accuracy_step = run->n_images > 0 ? of_images : 0;
  else if (isnan(run->accuracy_step))
    run->accuracy_step = draft->n_correct >= 0 ? of_images : fmax(of_images, table->unit);
}

static Status take_norm(Draft *draft) {
  Run *run = draft->run;
  NormSpec spec;
  char norm[RUN_TEXT];
  if (!run->norm[0]) {
    snprintf(run->norm, RUN_TEXT, "%s", draft->variant);
    draft->variant = "";
  }
  snprintf(norm, sizeof norm, "%s", run->norm);
  if (norm_spec_parse(&spec, run->norm).code == STATUS_OK) norm_spec_text(norm, spec);
  if (run->program[0]) snprintf(run->norm, RUN_TEXT, "%s", norm);
  return norm[0] ? run_add_key(run, "network.norm", norm) : status_ok();
}

/* What another program's table must state of a run. */
static Status check_stated(const DraftTable *table, const Draft *draft) {
  const Run *run = draft->run;
  const char *hash = run_key(run, "data");
  if (!run->norm[0]) return lacks(table, draft, "variant");
  if (!run->seed[0]) return lacks(table, draft, "seed");
  if (!run->data[0] && !(hash && hash[0]))
    return lacks(table, draft,
                 "data: the name of the data set, as a column or before the names of the columns "
                 "as \"# data: MNIST\"");
  if (!run->evaluated[0])
    return lacks(table, draft,
                 "evaluated: test or validation, as a column or before the names of the columns as "
                 "\"# evaluated: test\"");
  return status_ok();
}

static void set_state(Run *run, RunState state, const char *reason) {
  run->state = state;
  if (!run->reason[0]) snprintf(run->reason, RUN_TEXT, "%s", reason);
}

static int has_status(const Run *run, const char *status) {
  return strcmp(run->status, status) == 0;
}

static Status judge(const DraftTable *table, Draft *draft) {
  Run *run = draft->run;
  if (draft->is_failed) strcpy(run->status, "diverged");
  if (run->program[0] && !run->status[0]) strcpy(run->status, "finished");
  if (has_status(run, "diverged")) {
    set_state(run, RUN_DIVERGED, "it diverged");
  } else if (has_status(run, "running") || has_status(run, "stopped")) {
    set_state(run, RUN_UNFINISHED, "it is not finished");
  } else if (run->reason[0]) { /* a configuration of no epochs leaves a run that is not trained */
    set_state(run, run->epochs == 0 || run->program[0] ? RUN_UNFINISHED : RUN_BAD, "");
  } else {
    if (draft->not_finite)
      return status_error(STATUS_DATA,
                          "%s:%d: %s is not a finite number; of a run that has diverged, say so in "
                          "a column \"diverged\"",
                          table->file, draft->line, draft->not_finite);
    if (!run->norm[0]) return lacks(table, draft, "norm");
    if (!run->seed[0]) return lacks(table, draft, "seed");
    if (isnan(run->test_accuracy))
      return lacks(table, draft,
                   "accuracy; of a run that has diverged, say so in a column \"diverged\"");
    if (!run->program[0] && isnan(run->test_loss)) return lacks(table, draft, "test_loss");
  }
  return status_ok();
}

Status draft_finish(const DraftTable *table, Draft *draft) {
  Run *run = draft->run;
  if (!run->program[0]) strcpy(run->program, "other");
  if (strcmp(run->program, "normlab") == 0) run->program[0] = '\0';
  TRY(take_norm(draft));
  run_sort_keys(run);
  if (run->program[0])
    TRY(run_add_key(run, "program", run->program));
  else if (!run_key(run, "data"))
    TRY(run_add_key(run, "data", ""));
  run_sort_keys(run);
  if (run->program[0]) TRY(check_stated(table, draft));
  if (run->program[0] || draft->n_correct >= 0) TRY(take_images(table, draft));
  take_step(table, draft);
  TRY(judge(table, draft));
  return run_join_notes(run);
}

/* The array of numbers. */
static Status find_right(const Field **found, const Record *record, const DraftTable *table,
                         const char *file) {
  const Field *field = record_find(record, "/model/right");
  if (!field || field->n_dims != 2 || field->dims[0] != table->n || field->dims[1] == 0 ||
      (field->type != FIELD_INT64 && field->type != FIELD_FLOAT32 && field->type != FIELD_FLOAT64))
    return status_error(STATUS_DATA,
                        "%s: has no array of numbers \"right\" [%zu lines of the table][images]",
                        file, table->n);
  *found = field;
  return status_ok();
}

static double element_of(const Field *field, size_t i) {
  if (field->type == FIELD_INT64) return (double)((const int64_t *)field->data)[i];
  if (field->type == FIELD_FLOAT32) return ((const float *)field->data)[i];
  return ((const double *)field->data)[i];
}

static Status take_row(const DraftTable *table, Draft *draft, const char *file, const Field *field,
                       size_t row) {
  Run *run = draft->run;
  size_t n = field->dims[1];
  if (run->n_images >= 0 && (size_t)run->n_images != n)
    return status_error(STATUS_DATA, "%s:%d: %lld images, but %s has %zu", table->file, draft->line,
                        (long long)run->n_images, file, n);
  TRY(memory_allocate(&run->right, n, sizeof *run->right, "right answers"));
  for (size_t i = 0; i < n; i++) {
    double x = element_of(field, row * n + i);
    if (x != 0 && x != 1)
      return status_error(STATUS_DATA, "%s: right[%zu][%zu] is %.10g, not 0 or 1", file, row, i, x);
    run->right[i] = x == 1;
  }
  run->n_right = n;
  run->n_images = (int64_t)n;
  if (draft->is_failed) return status_ok();
  double share = run_share_right(run), stated = run->test_accuracy;
  if (draft->n_correct >= 0) stated = (double)draft->n_correct / (double)n;
  if (isnan(stated)) run->test_accuracy = stated = share;
  if (!(fabs(stated - share) <= room_of(table)))
    return status_error(STATUS_DATA,
                        "%s:%d: an accuracy of %.10g, but by line %zu of \"right\" in %s it is "
                        "%.10g: are its lines those of the table?",
                        table->file, draft->line, stated, row + 1, file, share);
  return status_ok();
}

Status drafts_take_right(DraftTable *table, const char *file) {
  Record record;
  const Field *field = NULL;
  TRY(record_read_hdf5(&record, file));
  Status status = find_right(&field, &record, table, file);
  for (size_t i = 0; i < table->n && status.code == STATUS_OK; i++)
    status = take_row(table, &table->draft[i], file, field, i);
  record_free(&record);
  return status;
}
