#include "train/train.h"

#include "commands/command.h"
#include "dist/dist.h"
#include "train/agreement.h"
#include "train/check.h"
#include "train/threads.h"
#include "train_options.h"
#include <stdio.h>
#include <stdlib.h>

enum { MOST_MEASURED = 100000, MOST_RANKS = 4096 }; /* steps; processes */

typedef struct Options {
  TrainWords run;
  int resume, overwrite, check, print_out, print_config, n_measured, n_ranks;
  double progress;
} Options;

static const Option OPTIONS[] = {
    OPTIONS_OF_TRAINING(Options, run),
    {"resume", NULL,
     "Continues from FILE, or starts if there is none yet. A FILE of fewer epochs goes on to "
     "--epochs N, unless its schedule spreads the learning rate over the whole run.",
     TO_FLAG(Options, resume)},
    {"overwrite", NULL, "Replaces FILE.", TO_FLAG(Options, overwrite)},
    {"ranks", "N",
     "Starts so many processes by mpirun, and sees to it that they save when the run is "
     "interrupted; "
     "for this machine, without mpirun or srun before it.",
     TO_COUNT(Options, n_ranks, MOST_RANKS)},
    {"progress", "T",
     "Tells how far the run is every so often, with step, loss and time left, where no terminal "
     "shows it: 30s, 10min; 60s by default, 0: never.",
     TO_SECONDS(Options, progress)},
    {"check", NULL,
     "Does all that a start does, short of training and writing, without MPI: reads the data and "
     "the weights, builds the network, looks whether FILE can be written; and ends.",
     TO_FLAG(Options, check)},
    {"measure", "N",
     "Trains N steps in --check, of which nothing is kept, and says how long an epoch and the run "
     "take.",
     TO_COUNT(Options, n_measured, MOST_MEASURED)},
    {"print-out", NULL, "Prints the name of FILE alone, for scripts, and ends.",
     TO_FLAG(Options, print_out)},
    {"print-config", NULL,
     "Prints the configuration with these options and all defaults written out, a file to train "
     "from, and ends.",
     TO_FLAG(Options, print_config)},
    {0}};

static int only_prints(const void *from) {
  const Options *options = from;
  return options->check || options->print_out || options->print_config;
}

static int ranks_to_start(const void *from) {
  const Options *options = from;
  return !only_prints(options) && options->n_ranks > 1 ? options->n_ranks : 1;
}

static Status check(const Options *options) {
  if (ranks_to_start(options) > 1 && dist_size() != options->n_ranks)
    return status_error(STATUS_USAGE,
                        "train: --ranks %d: a launcher has started %d; leave out one of the two",
                        options->n_ranks, dist_size());
  if (options->resume && options->overwrite)
    return status_error(STATUS_USAGE, "train: --resume or --overwrite, not both");
  if (options->check + options->print_out + options->print_config > 1)
    return status_error(STATUS_USAGE,
                        "train: --check or --print-out or --print-config, one of them");
  if (options->n_measured && !options->check)
    return status_error(STATUS_USAGE, "train: --measure: needs --check");
  return status_ok();
}

static Status print_config(const Config *config) {
  char *text = NULL;
  TRY(config_text(&text, config));
  fputs(text, stdout);
  free(text);
  return status_ok();
}

/* Collective. */
static Status train(const Options *options, const char *file, const char *command_line) {
  const TrainWords *words = &options->run;
  char out[TRAIN_OUT_BYTES];
  Config *config;
  Status status = train_words_resolve(&config, out, words, file);
  status = agreement_on_config(config, status);
  TrainOptions train = {.config = config,
                        .data = train_words_data(words),
                        .data_hash = words->data_hash,
                        .out = out,
                        .resume = options->resume,
                        .overwrite = options->overwrite,
                        .init = words->init,
                        .n_threads = words->n_threads,
                        .trace = words->trace,
                        .trace_steps = words->trace_steps ? words->trace_steps : TRAIN_TRACE_STEPS,
                        .progress = options->progress,
                        .time_limit = words->time_limit,
                        .command_line = command_line};
  if (status.code == STATUS_OK && options->print_out) {
    printf("%s\n", out);
  } else if (status.code == STATUS_OK && options->print_config) {
    status = print_config(config);
  } else if (status.code == STATUS_OK && options->check) {
    status = train_check(&train, options->n_measured);
  } else if (status.code == STATUS_OK) {
    status = train_run(&train);
  }
  config_free(config);
  return status;
}

static Status run(void *options, const Words *words) {
  const char *config;
  TRY(words_one(&config, words, "CONFIG"));
  TRY(check(options));
  return train(options, config, words->typed);
}

const Command COMMAND_train = {
    .name = "train",
    .summary = "train a network, write a result file",
    .usage = "CONFIG [options]       (also under mpirun or srun)",
    .about = "Trains the network of the YAML file CONFIG and writes one HDF5 result file, which is "
             "also the checkpoint. The result does not depend on the number of ranks and threads.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_NUMBERS, NULL},
                                {STATUS_MEMORY, NULL},
                                {STATUS_STALLED, NULL},
                                {STATUS_STOPPED, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.run.time_limit = -1, .progress = 60},
    .start = START_WATCHED,
    .is_alone = only_prints,
    .n_ranks = ranks_to_start,
    .take_signals = train_take_signals,
    .run = run};
