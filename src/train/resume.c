#include "resume.h"

#include "base/log.h"
#include "nn/kinds.h"
#include "nn/renorm.h"
#include "nn/schedule.h"
#include "store/class_names.h"
#include "store/schema.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { REASON_TEXT = 300 };

/* Writes why a run of this configuration cannot be made longer; "" if it can. */
static void find_reason(char reason[REASON_TEXT], const Config *config) {
  const char *schedule = schedule_that_follows(config);
  reason[0] = '\0';
  if (config->training.steps > 0)
    snprintf(reason, REASON_TEXT, "training.steps says how long the run is");
  else if (schedule)
    snprintf(
        reason, REASON_TEXT,
        "schedule.type: %s spreads its learning rates over the whole run, so that those of the "
        "epochs that are done would have been others; constant, step and multi-step go on",
        schedule);
  else if (renorm_has_shares(config))
    snprintf(reason, REASON_TEXT, "renorm has steps that are shares of the whole run");
}

/* A run of more epochs than the stored one, which differs in nothing else. */
static int is_longer(const Config *here, Config *there) {
  char difference[REASON_TEXT];
  const int epochs = there->training.epochs;
  if (here->training.epochs <= epochs) return 0;
  there->training.epochs = here->training.epochs;
  const int differs = config_difference(difference, sizeof difference, here, there);
  there->training.epochs = epochs;
  return !differs;
}

static Status compare(Trainer *trainer, Config *stored) {
  const char *file = trainer->options->out;
  char difference[REASON_TEXT], reason[REASON_TEXT];
  if (is_longer(trainer->config, stored)) {
    find_reason(reason, trainer->config);
    if (reason[0])
      return status_error(STATUS_USAGE,
                          "%s: its training.epochs of %d cannot be %d: %s; give another --out",
                          file, stored->training.epochs, trainer->config->training.epochs, reason);
    trainer->lengthened_from = stored->training.epochs;
  } else if (config_difference(difference, sizeof difference, trainer->config, stored)) {
    return status_error(STATUS_USAGE,
                        "%s: cannot resume with another configuration: %s; use the same one, or "
                        "another --out",
                        file, difference);
  }
  if (!probes_are_other(&trainer->config->probes, &stored->probes)) return status_ok();
  return status_error(STATUS_USAGE,
                      "%s: cannot resume with other probes than the run began with; use the same "
                      "ones, or another --out",
                      file);
}

/* The images are the same, and no result depends on what they are called. */
static Status note_names(const Trainer *trainer) {
  const DataSet *set = &trainer->data.set;
  ClassNames there;
  int differ = 0;
  Status status = class_names_read(&there, &trainer->output.record);
  for (int k = 0; set->class_name && k < there.n && k < set->n_classes; k++)
    differ |= strcmp(there.name[k], set->class_name[k]) != 0;
  if (differ)
    log_note("%s: the images are those that it was begun on, but %s calls the classes by other "
             "names, which it has from now on",
             trainer->options->out, set->source);
  class_names_free(&there);
  return status;
}

Status resume_verify(Trainer *trainer) {
  const char *file = trainer->options->out;
  const char *text = result_text(&trainer->output.record, RESULT_CONFIG_RESOLVED);
  const char *hash = result_text(&trainer->output.record, RESULT_DATA_HASH);
  if (!text || !hash)
    return status_error(STATUS_DATA, "%s: holds no configuration; it is not a run to resume", file);
  Config *stored = NULL;
  char mine[DATASET_HASH_TEXT];
  Status status = config_parse_stored(&stored, &NETWORK_KINDS, text, file);
  if (status.code != STATUS_OK)
    return status_error(STATUS_DATA, "%s: its configuration does not read: %.800s", file,
                        status.text);
  status = compare(trainer, stored);
  config_free(stored);
  TRY(status);
  dataset_hash_text(mine, trainer->data.set.hash);
  if (strcmp(mine, hash) != 0)
    return status_error(STATUS_USAGE,
                        "%s: cannot resume on other data: it was made on %s, this is %s (%s)", file,
                        hash, mine, trainer->data.set.source);
  return note_names(trainer);
}

/* The evaluation of the last epoch by one of the statistics. */
static void forget_evaluation(History *history, ResultField field, int way) {
  Column *column = history_column(history, field, way);
  if (column->width > 0 && column->n_rows > 0) column->value[column->n_rows - 1] = (double)NAN;
}

void resume_lengthen(Trainer *trainer) {
  static const ResultField LAST[] = {RESULT_EVALUATION_STATISTICS,  RESULT_EVALUATION_IMAGE,
                                     RESULT_EVALUATION_PREDICTION,  RESULT_EVALUATION_CLASS,
                                     RESULT_EVALUATION_PROBABILITY, RESULT_EVALUATION_LOSS};
  const Config *config = trainer->config;
  if (!trainer->lengthened_from) return;
  log_note("%s: goes on to %d epochs; it had %d", trainer->options->out, config->training.epochs,
           trainer->lengthened_from);
  if (trainer->position.epoch < trainer->lengthened_from || config->evaluate.each_epoch) return;
  if (!trainer->learner.network.crosses_samples) return;
  for (int way = 0; way < N_STATISTICS; way++) {
    if (way == (int)config->evaluate.statistics) continue;
    forget_evaluation(&trainer->output.history, RESULT_TEST_LOSS_BY, way);
    forget_evaluation(&trainer->output.history, RESULT_TEST_ACCURACY_BY, way);
  }
  for (size_t i = 0; i < sizeof LAST / sizeof *LAST; i++)
    record_remove(&trainer->output.record, result_row(LAST[i])->path);
}
