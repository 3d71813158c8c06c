#include "setup.h"

#include "announce.h"
#include "base/log.h"
#include "checkpoint.h"
#include "evaluation.h"
#include "existing.h"
#include "launch.h"
#include "probes/probes.h"
#include "resume.h"
#include "stop.h"
#include "train/agreement.h"
#include "train/fits.h"
#include "train/threads.h"
#include <stdlib.h>

/* Collective. */
static Status choose_threads(Trainer *trainer, int tells) {
  int n_cores;
  TRY(threads_choose(&trainer->layout.n_threads, &n_cores, trainer->options->n_threads,
                     trainer->config->training.batch));
  if (tells && is_root()) announce_layout(trainer->layout.n_threads, n_cores);
  return status_ok();
}

static Status make_learner(Trainer *trainer) {
  const Config *config = trainer->config;
  const DataSet *set = &trainer->data.set;
  TRY(learner_make(&trainer->learner, config, set->train.c, set->train.h, set->train.w));
  return fits_network(&trainer->learner.network, set);
}

static Status make_pass(Trainer *trainer) {
  const Config *config = trainer->config;
  int n = trainer->data.set.train.n, batch = config->training.batch, n_observed;
  TRY(pass_make(&trainer->pass, &trainer->learner.network, batch < n ? batch : n,
                trainer->layout.n_threads));
  TRY(training_data_augment(&trainer->data, config, trainer->pass));
  pass_observations(trainer->pass, &n_observed);
  history_init(&trainer->output.history,
               &(HistoryShape){.n_layers = (size_t)n_observed,
                               .crosses_samples = trainer->learner.network.crosses_samples,
                               .probes = config->probes});
  return probes_make(&trainer->probes, trainer);
}

/* Local: everything that needs memory. Reading the data may have taken long. */
static Status prepare(Trainer *trainer) {
  TRY(stop_before_start(trainer));
  TRY(run_length_check(trainer->config, trainer->data.set.train.n));
  TRY(training_data_prepare(&trainer->data, trainer->config));
  TRY(make_learner(trainer));
  TRY(make_pass(trainer));
  return evaluation_make(trainer);
}

static Status start_from(Trainer *trainer) {
  Learner *learner = &trainer->learner;
  TRY(checkpoint_init(trainer));
  if (learner->average.values) average_update(&learner->average, &learner->network, 0, 0);
  return status_ok();
}

/* Rank 0: takes the result file, or only looks whether it could, and reads it if the run is to be
 * resumed. */
static Status open_file(Trainer *trainer, int only_looks) {
  const TrainOptions *options = trainer->options;
  int is_resumed, used_previous = 0;
  TRY(stop_before_start(trainer));
  TRY(existing_refuse(trainer));
  TRY(only_looks ? output_look(options, &is_resumed)
                 : output_open(&trainer->output, options, &is_resumed));
  if (!is_resumed) return options->init ? start_from(trainer) : status_ok();
  if (options->init)
    log_note("%s: has its own weights; those of %s are not used", options->out, options->init);
  TRY(result_read(&trainer->output.record, options->out, &used_previous));
  TRY(resume_verify(trainer));
  TRY(checkpoint_load(trainer));
  resume_lengthen(trainer);
  return status_ok();
}

static Status begin_file(Trainer *trainer) {
  TRY(checkpoint_begin(trainer));
  return checkpoint_write(trainer, is_done(trainer) ? "finished" : "running");
}

/* Collective. */
static Status start_observers(Trainer *trainer) {
  const TrainOptions *options = trainer->options;
  Observers *observers = &trainer->observers;
  TRY(trace_start(&observers->trace, options->trace, options->trace_steps, trainer->pass));
  pass_set_sign(trainer->pass, watchdog_sign(observers->watchdog));
  return status_ok();
}

/* Collective. Everything but the result file. */
static Status get_ready(Trainer *trainer, int tells) {
  TRY(training_data_load(&trainer->data, trainer->config, trainer->options->data,
                         trainer->options->data_hash));
  trainer->length = run_length(trainer->config, trainer->data.set.train.n);
  watchdog_mark(trainer->observers.watchdog);
  TRY(choose_threads(trainer, tells));
  TRY(agreement_on_backend(prepare(trainer)));
  TRY(start_observers(trainer));
  dist_hosts(trainer->layout.hosts, sizeof trainer->layout.hosts);
  return status_ok();
}

Status trainer_set_up(Trainer *trainer) {
  Watchdog **watchdog = &trainer->observers.watchdog;
  record_init(&trainer->output.record);
  if (is_root()) budget_start(&trainer->observers.budget, trainer->options->time_limit);
  launch_check();
  TRY(watchdog_start(watchdog, trainer->config->watchdog.seconds));
  TRY(agreement_on_files(trainer->options->data, trainer->options->init));
  TRY(get_ready(trainer, 1));
  TRY(dist_agree(is_root() ? open_file(trainer, 0) : status_ok()));
  watchdog_mark(*watchdog);
  position_broadcast(&trainer->position);
  learner_broadcast(&trainer->learner);
  if (is_root()) announce_start(trainer);
  return dist_agree(is_root() ? begin_file(trainer) : status_ok());
}

Status trainer_set_up_to_look(Trainer *trainer) {
  record_init(&trainer->output.record);
  TRY(get_ready(trainer, 1));
  TRY(open_file(trainer, 1));
  announce_start(trainer);
  TRY(checkpoint_begin(trainer));
  TRY(checkpoint_fill(trainer, "running"));
  size_t bytes;
  return result_length(&bytes, &trainer->output.record);
}

Status trainer_set_up_to_measure(Trainer *trainer) {
  record_init(&trainer->output.record);
  return get_ready(trainer, 0);
}

void trainer_tear_down(Trainer *trainer) {
  watchdog_stop(trainer->observers.watchdog);
  output_free(&trainer->output);
  trace_free(trainer->observers.trace);
  probes_free(&trainer->probes);
  pass_free(trainer->pass);
  learner_free(&trainer->learner);
  evaluation_free(trainer);
  training_data_free(&trainer->data);
}
