#include "base/log.h"
#include "base/memory.h"
#include "commands/command.h"
#include "report/table.h"
#include "study/listing.h"
#include "study/runner.h"
#include "train/threads.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_RUNS = 1024 };

typedef struct Options {
  Changes changes;
  const char *data, *out;
  RunnerOptions runner;
  int commands, print_out;
} Options;

static const Action ACTIONS[] = {
    {"list",
     "Prints variants with their parameters, runs with their state, and in what the variants "
     "differ but the norm.",
     0},
    {"run",
     "Trains all that are not finished, on this machine; the same command goes on with what was "
     "stopped. Results and what each run printed are in results/<study>/.",
     0},
    {"submit", "Hands them to the cluster's queue.", 1},
    {0}};

static const Option OPTIONS[] = {
    {"data", "DIR",
     "Trains on the images of this folder, or on synthetic digits, as train does; by default on "
     "what the study's data says if that is synthetic, or else on $NORMLAB_DATA.",
     TO_TEXT(Options, data)},
    {"out", "DIR",
     "Takes this folder for the results instead of results/<study>, or results/<study>-synthetic.",
     TO_TEXT(Options, out)},
    {"commands", NULL, "Prints one command of the shell for each run that is not done.",
     TO_FLAG(Options, commands), .only = "list"},
    {"print-out", NULL, "Prints the folder of the results alone, for scripts.",
     TO_FLAG(Options, print_out), .only = "list"},
    {"jobs", "N", "Does so many runs at once, each on cores of its own; 1 by default.",
     TO_COUNT(Options, runner.n_jobs, MAX_RUNS), .only = "run"},
    {"threads", "N", "Uses so many threads for all runs together; all allowed cores by default.",
     TO_COUNT(Options, runner.n_threads, MAX_THREADS), .only = "run"},
    {"ranks", "N", "Gives a run so many processes, started by mpirun; 1 by default.",
     TO_COUNT(Options, runner.n_ranks, MAX_RUNS), .only = "run"},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

/* Beside the program where it was built or installed, or in the current folder. */
static Status find_script(char script[PATH_MAX]) {
  static const char *const PLACES[] = {"../..", "../share/normlab", ".."};
  char program[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  snprintf(script, PATH_MAX, "jobs/submit-study.sh");
  if (access(script, X_OK) == 0) return status_ok();
  if (n > 0) {
    program[n] = '\0';
    const char *folder = dirname(program);
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
      int length = snprintf(script, PATH_MAX, "%s/%s/jobs/submit-study.sh", folder, PLACES[i]);
      if (length < PATH_MAX && access(script, X_OK) == 0) return status_ok();
    }
  }
  return status_error(STATUS_FILE,
                      "study submit: there is no jobs/submit-study.sh, neither in this folder nor "
                      "where the program was built or installed; call it in the folder of the "
                      "sources");
}

/* study FILE submit ...: all that follows is the script's. Returns only if that cannot start. */
static Status submit(const Words *words) {
  Study study;
  char script[PATH_MAX];
  char **argv = words->word;
  TRY(study_read(&study, argv[0], NULL, NULL, NULL, 0));
  study_free(&study);
  TRY(find_script(script));
  argv[1] = argv[0];
  argv[0] = script;
  execv(script, argv);
  return status_errno(STATUS_FILE, errno, "%s: cannot be started", script);
}

static Status act(const Options *options, int only_lists, const Study *study,
                  StateReport *reports) {
  ImageShape shape;
  for (int i = 0; i < study->n_runs; i++) state_look(&reports[i], &study->runs[i]);
  TRY(input_fits(study));
  if (options->commands)
    TRY(listing_print_commands(stdout, study, reports, study->told));
  else if (only_lists)
    TRY(listing_print(stdout, study, input_guess(study), reports));
  if (only_lists) return output_flush(stdout, "standard output");
  TRY(input_check(&shape, study));
  for (int i = 0; i < study->n_variants; i++) {
    size_t n, n_norms;
    TRY(input_count(&n, &n_norms, &study->variants[i], shape));
  }
  RunnerOptions runner = options->runner;
  runner.data = study->told;
  return runner_run(study, reports, &runner);
}

static Status run_or_list(const Options *options, int only_lists, const char *file) {
  Study study;
  StateReport *reports;
  TRY(study_read(&study, file, options->out, options->data, options->changes.change,
                 options->changes.n));
  if (options->print_out) {
    printf("%s\n", study.folder);
    study_free(&study);
    return status_ok();
  }
  Status status = memory_allocate(&reports, (size_t)study.n_runs, sizeof *reports, "runs");
  if (status.code == STATUS_OK) {
    status = act(options, only_lists, &study, reports);
    free(reports);
  }
  study_free(&study);
  return status;
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  if (words->action && strcmp(words->action, "submit") == 0) return submit(words);
  if (words->n != 2)
    return status_error(STATUS_USAGE,
                        "study: expected FILE and one of list, run, submit; see normlab study "
                        "--help");
  if (options->commands && options->print_out)
    return status_error(STATUS_USAGE, "study: --commands or --print-out, not both");
  return run_or_list(options, strcmp(words->action, "list") == 0, words->word[0]);
}

const Command COMMAND_study = {
    .name = "study",
    .summary = "runs that are to be compared: list, run, submit",
    .usage = "FILE list [--commands] [options]\n"
             "FILE run [--jobs N] [--threads N] [--ranks N] [options]\n"
             "FILE submit [options of jobs/submit-study.sh]",
    .about = "Lists or makes the runs of the YAML file FILE (include/study/study.h has its keys, "
             "configs/studies/ has some).",
    .actions = ACTIONS,
    .action_place = 1,
    .options = OPTIONS,
    .notes = "--norm, --seed, --epochs, --batch and --set are for all runs, where the study itself "
             "does not vary it.\n"
             "The status is that of the first run that failed, while the others were run all the "
             "same.",
    .exits = (const ExitLine[]){{STATUS_FAILED, NULL},
                                {STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_NUMBERS, NULL},
                                {STATUS_MEMORY, NULL},
                                {STATUS_STALLED, NULL},
                                {STATUS_STOPPED, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.runner = {.n_jobs = 1, .n_ranks = 1}},
    .start = START_STARTS_RUNS,
    .run = run};
