#include "report/run.h"

#include "base/memory.h"
#include "config/run_length.h"
#include "evaluation.h"
#include "report/statistics.h"
#include "run_keys.h"
#include "run_notes.h"
#include "store/file.h"
#include "store/schema.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void get_text(char text[RUN_TEXT], const Record *record, ResultField field) {
  const char *found = result_text(record, field);
  snprintf(text, RUN_TEXT, "%s", found ? found : "");
}

static double get_last(const Record *record, ResultField field) {
  size_t n;
  const double *x = result_numbers(&n, record, field, NULL);
  return n > 0 ? x[n - 1] : (double)NAN;
}

static Status get_median(double *median, const Record *record, ResultField field) {
  size_t n_all, n = 0;
  const double *all = result_numbers(&n_all, record, field, NULL);
  *median = (double)NAN;
  if (n_all == 0) return status_ok();
  double *sorted;
  TRY(memory_allocate(&sorted, n_all, sizeof *sorted, "a median"));
  for (size_t i = 0; i < n_all; i++)
    if (isfinite(all[i])) sorted[n++] = all[i];
  *median = median_of(sorted, n);
  free(sorted);
  return status_ok();
}

static Status get_predictions(Run *run, const Record *record) {
  const Field *label = result_find(record, RESULT_LABEL, NULL);
  const Field *prediction = result_find(record, RESULT_PREDICTION, NULL);
  if (!label || !prediction || label->dims[0] != prediction->dims[0]) return status_ok();
  size_t n = label->dims[0], bytes = n * sizeof *run->label;
  TRY(memory_allocate(&run->label, n, sizeof *run->label, "labels"));
  TRY(memory_allocate(&run->prediction, n, sizeof *run->prediction, "predictions"));
  if (n > 0) {
    memcpy(run->label, label->data, bytes);
    memcpy(run->prediction, prediction->data, bytes);
  }
  run->n_test = n;
  TRY(memory_allocate(&run->right, n, sizeof *run->right, "right answers"));
  for (size_t i = 0; i < n; i++) run->right[i] = run->prediction[i] == run->label[i];
  run->n_right = n;
  return status_ok();
}

double calibration_error_of(const float *probability, const int32_t *label, size_t n,
                            size_t n_classes) {
  double confidence[CALIBRATION_BINS] = {0}, right[CALIBRATION_BINS] = {0}, error = 0;
  if (n == 0 || n_classes == 0) return (double)NAN;
  for (size_t i = 0; i < n; i++) {
    const float *p = probability + i * n_classes;
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
      if (p[k] > p[best]) best = k;
    if (!(p[best] >= 0 && p[best] <= 1.001)) return (double)NAN;
    int bin = (int)(p[best] * CALIBRATION_BINS);
    if (bin >= CALIBRATION_BINS) bin = CALIBRATION_BINS - 1;
    confidence[bin] += p[best];
    right[bin] += (int32_t)best == label[i];
  }
  for (int bin = 0; bin < CALIBRATION_BINS; bin++) error += fabs(right[bin] - confidence[bin]);
  return error / (double)n;
}

static double get_calibration(const Run *run, const Record *record) {
  const Field *field = result_find(record, RESULT_PROBABILITY, NULL);
  if (!field || run->n_test == 0 || field->dims[0] != run->n_test) return (double)NAN;
  return calibration_error_of(field->data, run->label, run->n_test, field->dims[1]);
}

static void get_evaluations(Run *run, const Record *record) {
  const double none = (double)NAN;
  for (int way = 0; way < N_STATISTICS; way++) {
    RunEvaluation *by = &run->by[way];
    const float *probability;
    size_t n, n_classes;
    *by = (RunEvaluation){none, none, none};
    if (strcmp(run->statistics, STATISTICS_NAMES[way]) == 0)
      *by = (RunEvaluation){run->test_accuracy, run->test_loss, run->calibration_error};
    else if (evaluation_find(record, (Statistics)way, &by->accuracy, &by->loss, &probability, &n,
                             &n_classes) &&
             n == run->n_test)
      by->calibration_error = calibration_error_of(probability, run->label, n, n_classes);
  }
}

/* A column of as many values as epochs are done. */
static Status get_curve(double **curve, const Run *run, const Record *record, ResultField field) {
  size_t n;
  const double *x = result_numbers(&n, record, field, NULL);
  if (!x || run->epochs < 0 || n != (size_t)run->epochs) return status_ok();
  TRY(memory_allocate(curve, n, sizeof **curve, result_row(field)->path));
  if (n > 0) memcpy(*curve, x, n * sizeof *x);
  return status_ok();
}

static void get_machine(Run *run, const Record *record) {
  char processor[RUN_TEXT];
  get_text(processor, record, RESULT_ENV_PROCESSOR);
  snprintf(run->machine, RUN_TEXT, "%.80s, %" PRId64 " x %" PRId64 " threads", processor,
           result_integer(record, RESULT_ENV_RANKS, -1),
           result_integer(record, RESULT_ENV_THREADS, -1));
}

static void get_build(Run *run, const Record *record) {
  char version[RUN_TEXT], commit[RUN_TEXT];
  get_text(version, record, RESULT_ENV_VERSION);
  get_text(commit, record, RESULT_ENV_COMMIT);
  snprintf(run->version, RUN_TEXT, "%.40s%s%.60s", version, commit[0] ? ", commit " : "", commit);
  get_text(run->instruction_set, record, RESULT_ENV_INSTRUCTION_SET);
}

static void set_state(Run *run, RunState state, const char *reason) {
  run->state = state;
  snprintf(run->reason, RUN_TEXT, "%s", reason);
}

static void judge(Run *run) {
  int64_t n = run->n_planned;
  char epochs[RUN_TEXT] = "no epoch is done";
  if (run->epochs > 0) snprintf(epochs, RUN_TEXT, "%" PRId64 " of %" PRId64, run->epochs, n);
  if (run->epochs > 0) strcat(epochs, " epochs are done");
  if (strcmp(run->status, "diverged") == 0)
    set_state(run, RUN_DIVERGED, "it diverged");
  else if (strcmp(run->status, "running") == 0 || strcmp(run->status, "stopped") == 0)
    set_state(run, RUN_UNFINISHED, epochs);
  else if (!run->norm[0])
    set_state(run, RUN_BAD, "it does not tell its norm (attribute network.norm of /config)");
  else if (!run->seed[0])
    set_state(run, RUN_BAD, "it does not tell its seed (attribute seed of /config)");
  else if (n == 0)
    set_state(run, RUN_UNFINISHED, "it was not trained: training.epochs is 0");
  else if (run->epochs < 1)
    set_state(run, RUN_BAD, "it has no /metrics/epoch/test_accuracy");
  else if (n > 0 && run->epochs != n)
    set_state(run, RUN_BAD, strcat(epochs, ", yet it does not call itself unfinished"));
  else if (!(run->test_accuracy >= 0 && run->test_accuracy <= 1))
    set_state(run, RUN_BAD, "the last of /metrics/epoch/test_accuracy is not from 0 to 1");
  else if (!isfinite(run->test_loss))
    set_state(run, RUN_BAD, "the last of /metrics/epoch/test_loss is not a finite number");
}

/* Returns a whole number of the configuration; `missing` where it is not there. */
static int64_t key_number(const Run *run, const char *key, int64_t missing) {
  const char *text = run_key(run, key);
  return text && text[0] ? strtoll(text, NULL, 10) : missing;
}

static int64_t count_planned(const Run *run) {
  const int64_t epochs = key_number(run, "training.epochs", -1);
  const int64_t steps = key_number(run, "training.steps", 0);
  const int64_t batch = key_number(run, "training.batch", 0);
  if (epochs < 0 || steps <= 0 || batch < 1 || run->n_train < 1) return epochs;
  return run_length_of(epochs, steps, batch, run->n_train).n_epochs;
}

static Status fill(Run *run, const Record *record, const char *file) {
  run->file = strdup(file);
  if (!run->file) return status_error(STATUS_MEMORY, "%s: no memory for its name", file);
  run_attribute_text(run->name, record, "name");
  run_attribute_text(run->norm, record, "network.norm");
  run_attribute_text(run->seed, record, "seed");
  get_text(run->status, record, RESULT_STATUS);
  get_text(run->data, record, RESULT_DATA_TITLE);
  get_text(run->evaluated, record, RESULT_DATA_EVALUATED);
  get_text(run->evaluated_hash, record, RESULT_DATA_EVALUATED_HASH);
  snprintf(run->statistics, RUN_TEXT, "%s", evaluation_of(record));
  get_machine(run, record);
  get_build(run, record);
  TRY(run_take_keys(run, record));
  TRY(run_take_notes(run, record));
  const Field *epochs = result_find(record, RESULT_TEST_ACCURACY, NULL);
  run->epochs = epochs ? (int64_t)epochs->dims[0] : -1;
  run->n_train = result_integer(record, RESULT_DATA_TRAIN_IMAGES, -1);
  run->n_planned = count_planned(run);
  run->parameters = result_integer(record, RESULT_MODEL_PARAMETERS, -1);
  run->test_accuracy = get_last(record, RESULT_TEST_ACCURACY);
  run->test_loss = get_last(record, RESULT_TEST_LOSS);
  run->train_accuracy = get_last(record, RESULT_TRAIN_ACCURACY);
  run->train_loss = get_last(record, RESULT_TRAIN_LOSS);
  TRY(get_median(&run->images_per_second, record, RESULT_IMAGES_PER_SECOND));
  TRY(get_median(&run->epoch_seconds, record, RESULT_EPOCH_SECONDS));
  TRY(get_curve(&run->accuracy, run, record, RESULT_TEST_ACCURACY));
  TRY(get_curve(&run->seconds, run, record, RESULT_EPOCH_SECONDS));
  TRY(get_predictions(run, record));
  TRY(class_names_read(&run->classes, record));
  run->calibration_error = get_calibration(run, record);
  run->n_images = result_integer(record, RESULT_DATA_VALIDATION_IMAGES, 0);
  if (run->n_images < 1) run->n_images = result_integer(record, RESULT_DATA_TEST_IMAGES, -1);
  if (run->n_test > 0) run->n_images = (int64_t)run->n_test;
  run->accuracy_step = run->n_images > 0 ? 1 / (double)run->n_images : 0;
  get_evaluations(run, record);
  judge(run);
  return status_ok();
}

Status run_from_record(Run *run, const Record *record, const char *file) {
  *run = (Run){0};
  Status status = fill(run, record, file);
  if (status.code != STATUS_OK) run_free(run);
  return status;
}

static void lacks_evaluation(Run *run, Statistics statistics) {
  char reason[RUN_TEXT];
  snprintf(reason, sizeof reason, "it has no evaluation by %s%s", STATISTICS_NAMES[statistics],
           run->program[0] ? "" : "; normlab evaluate makes one");
  if (run->state == RUN_FINISHED) set_state(run, RUN_BAD, reason);
}

Status run_from_record_by(Run *run, Record *record, const char *file, Statistics statistics) {
  int is_there = 1;
  if (statistics == N_STATISTICS) return run_from_record(run, record, file);
  *run = (Run){0};
  TRY(evaluation_choose(record, statistics, &is_there));
  TRY(run_from_record(run, record, file));
  run_drop_keys(run, "evaluate.");
  if (!is_there) lacks_evaluation(run, statistics);
  return status_ok();
}

void run_choose(Run *run, Statistics statistics) {
  if (statistics == N_STATISTICS) return;
  run_drop_keys(run, "evaluate.");
  if (strcmp(run->statistics, "none") == 0) return;
  if (strcmp(run->statistics, STATISTICS_NAMES[statistics]) == 0) return;
  const RunEvaluation *by = &run->by[statistics];
  if (isnan(by->accuracy) || isnan(by->loss)) {
    lacks_evaluation(run, statistics);
    return;
  }
  run->test_accuracy = by->accuracy;
  run->test_loss = by->loss;
  run->calibration_error = by->calibration_error;
  run->reach = (double)NAN;
  run->n_right = 0;
  snprintf(run->statistics, RUN_TEXT, "%s", STATISTICS_NAMES[statistics]);
}

Status run_read(Run *run, const char *file) {
  *run = (Run){0};
  Record record;
  record_init(&record);
  int used_previous;
  Status status = result_read(&record, file, &used_previous);
  if (status.code == STATUS_OK) status = run_from_record(run, &record, file);
  record_free(&record);
  return status;
}

void run_free(Run *run) {
  for (size_t i = 0; i < run->n_keys; i++) {
    free(run->keys[i].key);
    free(run->keys[i].value);
  }
  free(run->keys);
  for (size_t i = 0; i < run->n_rest; i++) {
    free(run->rest[i].key);
    free(run->rest[i].value);
  }
  free(run->rest);
  for (size_t i = 0; i < run->n_notes; i++) {
    free(run->notes[i].key);
    free(run->notes[i].value);
  }
  free(run->notes);
  free(run->notes_text);
  free(run->file);
  free(run->accuracy);
  free(run->seconds);
  free(run->label);
  free(run->prediction);
  free(run->right);
  class_names_free(&run->classes);
  *run = (Run){0};
}

const char *run_program(const Run *run) {
  return run->program[0] ? run->program : "normlab";
}

void run_reach(const Run *run, double accuracy, double *epochs, double *seconds) {
  if (!run->accuracy && run->reach == accuracy) {
    *epochs = run->reach_epochs;
    *seconds = run->reach_seconds;
    return;
  }
  *epochs = *seconds = run->accuracy ? (double)INFINITY : (double)NAN;
  double elapsed = 0;
  for (int64_t i = 0; run->accuracy && i < run->epochs; i++) {
    elapsed += run->seconds ? run->seconds[i] : (double)NAN;
    if (!(run->accuracy[i] >= accuracy)) continue;
    *epochs = (double)i + 1;
    *seconds = elapsed;
    return;
  }
}

double run_least_deviation(const Run *run) {
  return run->accuracy_step / sqrt(12);
}

double run_share_right(const Run *run) {
  size_t n_right = 0;
  for (size_t i = 0; i < run->n_right; i++) n_right += run->right[i];
  return run->n_right > 0 ? (double)n_right / (double)run->n_right : (double)NAN;
}
