#include "study/state.h"

#include "config/run_length.h"
#include "nn/kinds.h"
#include "store/file.h"
#include "store/schema.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const WORDS[N_STATES] = {
    [STATE_MISSING] = "missing",   [STATE_RUNNING] = "running",
    [STATE_STOPPED] = "stopped",   [STATE_INTERRUPTED] = "interrupted",
    [STATE_FINISHED] = "finished", [STATE_DIFFERENT] = "of another configuration",
    [STATE_DIVERGED] = "diverged", [STATE_UNREADABLE] = "unreadable"};

const char *state_word(StudyState state) {
  return WORDS[state];
}

int state_is_open(StudyState state) {
  return state == STATE_MISSING || state == STATE_INTERRUPTED || state == STATE_STOPPED;
}

static int exists(const char *path) {
  return access(path, F_OK) == 0 || errno != ENOENT;
}

static void take_metrics(StateReport *report, const Record *record, const Config *config) {
  size_t n;
  const double *accuracy = result_numbers(&n, record, RESULT_TEST_ACCURACY, NULL);
  const char *hash = result_text(record, RESULT_DATA_HASH);
  const char *title = result_text(record, RESULT_DATA_TITLE);
  if (hash) snprintf(report->data, sizeof report->data, "%s", hash);
  if (title) snprintf(report->title, sizeof report->title, "%s", title);
  report->epochs = (int64_t)n;
  report->n_planned =
      run_length(config, result_integer(record, RESULT_DATA_TRAIN_IMAGES, 0)).n_epochs;
  if (n > 0) report->test_accuracy = accuracy[n - 1];
}

static StudyState fail(StateReport *report, StatusCode code, const char *text) {
  report->code = code;
  snprintf(report->text, sizeof report->text, "%.*s", (int)sizeof report->text - 1, text);
  return STATE_UNREADABLE;
}

/* Of a record of this configuration. */
static StudyState judge(StateReport *report, const Record *record, const StudyRun *run) {
  static const StudyState BY_WORD[] = {STATE_STOPPED, STATE_FINISHED, STATE_DIVERGED};
  const char *word = result_text(record, RESULT_STATUS);
  const char *config = result_text(record, RESULT_CONFIG_RESOLVED);
  if (!word || !config) return fail(report, STATUS_DATA, "not the result file of a run");
  Config *stored;
  Status status = config_parse_stored(&stored, &NETWORK_KINDS, config, run->path);
  if (status.code != STATUS_OK) return fail(report, STATUS_DATA, status.text);
  int differs = config_difference(report->text, sizeof report->text, run->config, stored);
  config_free(stored);
  if (differs) return STATE_DIFFERENT;
  report->text[0] = '\0';
  for (size_t i = 0; i < sizeof BY_WORD / sizeof *BY_WORD; i++)
    if (strcmp(word, WORDS[BY_WORD[i]]) == 0) return BY_WORD[i];
  return strcmp(word, "running") == 0
             ? STATE_INTERRUPTED
             : fail(report, STATUS_DATA, "its status is not one that runs have");
}

void state_look(StateReport *report, const StudyRun *run) {
  *report = (StateReport){.n_planned = run->config->training.epochs, .test_accuracy = (double)NAN};
  char *previous, by[128];
  if (asprintf(&previous, "%s.prev", run->path) < 0) {
    report->state = fail(report, STATUS_MEMORY, "no memory to read it");
    return;
  }
  /* Before the file is read: a run that ends in between is then a finished one. */
  int in_use = result_is_in_use(by, sizeof by, run->path);
  int is_there = exists(run->path) || exists(previous);
  free(previous);
  if (is_there) {
    Record record;
    int used_previous;
    Status status = result_read(&record, run->path, &used_previous);
    if (status.code == STATUS_OK) {
      take_metrics(report, &record, run->config);
      report->state = judge(report, &record, run);
    } else {
      report->state = fail(report, status.code, status.text);
    }
    record_free(&record);
  }
  if (!in_use || (report->state != STATE_MISSING && !state_is_open(report->state))) return;
  report->state = STATE_RUNNING;
  snprintf(report->text, sizeof report->text, "%s", by);
}
