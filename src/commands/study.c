#include "commands/study.h"

#include "base/log.h"
#include "base/memory.h"
#include "commands/options.h"
#include "commands/run_options.h"
#include "report/table.h"
#include "study/listing.h"
#include "study/runner.h"
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: normlab study FILE list [--commands] [options]\n"
    "       normlab study FILE run [--jobs N] [--threads N] [--ranks N] [options]\n"
    "       normlab study FILE submit [options of jobs/submit-study.sh]\n"
    "\n"
    "The runs of the YAML file FILE (include/study/study.h has its keys, configs/studies/ has "
    "some).\n"
    "\n"
    "list    variants with their parameters, runs with their state, and in what the variants\n"
    "        differ but the norm\n"
    "run     trains all that are not finished, on this machine; the same command goes on with\n"
    "        what was stopped. Results and what each run printed are in results/<study>/\n"
    "submit  hands them to the cluster's queue\n"
    "\n"
    "  --data DIR        as for train; $NORMLAB_DATA by default\n"
    "  --out DIR         folder of the results instead of results/<study>\n"
    "  --commands        one command of the shell for each run that is not done\n"
    "  --jobs N          runs at once, each on cores of its own; 1 by default\n"
    "  --threads N       of all runs together; all allowed cores by default\n"
    "  --ranks N         processes of a run, started by mpirun; 1 by default\n"
    "  --epochs N, --batch N, --set KEY=VALUE, --norm SPEC, --seed N\n"
    "                    for all runs, where the study itself does not vary it\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 done; 75 stopped on request (TERM, INT, USR1) with checkpoints saved; else "
    "that\n"
    "of the first run that failed, while the others were run all the same; see normlab train "
    "--help.\n";

typedef struct Options {
  RunOptions changes;
  const char *file, *action, *data, *out;
  RunnerOptions runner;
  int commands, help;
  const char *only_run; /* an option of `run` that was given */
} Options;

static Status take_count(Options *options, int *count, const char *name) {
  char *end;
  errno = 0;
  long n = strtol(optarg, &end, 10);
  options->only_run = name;
  if (errno || *end || end == optarg || n < 1 || n > 1024)
    return status_error(STATUS_USAGE, "%s %.40s: expected 1 to 1024", name, optarg);
  *count = (int)n;
  return status_ok();
}

static Status take(Options *options, int found, char **argv) {
  switch (found) {
  case 'd':
    options->data = optarg;
    return *optarg ? status_ok() : status_error(STATUS_USAGE, "--data: expected a folder");
  case 'o':
    options->out = optarg;
    return *optarg ? status_ok() : status_error(STATUS_USAGE, "--out: expected a folder");
  case 'c':
    options->commands = 1;
    return status_ok();
  case 'j':
    return take_count(options, &options->runner.n_jobs, "--jobs");
  case 'r':
    return take_count(options, &options->runner.n_ranks, "--ranks");
  case 't':
    options->only_run = "--threads";
    return option_threads(&options->runner.n_threads, optarg);
  case 'h':
    options->help = 1;
    return status_ok();
  default:
    if (found >= RUN_OPTION_FIRST) return run_options_add(&options->changes, found, optarg);
    return option_error(found, argv);
  }
}

static Status check(const Options *options, int n_words) {
  if (n_words != 2)
    return status_error(STATUS_USAGE,
                        "study: expected FILE and one of list, run, submit; see normlab study "
                        "--help");
  if (strcmp(options->action, "submit") == 0)
    return status_error(STATUS_USAGE, "study: options of submit stand behind it");
  int is_run = strcmp(options->action, "run") == 0;
  if (!is_run && strcmp(options->action, "list") != 0)
    return status_error(STATUS_USAGE, "study: %.60s: expected list, run or submit",
                        options->action);
  if (!is_run && options->only_run)
    return status_error(STATUS_USAGE, "study: %s: is for run alone", options->only_run);
  if (is_run && options->commands)
    return status_error(STATUS_USAGE, "study: --commands: is for list alone");
  return status_ok();
}

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {RUN_OPTIONS,
                                        {"data", required_argument, NULL, 'd'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"commands", no_argument, NULL, 'c'},
                                        {"jobs", required_argument, NULL, 'j'},
                                        {"ranks", required_argument, NULL, 'r'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  *options = (Options){.runner = {.n_jobs = 1, .n_ranks = 1}};
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;)
    TRY(take(options, found, argv));
  if (options->help) return status_ok();
  int n_words = argc - optind;
  options->file = n_words > 0 ? argv[optind] : NULL;
  options->action = n_words > 1 ? argv[optind + 1] : NULL;
  return check(options, n_words);
}

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
static Status submit(char **argv) {
  Study study;
  char script[PATH_MAX];
  TRY(study_read(&study, argv[1], NULL, NULL, 0));
  study_free(&study);
  TRY(find_script(script));
  argv[2] = argv[1];
  argv[1] = script;
  execv(script, argv + 1);
  return status_errno(STATUS_FILE, errno, "%s: cannot be started", script);
}

static Status act(const Options *options, const Study *study, StateReport *reports) {
  const char *data = options->data ? options->data : getenv("NORMLAB_DATA");
  const char *folder = data && *data ? data : NULL;
  InputShape shape;
  for (int i = 0; i < study->n_runs; i++) state_look(&reports[i], &study->runs[i]);
  if (options->commands)
    TRY(listing_print_commands(stdout, study, reports, options->data));
  else if (strcmp(options->action, "list") == 0)
    TRY(listing_print(stdout, study, input_guess(study, folder), reports));
  if (strcmp(options->action, "list") == 0) return output_flush(stdout, "standard output");
  TRY(input_check(&shape, study, folder));
  for (int i = 0; i < study->n_variants; i++) {
    size_t n, n_norms;
    TRY(input_count(&n, &n_norms, &study->variants[i], shape));
  }
  if (!folder) log_note("no --data and no NORMLAB_DATA: the runs draw synthetic digits");
  RunnerOptions runner = options->runner;
  runner.data = options->data;
  return runner_run(study, reports, &runner);
}

static Status run(const Options *options) {
  Study study;
  StateReport *reports;
  TRY(study_read(&study, options->file, options->out, options->changes.changes,
                 options->changes.n_changes));
  Status status = memory_allocate(&reports, (size_t)study.n_runs, sizeof *reports, "runs");
  if (status.code == STATUS_OK) {
    status = act(options, &study, reports);
    free(reports);
  }
  study_free(&study);
  return status;
}

int command_study(int argc, char **argv) {
  static Options options;
  Status status;
  if (argc > 2 && strcmp(argv[2], "submit") == 0) {
    status = submit(argv);
  } else {
    status = parse(&options, argc, argv);
    if (status.code == STATUS_OK) {
      if (options.help)
        fputs(help, stdout);
      else
        status = run(&options);
    }
    run_options_free(&options.changes);
  }
  if (status.code == STATUS_STOPPED)
    log_note("%s", status.text);
  else if (status.code != STATUS_OK)
    log_error("%s", status.text);
  return status.code;
}
