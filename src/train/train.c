#include "train/train.h"

#include "announce.h"
#include "base/log.h"
#include "base/memory.h"
#include "checkpoint.h"
#include "console.h"
#include "divergence.h"
#include "evaluation.h"
#include "metrics.h"
#include "nn/schedule.h"
#include "nn/team.h"
#include "setup.h"
#include "signals.h"
#include "stop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status diverged(Trainer *trainer, int step, const StepResult *result) {
  char where[64];
  snprintf(where, sizeof where, "epoch %lld, step %d", (long long)trainer->position.epoch + 1,
           step);
  if (is_root()) {
    /* The record still holds the last checkpoint: only its status changes. */
    Record *record = &trainer->output.record;
    Status status = record_put_attribute_text(record, "/@status", "diverged");
    if (status.code == STATUS_OK) status = result_write(trainer->output.file, record);
    if (status.code != STATUS_OK) log_warning("%s", status.text);
  }
  return divergence_status(trainer,
                           &(Divergence){.where = where,
                                         .result = result,
                                         .kept = trainer->options->out,
                                         .is_first = trainer->position.epoch == 0 && step == 1});
}

/* Collective. All ranks leave here together: for a failure of rank 0's, or for the stop that was
 * asked. */
static Status leave(Trainer *trainer) {
  Status status = is_root() ? trainer->output.failure : status_ok();
  if (is_root() && status.code == STATUS_OK) status = checkpoint_write(trainer, "stopped");
  TRY(dist_agree(status));
  return stop_saved(trainer);
}

/* Whether this rank asks for a stop. */
static int wants_stop(Trainer *trainer, int step, int n_steps) {
  Observers *observers = &trainer->observers;
  int batch = trainer->config->training.batch, n = trainer->data.evaluated->n;
  if (signals_stop_wanted() || trainer->output.failure.code != STATUS_OK) return 1;
  if (is_root() && !observers->is_late)
    observers->is_late = budget_is_up(&observers->budget, step, n_steps, (n + batch - 1) / batch,
                                      is_last_epoch(trainer) ? evaluation_extra_steps(trainer) : 0);
  return observers->is_late;
}

/* Rank 0, after each step: its metrics, and a checkpoint inside the epoch if one is due. A failure
 * is kept until the next step, where all ranks learn of it. */
static void keep_step(Trainer *trainer, const StepResult *result, double rate, int n_steps) {
  Output *output = &trainer->output;
  output_fail(output, metrics_step(trainer, result, rate));
  output->steps_since_checkpoint++;
  if (!signals_stop_wanted()) announce_step(trainer, n_steps);
  if (trainer->position.step < n_steps && output_is_due(output, trainer->config) &&
      output->failure.code == STATUS_OK)
    output->failure = checkpoint_write(trainer, "running");
}

/* Returns 0 if the weights are not finite afterwards. */
static int update(Trainer *trainer, const StepResult *result, double rate) {
  Pass *pass = trainer->pass;
  pass_mark(pass, ACTIVITY_UPDATE);
  if (!learner_step(&trainer->learner, pass_gradient(pass), result->n_samples, rate)) return 0;
  position_advance(&trainer->position, result);
  trainer->observers.progress.n_images += result->n_samples;
  pass_mark(pass, ACTIVITY_OTHER);
  return 1;
}

/* Collective. One step; *stop is set if all are to leave after it. */
static Status train_step(Trainer *trainer, int step, int n_steps, int *stop) {
  TrainingData *data = &trainer->data;
  Observers *observers = &trainer->observers;
  const RunLength *length = &trainer->length;
  int64_t epoch = trainer->position.epoch, global_step = epoch * length->per_epoch + step;
  int count;
  const uint32_t *index = sampler_batch(&data->sampler, (int)epoch, step, &count);
  double rate = schedule_rate(trainer->config, length, global_step), start = pass_clock();
  watchdog_step(observers->watchdog, global_step, (int)length->per_epoch);
  StepResult result;
  pass_set_renorm(trainer->pass, renorm_limits(trainer->config, length, global_step));
  if (probes_are_due(&trainer->config->probes, global_step))
    probes_look(trainer, &(ProbeStep){index, count, global_step, rate});
  pass_train(trainer->pass, &data->set.train, data->table, index, count, (uint64_t)global_step,
             wants_stop(trainer, step, n_steps), step == n_steps - 1 ? LOOK_LAYERS : LOOK_NOT,
             &result);
  if (result.out_of_range || !update(trainer, &result, rate))
    return diverged(trainer, step + 1, &result);
  budget_measure(&observers->budget, BUDGET_STEP, pass_clock() - start);
  straggler_step(&observers->straggler, trainer->pass);
  if (is_root()) keep_step(trainer, &result, rate, n_steps);
  trace_step(observers->trace);
  *stop = result.stop;
  return status_ok();
}

/* Collective. Metrics of an epoch that was evaluated; seconds and speed are those of its training.
 * Only rank 0 can fail. */
static Status keep_epoch(Trainer *trainer, int n_steps, double speed, double seconds) {
  double minimum[PHASE_COUNT], mean[PHASE_COUNT], maximum[PHASE_COUNT];
  double *spread[3] = {minimum, mean, maximum};
  straggler_look(&trainer->observers.straggler, pass_seconds(trainer->pass));
  dist_spread(pass_seconds(trainer->pass), PHASE_COUNT, minimum, mean, maximum);
  memset(pass_seconds(trainer->pass), 0, sizeof(double) * PHASE_COUNT);
  if (!is_root()) return status_ok();
  TRY(trainer->output.failure);
  return metrics_epoch(trainer, speed, seconds, spread,
                       sampler_count(&trainer->data.sampler, n_steps - 1));
}

/* Collective. Evaluation, metrics and checkpoint after the last step of an epoch. stop: it is the
 * last of this attempt, unless it was the last of all. */
static Status finish_epoch(Trainer *trainer, int n_steps, int stop) {
  Observers *observers = &trainer->observers;
  double start = pass_clock(), speed = progress_speed(&observers->progress);
  double seconds = progress_seconds(&observers->progress);
  if (is_root()) announce_evaluation(trainer, n_steps);
  TRY(evaluation_run(trainer, is_last_epoch(trainer)));
  if (evaluation_is_out_of_range(trainer)) return diverged(trainer, n_steps, NULL);
  Status status = keep_epoch(trainer, n_steps, speed, seconds);
  position_next_epoch(&trainer->position);
  if (is_root() && status.code == STATUS_OK) {
    announce_epoch(trainer, speed, seconds);
    budget_measure(&observers->budget, BUDGET_EVALUATE, pass_clock() - start);
    status = checkpoint_write(trainer, is_done(trainer) ? "finished"
                                       : stop           ? "stopped"
                                                        : "running");
  }
  return dist_agree(status);
}

static Status run_epochs(Trainer *trainer) {
  const Position *position = &trainer->position;
  while (!is_done(trainer)) {
    int stop = 0, n_steps = (int)run_length_steps(&trainer->length, position->epoch);
    progress_begin_epoch(&trainer->observers.progress);
    for (int step = (int)position->step; step < n_steps && !stop; step++)
      TRY(train_step(trainer, step, n_steps, &stop));
    if (stop && position->step < n_steps) return leave(trainer);
    TRY(finish_epoch(trainer, n_steps, stop));
    if (stop && !is_done(trainer)) return stop_saved(trainer);
  }
  return status_ok();
}

void train_take_signals(void) {
  signals_install();
}

typedef struct Training {
  Trainer *trainer;
  Status status;
} Training;

static void lead_epochs(void *context) {
  Training *training = context;
  training->status = run_epochs(training->trainer);
}

static Status train_epochs(Trainer *trainer) {
  Training training = {.trainer = trainer};
  team_lead(trainer->layout.n_threads, lead_epochs, &training);
  return training.status;
}

Status train_run(const TrainOptions *options) {
  Trainer *trainer;
  Status status = dist_agree(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  if (status.code != STATUS_OK) return status;
  trainer->options = options;
  trainer->config = options->config;
  signals_install();
  console_begin();
  status = trainer_set_up(trainer);
  if (status.code == STATUS_OK) {
    trainer->output.last_checkpoint = pass_clock();
    progress_begin(&trainer->observers.progress, options->progress);
    status = trace_finish(trainer->observers.trace, train_epochs(trainer));
    if (is_root() && status.code == STATUS_OK) announce_end(trainer);
  }
  if (is_root()) console_end();
  trainer_tear_down(trainer);
  free(trainer);
  return status;
}
