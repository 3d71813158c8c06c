#include "commands/command.h"
#include "submit_words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options {
  TrainWords run;
  int dry_run, cancel;
} Options;

static const Option OPTIONS[] = {
    OPTIONS_OF_TRAINING(Options, run),
    {"dry-run", NULL, "Says what would be done, and does nothing.", TO_FLAG(Options, dry_run)},
    {"cancel", NULL,
     "Cancels a job of another configuration that is queued for the same FILE, and queues anew.",
     TO_FLAG(Options, cancel)},
    {0}};

static Status submit(const Options *options, const Words *words, Pool *pool, SubmitRun *run) {
  char **train;
  int n = 0;
  TRY(submit_words_make(&train, &n, pool, &options->run, words->word[0]));
  train[n++] = "--resume";
  TRY(submit_words_run(run, pool, &options->run, words->word[0], train, n));
  return submit_runs(&(SubmitRequest){.runs = run,
                                      .n_runs = 1,
                                      .options = words->word + 1,
                                      .n_options = words->n - 1,
                                      .typed = words->typed,
                                      .is_dry = options->dry_run,
                                      .cancels = options->cancel});
}

static Status run(void *options, const Words *words) {
  Pool pool = {0};
  SubmitRun run = {0};
  if (words->n < 1)
    return status_error(STATUS_USAGE, "submit: expected CONFIG; see normlab submit --help");
  Status status = submit(options, words, &pool, &run);
  config_free(run.config);
  pool_free(&pool);
  return status;
}

const Command COMMAND_submit = {
    .name = "submit",
    .summary = "queue a run on a cluster, as it is now",
    .usage = "CONFIG [options] [-- options of sbatch]",
    .about =
        "Checks a run as a start would, and queues it with Slurm: normlab submit configs/s6.yaml "
        "--norm layer -- --ntasks=4 --time=02:00:00. The options are those of normlab train; ranks "
        "and threads are those of sbatch (--ntasks, --cpus-per-task).\n"
        "Configuration, program, scripts, environment (NORMLAB_..., of MPI) and weights are copied "
        "to a folder of the submission, submissions/TIME-ID beside FILE, which is all that the job "
        "reads. So it trains what was submitted, whatever is edited, built or set later. Images "
        "that have changed by then are refused.",
    .notes = "What is queued for FILE with the same configuration is not queued again. The job "
             "saves and requeues itself before its time limit, and goes on after preemption and "
             "lost nodes. The number of the job is printed; what it prints goes to run.out in the "
             "folder, or where --output of sbatch says. A folder whose job has ended may be "
             "removed.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_FAILED, "Slurm has not answered, or has refused."},
                                {STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.run.time_limit = -1},
    .start = START_WITHOUT_MPI,
    .run = run};
