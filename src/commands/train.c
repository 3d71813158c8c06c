#include "train/train.h"

#include "commands/command.h"
#include "dist/dist.h"
#include "nn/kinds.h"
#include "train/threads.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Megabytes of memory, and of a file that can still be looked at. */
enum { TRACE_STEPS = 10, MAX_TRACE_STEPS = 1000 };

typedef struct Options {
  Changes changes;
  const char *data, *out, *init, *trace;
  int resume, overwrite, check, print_out, n_threads, trace_steps;
  double time_limit;
} Options;

static const Option OPTIONS[] = {
    OPTIONS_OF_CHANGES(Options, changes),
    {"data", "DIR",
     "Trains on the images of this folder, in a format that normlab data --help has; "
     "$NORMLAB_DATA by default. Without either, synthetic digits are drawn.",
     TO_TEXT(Options, data)},
    {"out", "FILE", "Writes this file; results/<config>-<norm>-s<seed>.h5 by default.",
     TO_TEXT(Options, out)},
    {"init", "FILE",
     "Starts from the weights of another result file, or of a PyTorch state_dict in HDF5, at the "
     "root or under /model, with names and shapes as the network's.",
     TO_TEXT(Options, init)},
    {"resume", NULL, "Continues from FILE, or starts if there is none yet.",
     TO_FLAG(Options, resume)},
    {"overwrite", NULL, "Replaces FILE.", TO_FLAG(Options, overwrite)},
    {"time-limit", "T",
     "Stops with a checkpoint early enough for this time: 90s, 30min, 2h; 0: never. By default it "
     "stops before the end of the Slurm job ($SLURM_JOB_END_TIME).",
     TO_SECONDS(Options, time_limit)},
    {"check", NULL, "Prints the configuration and the name of FILE, and ends.",
     TO_FLAG(Options, check)},
    {"print-out", NULL, "Prints the name of FILE alone, for scripts, and ends.",
     TO_FLAG(Options, print_out)},
    {"threads", "N",
     "Uses so many threads a rank; $OMP_NUM_THREADS by default, or the allowed cores shared by "
     "the ranks.",
     TO_COUNT(Options, n_threads, MAX_THREADS)},
    {"trace", "FILE",
     "Writes a timeline of every rank and thread by layer, for ui.perfetto.dev; an earlier FILE "
     "is replaced.",
     TO_TEXT(Options, trace)},
    {"trace-steps", "N", "Traces the first N steps, 10 by default.",
     TO_COUNT(Options, trace_steps, MAX_TRACE_STEPS)},
    {0}};

static Status check(const Options *options) {
  if (options->resume && options->overwrite)
    return status_error(STATUS_USAGE, "train: --resume or --overwrite, not both");
  if (options->check && options->print_out)
    return status_error(STATUS_USAGE, "train: --check or --print-out, not both");
  if (options->trace_steps && !options->trace)
    return status_error(STATUS_USAGE, "train: --trace-steps: needs --trace FILE");
  return status_ok();
}

/* results/<config>-<norm>-s<seed>.h5, with the norm's : and / as -. */
static Status default_out(char *path, size_t bytes, const Config *config) {
  char spec[NORM_SPEC_TEXT];
  norm_spec_text(spec, config->network.norm);
  for (char *c = spec; *c; c++)
    if (*c == ':' || *c == '/') *c = '-';
  int n = snprintf(path, bytes, "results/%s-%s-s%llu.h5", config->name, spec,
                   (unsigned long long)config->seed);
  if (n >= (int)bytes || strchr(config->name, '/'))
    return status_error(STATUS_USAGE, "name: %.200s: makes no file name; give --out FILE",
                        config->name);
  return status_ok();
}

/* Rank 0. */
static Status print_check(const Options *options, const Config *config, const char *out) {
  char *text;
  if (options->print_out) {
    printf("%s\n", out);
    return status_ok();
  }
  TRY(config_text(&text, config));
  printf("%s# results: %s\n", text, out);
  free(text);
  return status_ok();
}

/* Collective. */
static Status train(const Options *options, const char *file, const char *command_line) {
  const char *data = options->data ? options->data : getenv("NORMLAB_DATA");
  const Changes *changes = &options->changes;
  int only_prints = options->check || options->print_out;
  char out[4096];
  Config *config = NULL;
  Status status = config_read(&config, &NETWORK_KINDS, file, changes->change, changes->n);
  if (status.code == STATUS_OK && !options->out) status = default_out(out, sizeof out, config);
  if (status.code == STATUS_OK && options->out &&
      snprintf(out, sizeof out, "%s", options->out) >= (int)sizeof out)
    status = status_error(STATUS_USAGE, "--out %.40s...: longer than %zu characters", options->out,
                          sizeof out - 1);
  if (status.code == STATUS_OK && options->trace && !strcmp(options->trace, out))
    status = status_error(STATUS_USAGE, "--trace %.200s: is the result file", options->trace);
  if (status.code == STATUS_OK && only_prints && dist_rank() == 0)
    status = print_check(options, config, out);
  status = dist_agree(status);
  if (status.code == STATUS_OK && !only_prints) {
    TrainOptions train = {.config = config,
                          .data = data && *data ? data : NULL,
                          .out = out,
                          .resume = options->resume,
                          .overwrite = options->overwrite,
                          .init = options->init,
                          .n_threads = options->n_threads,
                          .trace = options->trace,
                          .trace_steps = options->trace_steps ? options->trace_steps : TRACE_STEPS,
                          .time_limit = options->time_limit,
                          .command_line = command_line};
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
    .defaults = &(const Options){.time_limit = -1},
    .start = START_WATCHED,
    .run = run};
