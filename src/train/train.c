#include "train/train.h"

#include "base/log.h"
#include "base/memory.h"
#include "dist/dist.h"
#include "internal.h"
#include "nn/schedule.h"
#include "train/threads.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_root(void) {
  return dist_rank() == 0;
}

static void choose_threads(Trainer *trainer) {
  int n_cores, n_ranks = dist_size();
  trainer->n_threads =
      threads_choose(&n_cores, trainer->options->n_threads, trainer->config->training.batch);
  if (is_root())
    printf("# %d rank%s x %d thread%s on %d allowed core%s a node\n", n_ranks,
           n_ranks > 1 ? "s" : "", trainer->n_threads, trainer->n_threads > 1 ? "s" : "", n_cores,
           n_cores > 1 ? "s" : "");
}

static Status check_classes(const Trainer *trainer) {
  if (trainer->network.n_classes >= trainer->data.n_classes) return status_ok();
  return config_layer_error(trainer->config, trainer->config->network.n_layers - 1,
                            "the network has %d outputs, the data %d classes",
                            trainer->network.n_classes, trainer->data.n_classes);
}

static Status check_normalization(const Trainer *trainer) {
  int n = trainer->config->data.n_mean, c = trainer->data.train.c;
  if (c > MAX_INPUT_CHANNELS)
    return status_error(STATUS_DATA, "%s: images of %d channels; at most %d", trainer->data.source,
                        c, MAX_INPUT_CHANNELS);
  if (n != 0 && n != c)
    return status_error(STATUS_USAGE, "%s: data.mean: %d values for images of %d channels",
                        trainer->config->file, n, c);
  return status_ok();
}

/* Local: everything that needs memory. */
static Status prepare(Trainer *trainer) {
  const Config *config = trainer->config;
  const DataSet *data = &trainer->data;
  TRY(check_normalization(trainer));
  int given = config->data.n_mean > 0;
  for (int c = 0; c < data->train.c; c++) {
    trainer->mean[c] = given ? config->data.mean[c] : data->mean[c];
    trainer->deviation[c] = given ? config->data.deviation[c] : data->deviation[c];
    if (!(trainer->deviation[c] > 0)) trainer->deviation[c] = 1; /* all pixels alike */
  }
  dataset_table(trainer->table, trainer->mean, trainer->deviation, data->train.c);
  TRY(network_build(&trainer->network, config, data->train.c, data->train.h, data->train.w));
  TRY(check_classes(trainer));
  TRY(optimizer_make(&trainer->optimizer, &trainer->network));
  if (config->training.ema > 0) TRY(average_make(&trainer->average, &trainer->network));
  TRY(sampler_make(&trainer->sampler, data->train.n, config->training.batch, config->data.shuffle,
                   config->seed));
  int largest = config->training.batch < data->train.n ? config->training.batch : data->train.n;
  TRY(pass_make(&trainer->pass, &trainer->network, largest, trainer->n_threads));
  TRY(augmentation_start(trainer));
  int n_observed;
  pass_observations(trainer->pass, &n_observed);
  history_init(&trainer->history, (size_t)n_observed, is_validated(trainer));
  if (!is_root()) return status_ok();
  size_t n = (size_t)trainer->evaluated->n, n_classes = (size_t)trainer->network.n_classes;
  EvaluationResult *e = &trainer->evaluation;
  TRY(memory_allocate(&e->prediction, n, sizeof(int32_t), "predictions"));
  TRY(memory_allocate(&e->probability, n * n_classes, sizeof(float), "predictions"));
  return memory_allocate(&e->sample_loss, n, sizeof(double), "predictions");
}

static int exists(const char *path, const char *suffix) {
  char name[4096];
  if (snprintf(name, sizeof name, "%s%s", path, suffix) >= (int)sizeof name) return 0;
  return access(name, F_OK) == 0 || errno != ENOENT;
}

static int is_run_there(const char *path) {
  return exists(path, "") || exists(path, ".prev");
}

static Status start_from(Trainer *trainer) {
  TRY(checkpoint_init(trainer));
  if (trainer->average.values) average_update(&trainer->average, &trainer->network, 0, 0);
  return status_ok();
}

/* Rank 0: takes the result file, and reads it if the run is to be resumed. */
static Status open_file(Trainer *trainer) {
  const TrainOptions *options = trainer->options;
  int resume = options->resume && is_run_there(options->out);
  OpenMode mode = resume ? OPEN_RESUME : options->overwrite ? OPEN_OVERWRITE : OPEN_NEW;
  Status status = result_open(&trainer->file, options->out, mode);
  if (status.code != STATUS_OK && options->resume && !resume && is_run_there(options->out)) {
    resume = 1; /* another run has made it meanwhile */
    status = result_open(&trainer->file, options->out, OPEN_RESUME);
  }
  TRY(status);
  if (options->resume && !resume)
    log_note("%s: no such file yet; starting from the beginning", options->out);
  if (!resume) return options->init ? start_from(trainer) : status_ok();
  if (options->init)
    log_note("%s: has its own weights; those of %s are not used", options->out, options->init);
  int used_previous = 0;
  TRY(result_read(&trainer->record, options->out, &used_previous));
  TRY(checkpoint_verify(trainer));
  return checkpoint_load(trainer);
}

static Status begin_file(Trainer *trainer) {
  TRY(checkpoint_begin(trainer));
  int is_done = trainer->position.epoch >= trainer->config->training.epochs;
  return checkpoint_write(trainer, is_done ? "finished" : "running");
}

/* Collective. */
static Status load_data(Trainer *trainer) {
  DataSet *data = &trainer->data;
  int n = trainer->config->data.validation;
  TRY(dataset_load(data, trainer->options->data));
  trainer->evaluated = &data->test;
  if (n == 0) return status_ok();
  if (n >= data->train.n)
    return config_validation_error(trainer->config,
                                   "the train set has only %d images (%s); accepted: 0 to %d",
                                   data->train.n, data->source, data->train.n - 1);
  trainer->evaluated = &data->validation;
  return dataset_hold_out(data, n);
}

/* Collective. */
static Status set_up(Trainer *trainer) {
  launch_check();
  TRY(watchdog_start(&trainer->watchdog, trainer->config->watchdog.seconds));
  TRY(load_data(trainer));
  watchdog_mark(trainer->watchdog);
  choose_threads(trainer);
  TRY(dist_agree(prepare(trainer)));
  TRY(trace_start(&trainer->trace, trainer->options->trace, trainer->options->trace_steps,
                  trainer->pass, &trainer->network));
  pass_set_sign(trainer->pass, watchdog_sign(trainer->watchdog));
  dist_hosts(trainer->hosts, sizeof trainer->hosts);
  TRY(dist_agree(is_root() ? open_file(trainer) : status_ok()));
  watchdog_mark(trainer->watchdog);
  checkpoint_broadcast(trainer);
  if (is_root()) {
    progress_start(trainer);
    if (trainer->position.epoch > 0 || trainer->position.step > 0)
      printf("# resuming at epoch %lld, step %lld\n", (long long)trainer->position.epoch + 1,
             (long long)trainer->position.step + 1);
  }
  return dist_agree(is_root() ? begin_file(trainer) : status_ok());
}

static Status diverged(Trainer *trainer, int step) {
  char where[64];
  snprintf(where, sizeof where, "epoch %lld, step %d", (long long)trainer->position.epoch + 1,
           step);
  if (is_root()) {
    /* The record still holds the last checkpoint: only its status changes. */
    Status status = record_put_attribute_text(&trainer->record, "/@status", "diverged");
    if (status.code == STATUS_OK) status = result_write(trainer->file, &trainer->record);
    if (status.code != STATUS_OK) log_warning("%s", status.text);
  }
  return status_error(STATUS_NUMBERS,
                      "%s: diverged: the loss, a gradient or a weight is not finite or too large; "
                      "the last good state is in %s; lower optimizer.lr",
                      where, trainer->options->out);
}

static int is_checkpoint_due(const Trainer *trainer) {
  const Config *config = trainer->config;
  if (config->checkpoint.every_steps > 0 &&
      trainer->steps_since_checkpoint >= config->checkpoint.every_steps)
    return 1;
  return config->checkpoint.every_seconds > 0 &&
         pass_clock() - trainer->last_checkpoint >= config->checkpoint.every_seconds;
}

static double images_per_second(const Trainer *trainer) {
  double seconds = pass_clock() - trainer->epoch_start;
  return seconds > 0 ? (double)trainer->images_since_start / seconds : 0;
}

/* Rank 0, after a step that is not the last of its epoch. A failure is kept until the next step,
 * where all ranks learn of it. */
static void after_step(Trainer *trainer, const StepResult *result, int n_steps) {
  const Position *p = &trainer->position;
  trainer->steps_since_checkpoint++;
  progress_step(trainer, (int)p->step, n_steps, exact_value(result->loss) / result->n_samples,
                (double)p->correct / (double)p->n_samples, images_per_second(trainer));
  if (p->step < n_steps && is_checkpoint_due(trainer) && trainer->write_status.code == STATUS_OK)
    trainer->write_status = checkpoint_write(trainer, "running");
}

/* Of a run whose checkpoint says "stopped". */
static Status stopped(const Trainer *trainer) {
  char why[64] = "on request";
  if (trainer->is_late)
    snprintf(why, sizeof why, "%.1f s before the time limit", budget_left(&trainer->budget));
  return status_error(STATUS_STOPPED,
                      "stopped %s at epoch %lld, step %lld; checkpoint saved: run the same command "
                      "with --resume",
                      why, (long long)trainer->position.epoch + 1,
                      (long long)trainer->position.step);
}

/* Collective. All ranks leave here together: for a failure of rank 0's, or for the stop that was
 * asked. */
static Status leave(Trainer *trainer) {
  Status status = is_root() ? trainer->write_status : status_ok();
  if (is_root() && status.code == STATUS_OK) status = checkpoint_write(trainer, "stopped");
  TRY(dist_agree(status));
  return stopped(trainer);
}

/* The same on all ranks, as their parameters are. */
static int parameters_are_finite(const Network *network) {
  int good = 1;
  for (size_t i = 0; i < network->n_parameters; i++) good &= !!isfinite(network->parameters[i]);
  return good;
}

/* Whether this rank asks for a stop. */
static int wants_stop(Trainer *trainer, int step, int n_steps) {
  int batch = trainer->config->training.batch;
  if (signals_stop_wanted() || trainer->write_status.code != STATUS_OK) return 1;
  if (is_root() && !trainer->is_late)
    trainer->is_late =
        budget_is_up(&trainer->budget, step, n_steps, (trainer->evaluated->n + batch - 1) / batch);
  return trainer->is_late;
}

/* Collective. One step; *stop is set if all are to leave after it. */
static Status train_step(Trainer *trainer, int step, int n_steps, int *stop) {
  Position *p = &trainer->position;
  int count;
  const uint32_t *index = sampler_batch(&trainer->sampler, (int)p->epoch, step, &count);
  int64_t global_step = p->epoch * n_steps + step;
  double rate = schedule_rate(trainer->config, global_step, n_steps);
  double start = pass_clock();
  watchdog_step(trainer->watchdog, global_step, n_steps);
  StepResult result;
  pass_train(trainer->pass, &trainer->data.train, trainer->table, index, count,
             (uint64_t)global_step, wants_stop(trainer, step, n_steps), step == n_steps - 1,
             &result);
  if (result.out_of_range) return diverged(trainer, step + 1);
  pass_mark(trainer->pass, PHASE_UPDATE, -1);
  double clock = pass_clock();
  optimizer_step(&trainer->optimizer, &trainer->network, pass_gradient(trainer->pass), count, rate);
  /* Before they could get into a checkpoint, from which no run could be resumed. */
  if (!parameters_are_finite(&trainer->network)) return diverged(trainer, step + 1);
  if (trainer->average.values)
    average_update(&trainer->average, &trainer->network, trainer->config->training.ema,
                   trainer->optimizer.n_steps - 1);
  exact_split(p->loss, exact_join(p->loss) + result.loss);
  p->correct += result.correct;
  p->n_samples += count;
  p->step = step + 1;
  trainer->images_since_start += count;
  pass_seconds(trainer->pass)[PHASE_UPDATE] += pass_clock() - clock;
  profile_mark(trainer->pass, ACTIVITY_UPDATE);
  budget_measure(&trainer->budget, BUDGET_STEP, pass_clock() - start);
  if (is_root()) {
    Status status = metrics_step(trainer, &result, rate);
    if (trainer->write_status.code == STATUS_OK) trainer->write_status = status;
    after_step(trainer, &result, n_steps);
  }
  trace_step(trainer->trace);
  *stop = result.stop;
  return status_ok();
}

/* Collective. The network that is evaluated is the average, if there is one. */
static Status evaluate(Trainer *trainer) {
  int is_averaged = trainer->average.values != NULL;
  profile_skip(trainer->pass);
  if (is_averaged) average_swap(&trainer->average, &trainer->network);
  Status status =
      pass_evaluate(trainer->pass, trainer->evaluated, trainer->table, &trainer->evaluation);
  if (is_averaged) average_swap(&trainer->average, &trainer->network);
  profile_mark(trainer->pass, ACTIVITY_EVALUATE);
  return status;
}

/* Collective. Evaluation, metrics and checkpoint after the last step of an epoch. stop: it is the
 * last of this attempt, unless it was the last of all. */
static Status finish_epoch(Trainer *trainer, int n_steps, int stop) {
  double start = pass_clock();
  double images = images_per_second(trainer), seconds = pass_clock() - trainer->epoch_start;
  TRY(evaluate(trainer));
  if (trainer->evaluation.out_of_range) return diverged(trainer, n_steps);
  double minimum[PHASE_COUNT], mean[PHASE_COUNT], maximum[PHASE_COUNT];
  double *spread[3] = {minimum, mean, maximum};
  dist_spread(pass_seconds(trainer->pass), PHASE_COUNT, minimum, mean, maximum);
  memset(pass_seconds(trainer->pass), 0, sizeof(double) * PHASE_COUNT);
  int n_train = trainer->data.train.n, batch = trainer->config->training.batch;
  int last_count = n_train - (n_steps - 1) * batch;
  Status status = status_ok();
  if (is_root()) {
    status = trainer->write_status;
    if (status.code == STATUS_OK)
      status = metrics_epoch(trainer, images, seconds, spread, last_count);
  }
  trainer->position = (Position){.epoch = trainer->position.epoch + 1};
  if (is_root() && status.code == STATUS_OK) {
    int is_done = trainer->position.epoch >= trainer->config->training.epochs;
    progress_epoch(trainer, images, seconds);
    budget_measure(&trainer->budget, BUDGET_EVALUATE, pass_clock() - start);
    status = checkpoint_write(trainer, is_done ? "finished" : stop ? "stopped" : "running");
  }
  return dist_agree(status);
}

static Status train_epochs(Trainer *trainer) {
  int n_steps = sampler_steps(&trainer->sampler);
  while (trainer->position.epoch < trainer->config->training.epochs) {
    trainer->epoch_start = pass_clock();
    trainer->images_since_start = 0;
    int stop = 0;
    for (int step = (int)trainer->position.step; step < n_steps && !stop; step++)
      TRY(train_step(trainer, step, n_steps, &stop));
    if (stop && trainer->position.step < n_steps) return leave(trainer);
    TRY(finish_epoch(trainer, n_steps, stop));
    if (stop && trainer->position.epoch < trainer->config->training.epochs) return stopped(trainer);
  }
  return status_ok();
}

static void tear_down(Trainer *trainer) {
  watchdog_stop(trainer->watchdog);
  result_close(trainer->file);
  record_free(&trainer->record);
  history_free(&trainer->history);
  trace_free(trainer->trace);
  pass_free(trainer->pass);
  sampler_free(&trainer->sampler);
  optimizer_free(&trainer->optimizer);
  average_free(&trainer->average);
  network_free(&trainer->network);
  free(trainer->evaluation.prediction);
  free(trainer->evaluation.probability);
  free(trainer->evaluation.sample_loss);
}

Status train_run(const TrainOptions *options) {
  Trainer *trainer;
  Status status = dist_agree(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  if (status.code != STATUS_OK) return status;
  trainer->options = options;
  trainer->config = options->config;
  record_init(&trainer->record);
  signals_install();
  if (is_root()) budget_start(&trainer->budget, options->time_limit);
  status = set_up(trainer);
  if (status.code == STATUS_OK) {
    trainer->last_checkpoint = pass_clock();
    status = trace_finish(trainer->trace, train_epochs(trainer));
  }
  tear_down(trainer);
  if (trainer->data.memory.bytes > 0) dataset_free(&trainer->data);
  free(trainer);
  return status;
}
