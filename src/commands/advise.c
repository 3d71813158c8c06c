#include "study/advise.h"
#include "commands/command.h"
#include "dist/dist.h"
#include "nn/kinds.h"
#include "submit_words.h"
#include <stdio.h>
#include <string.h>

enum { MOST_CORES = 4096, MOST_NODES = 65536 };

typedef struct Options {
  Changes changes;
  const char *data, *partition;
  int n_cores, n_nodes, json;
} Options;

static const Option OPTIONS[] = {
    {"data", "DIR",
     "Trains on the images of this folder, or on synthetic digits, as train does; $NORMLAB_DATA by "
     "default.",
     TO_TEXT(Options, data)},
    {"cores", "N", "Advises for nodes with so many cores instead of the cores allowed here.",
     TO_COUNT(Options, n_cores, MOST_CORES)},
    {"nodes", "N", "Advises for so many nodes; by default those of the Slurm job, or one.",
     TO_COUNT(Options, n_nodes, MOST_NODES)},
    {"partition", "NAME",
     "Advises for the nodes of this partition of Slurm, of which sinfo tells the cores.",
     TO_TEXT(Options, partition)},
    {"json", NULL, "Prints all of it, for programs.", TO_FLAG(Options, json)},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

static AdviseRequest request_of(const Options *options) {
  return (AdviseRequest){.n_cores = options->n_cores,
                         .n_nodes = options->n_nodes,
                         .partition = options->partition,
                         .as_json = options->json};
}

/* The words that start what is advised for: the command, the file and its options. */
static Status set_words(AdviseRequest *request, Pool *pool, const char *command,
                        const TrainWords *run, const char *file) {
  char **words, **all;
  int n = 0;
  TRY(submit_words_make(&words, &n, pool, run, file));
  TRY(pool_items(pool, &all, (size_t)n + 1, sizeof *all));
  TRY(pool_text(pool, &all[0], "%s", command));
  memcpy(all + 1, words, (size_t)n * sizeof *all);
  request->words = all;
  request->n_words = n + 1;
  return status_ok();
}

static Status advise_run(const Options *options, const char *file, Pool *pool) {
  const TrainWords run = {.changes = options->changes, .data = options->data};
  AdviseRequest request = request_of(options);
  Config *config;
  TRY(set_words(&request, pool, "train", &run, file));
  TRY(config_read(&config, &NETWORK_KINDS, file, options->changes.change, options->changes.n));
  request.config = config;
  request.data = train_words_data(&run);
  Status status = advise(&request);
  config_free(config);
  return status;
}

static Status advise_study(const Options *options, const char *file, Pool *pool) {
  const TrainWords run = {.changes = options->changes, .data = options->data};
  const StudySource source = {.file = file,
                              .data = options->data,
                              .changes = options->changes.change,
                              .n_changes = options->changes.n};
  AdviseRequest request = request_of(options);
  Study study;
  TRY(set_words(&request, pool, "study", &run, file));
  TRY(study_read_source(&study, &source));
  request.study = &study;
  request.data = study.input;
  Status status = advise(&request);
  study_free(&study);
  return status;
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  const char *file;
  int is_study;
  Pool pool = {0};
  TRY(words_one(&file, words, "CONFIG or STUDY"));
  if (dist_is_launched())
    return status_error(STATUS_USAGE, "advise: starts processes by itself: call it without mpirun "
                                      "or srun (see normlab advise --help)");
  TRY(study_is_one(&is_study, file));
  Status status = is_study ? advise_study(options, file, &pool) : advise_run(options, file, &pool);
  pool_free(&pool);
  return status;
}

const Command COMMAND_advise = {
    .name = "advise",
    .summary = "how to start a run or a study: ranks, memory, time",
    .usage = "CONFIG [--cores N] [--nodes N] [--partition NAME] [--json] [options]\n"
             "STUDY [--cores N] [--nodes N] [--partition NAME] [--json] [options]",
    .about = "Measures a few steps of the YAML file CONFIG, or of the runs of the study STUDY, on "
             "this machine, with one thread and with the ways to cut as many threads as a batch "
             "has work for into ranks, by normlab bench; and proposes ranks and threads, and the "
             "commands that start it. Memory is counted. Time is that of all epochs and tests at "
             "the speed that was measured. Call it where nothing else runs. It says what follows "
             "from what was measured, as the time on other cores or on more of them than there "
             "are here, in which messages between ranks are left out.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_FAILED, "A program it calls has not answered."},
                                {STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_NUMBERS, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .start = START_WITHOUT_MPI,
    .run = run};
