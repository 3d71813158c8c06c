#include "base/log.h"
#include "base/memory.h"
#include "commands/command.h"
#include "dist/dist.h"
#include "report/comparison.h"
#include "report/table.h"
#include "study/advance.h"
#include "study/control.h"
#include "study/listing.h"
#include "study/until.h"
#include "submit_words.h"
#include "train/threads.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RUNS = 1024, MAX_NAMES = 64 };

typedef struct Names {
  const char *name[MAX_NAMES];
  int n;
} Names;

typedef struct Options {
  Changes changes;
  const char *data, *out;
  RunnerOptions runner;
  int commands, print_out, dry_run, cancel, until_decided, max_seeds;
  UntilOptions until;
  Names variants;
} Options;

static Status take_variant(void *place, const Option *option, char *text) {
  Names *names = place;
  if (names->n == MAX_NAMES)
    return status_error(STATUS_USAGE, "study: --%s: more than %d", option->name, MAX_NAMES);
  return option_text(&names->name[names->n++], option, text);
}

static const Action ACTIONS[] = {
    {"list",
     "Prints variants with their parameters, runs with their state, and in what the variants "
     "differ but the norm.",
     0},
    {"run",
     "Trains all that are not finished, on this machine; the same command goes on with what was "
     "stopped. Results and what each run printed are in results/<study>/.",
     0},
    {"submit",
     "Queues those that are not finished, as they are now, with Slurm, and a comparison behind "
     "them. "
     "Other words are options of sbatch. FILE may also be a list with the arguments of one normlab "
     "train a line.",
     1},
    {"cancel",
     "Cancels the jobs of the study that are queued or running, also those that decide and "
     "compare; "
     "runs save before they end. submit goes on with them.",
     0},
    {"pause", "Holds the jobs that wait, and has running ones save and wait in the queue, held.",
     0},
    {"resume", "Lets jobs that are held start again.", 0},
    {"advance",
     "Does step N of a submission, whose folder FILE then is: chooses what is tuned, or looks "
     "whether variants are decided, by the runs that have ended, and names the runs that come "
     "next. "
     "Jobs of submit call it.",
     0},
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
    {"until-decided", NULL,
     "Adds seeds, counted up from the study's first, until each variant is decided against "
     "--baseline or --max-seeds are done; looking often does not find too much, as the level is "
     "spent over the looks.",
     TO_FLAG(Options, until_decided), .only = "run and submit"},
    {"max-seeds", "N", "Takes at most so many seeds with --until-decided.",
     TO_COUNT(Options, max_seeds, STUDY_MAX_RUNS), .only = "run and submit"},
    {"baseline", "NORM", "Compares with this variant, by norm or name, with --until-decided.",
     TO_TEXT(Options, until.baseline), .only = "run and submit"},
    {"difference", "D",
     "Decides about this difference of accuracies, in percentage points; 0.1 by default.",
     TO_POINTS(Options, until.difference), .only = "run and submit"},
    {"dry-run", NULL, "Says what would be done, and does nothing.", TO_FLAG(Options, dry_run),
     .only = "submit, cancel, pause and resume"},
    {"variant", "NAME",
     "Means the runs of this variant alone, by norm or name; several may be given.",
     .take = take_variant, .place = offsetof(Options, variants),
     .only = "cancel, pause and resume"},
    {"cancel", NULL,
     "Cancels jobs that are queued with another configuration, and queues them anew; cancels those "
     "of runs that the study has no longer.",
     TO_FLAG(Options, cancel), .only = "submit"},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

/* A file that is no YAML is a list of runs. */
static int is_list(const char *file) {
  const char *dot = strrchr(file, '.');
  return !dot || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".yml") != 0);
}

static Status check_inputs(const Study *study) {
  ImageShape shape;
  TRY(input_check(&shape, study));
  for (int i = 0; i < study->n_variants; i++) {
    size_t n, n_norms;
    TRY(input_count(&n, &n_norms, &study->variants[i], shape));
  }
  return status_ok();
}

static StudySource source_of(const Options *options, const char *file) {
  return (StudySource){.file = file,
                       .folder = options->out,
                       .data = options->data,
                       .changes = options->changes.change,
                       .n_changes = options->changes.n,
                       .n_seeds = options->until_decided ? options->max_seeds : 0};
}

static Status submit_whole(const Study *study, const StudySource *source,
                           const SubmitRequest *request) {
  TRY(check_inputs(study));
  TRY(input_fits(study));
  if (!study->is_chosen) TRY(check_inputs(study->tuning));
  if (!study->is_chosen) TRY(input_fits(study->tuning));
  return submit_study(study, source, request);
}

/* study FILE submit: the words behind it are options of sbatch. */
static Status submit(const Options *options, const Words *words) {
  const SubmitRequest request = {.options = words->word + 2,
                                 .n_options = words->n - 2,
                                 .typed = words->typed,
                                 .is_dry = options->dry_run,
                                 .cancels = options->cancel,
                                 .until = options->until_decided ? &options->until : NULL};
  const char *file = words->word[0];
  Study study;
  if (is_list(file)) {
    if (options->data || options->out || options->changes.n > 0 || options->until_decided)
      return status_error(STATUS_USAGE,
                          "study submit: %.400s: is a list, whose lines have all options of their "
                          "runs; a study is NAME.yaml",
                          file);
    return submit_words_list(file, &request);
  }
  const StudySource source = source_of(options, file);
  TRY(study_read_source(&study, &source));
  Status status = submit_whole(&study, &source, &request);
  study_free(&study);
  return status;
}

static const char *const CONTROLS[N_CONTROLS] = {
    [CONTROL_CANCEL] = "cancel", [CONTROL_PAUSE] = "pause", [CONTROL_RESUME] = "resume"};

/* study FILE cancel, and so on */
static Status control(const Options *options, int action, const char *file) {
  const StudySource source = source_of(options, file);
  ControlRequest request = {.action = (ControlAction)action,
                            .title = file,
                            .variants = options->variants.name,
                            .n_variants = options->variants.n,
                            .is_dry = options->dry_run};
  Study study;
  if (is_list(file)) return control_jobs(&request);
  TRY(study_read_source(&study, &source));
  request.study = &study;
  Status status = control_jobs(&request);
  study_free(&study);
  return status;
}

static int find_control(const char *action) {
  int i = 0;
  while (i < N_CONTROLS && strcmp(CONTROLS[i], action) != 0) i++;
  return i;
}

static Status look(StateReport **reports, const Study *study) {
  TRY(memory_allocate(reports, (size_t)study->n_runs, sizeof **reports, "runs"));
  for (int i = 0; i < study->n_runs; i++) state_look(&(*reports)[i], &study->runs[i]);
  return status_ok();
}

/* Lists a study or a stage of it; `whole` is NULL, or the study whose first stage this is. */
static Status list_stage(const Options *options, const Study *study, const Study *whole) {
  StateReport *reports;
  TRY(look(&reports, study));
  Status status = input_fits(study);
  if (status.code != STATUS_OK)
    ;
  else if (options->commands)
    status = listing_print_commands(stdout, study, reports, study->told);
  else if (whole)
    status = listing_print_tuning(stdout, whole, input_guess(study), reports);
  else
    status = listing_print(stdout, study, input_guess(study), reports);
  free(reports);
  return status;
}

static Status list(const Options *options, const Study *study, const char *file) {
  const StudySource source = source_of(options, file);
  if (study->tuning) {
    if (!options->commands) listing_print_cost(stdout, study);
    TRY(list_stage(options, study->tuning, study));
  }
  if (study->is_chosen) TRY(list_stage(options, study, NULL));
  if (!options->commands) TRY(advance_print_looks(stdout, study, &source));
  return output_flush(stdout, "standard output");
}

static Status run_stage(const Options *options, const Study *study, int is_last) {
  StateReport *reports;
  RunnerOptions runner = options->runner;
  TRY(look(&reports, study));
  Status status = input_fits(study);
  if (status.code == STATUS_OK) status = check_inputs(study);
  runner.data = study->told;
  if (status.code == STATUS_OK && options->until_decided && is_last)
    status = until_run(study, reports, &runner, &options->until);
  else if (status.code == STATUS_OK)
    status = runner_run(study, reports, &runner);
  free(reports);
  return status;
}

static Status read_study(Study *study, const Options *options, const char *file) {
  const StudySource source = source_of(options, file);
  return study_read_source(study, &source);
}

/* Runs that diverge are results of the first stage; then the study is read again, with what is
 * chosen. */
static Status run_both(const Options *options, Study *study, const char *file) {
  Status status = run_stage(options, study->tuning, 0);
  if (status.code != STATUS_OK && status.code != STATUS_NUMBERS) return status;
  study_free(study);
  TRY(read_study(study, options, file));
  if (!study->is_chosen)
    return status_error(STATUS_FAILED,
                        "%s: not all runs of the tuning are done, so nothing is "
                        "chosen; see normlab study %s list",
                        file, file);
  return run_stage(options, study, 1);
}

static Status run_or_list(const Options *options, int only_lists, const char *file) {
  Study study;
  TRY(read_study(&study, options, file));
  Status status = status_ok();
  if (options->print_out)
    printf("%s\n", study.folder);
  else if (only_lists)
    status = list(options, &study, file);
  else if (study.tuning && !study.is_chosen)
    status = run_both(options, &study, file);
  else
    status = run_stage(options, &study, 1);
  study_free(&study);
  return status;
}

/* study FOLDER advance N */
static Status advance(const Options *options, const Words *words) {
  char *end = NULL;
  long number = words->n == 3 ? strtol(words->word[2], &end, 10) : 0;
  if (number < 1 || number > MAX_RUNS || *end)
    return status_error(STATUS_USAGE, "study advance: expected FOLDER advance N, the number of a "
                                      "step from 1; see normlab study --help");
  if (options->data || options->out || options->changes.n > 0)
    return status_error(STATUS_USAGE, "study advance: takes all options from the submission");
  TRY(advance_step(words->word[0], (int)number, stdout));
  return output_flush(stdout, "standard output");
}

static Status check_until(const Options *options, const char *action) {
  const int has_part = options->max_seeds > 0 || options->until.baseline;
  if (options->until_decided && (!options->max_seeds || !options->until.baseline))
    return status_error(
        STATUS_USAGE, "study %s: --until-decided needs --max-seeds N and --baseline NORM", action);
  if (!options->until_decided && has_part)
    return status_error(STATUS_USAGE,
                        "study %s: --max-seeds and --baseline belong to --until-decided", action);
  return status_ok();
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  const char *action = words->action ? words->action : "";
  if (words->action) TRY(check_until(options, action));
  if (strcmp(action, "submit") == 0) return submit(options, words);
  if (strcmp(action, "advance") == 0) return advance(options, words);
  if (words->n != 2)
    return status_error(STATUS_USAGE,
                        "study: expected FILE and one of list, run, submit, cancel, pause, resume, "
                        "advance; see normlab study --help");
  const int i = find_control(action);
  if (i < N_CONTROLS) return control(options, i, words->word[0]);
  if (options->commands && options->print_out)
    return status_error(STATUS_USAGE, "study: --commands or --print-out, not both");
  const int only_lists = strcmp(action, "list") == 0;
  if (!only_lists && dist_is_launched())
    return status_error(STATUS_USAGE, "study run: starts processes by itself: call it without "
                                      "mpirun or srun (see normlab study --help)");
  return run_or_list(options, only_lists, words->word[0]);
}

const Command COMMAND_study = {
    .name = "study",
    .summary = "runs that are to be compared: list, run, submit",
    .usage = "FILE list [--commands] [options]\n"
             "FILE run [--jobs N] [--threads N] [--ranks N] [options]\n"
             "FILE run --until-decided --max-seeds N --baseline NORM [options]\n"
             "FILE submit [--dry-run] [--cancel] [options] [options of sbatch]\n"
             "FILE submit --until-decided --max-seeds N --baseline NORM [options]\n"
             "FILE cancel|pause|resume [--variant NAME]... [--dry-run] [options]\n"
             "FOLDER advance N",
    .about = "Lists or makes the runs of the YAML file FILE (include/study/study.h has its keys, "
             "configs/studies/ has some).",
    .actions = ACTIONS,
    .action_place = 1,
    .options = OPTIONS,
    .notes =
        "--norm, --seed, --epochs, --batch and --set are for all runs, where the study itself "
        "does not vary it.\n"
        "A study with the key tune has two stages: each variant is trained with all values of some "
        "keys, the same for all variants, and evaluated on held-out training images; then with "
        "what was best for it, and other seeds. list says what that costs.\n"
        "The status is that of the first run that failed, while the others were run all the "
        "same.\n"
        "submit copies configurations, program, scripts and environment to a folder, "
        "submissions/TIME-ID with the results, which is all that its jobs read, and notes a hash "
        "of the images: what is edited, built or set later changes nothing. Submitted again, it "
        "queues what has failed or been cancelled, and leaves alone what is finished, queued or "
        "running; a run that is queued with another configuration is refused. The comparison "
        "waits for all of them, in place of an earlier one. NORMLAB_AT_ONCE is how many tasks of "
        "the array may run at the same time, NORMLAB_SLURM_SECONDS how long Slurm has to answer "
        "(180). It prints the numbers of its jobs, the comparison's "
        "last; what they print goes to the folder. jobs/submit-study.sh is the same.\n"
        "Where runs depend on others, with tune and with --until-decided, all is queued at once: "
        "the first runs, a job that chooses or looks when these have ended, the runs that may "
        "follow it, and so on to the comparison. --dry-run tells them. What such a job decides is "
        "in choose.out and look-N.out of the folder, by the same rules as run. If runs have failed "
        "or been cancelled it decides nothing, names them, and what waits for it is cancelled; "
        "submitted again, the study goes on there. Jobs that still wait to decide or for a "
        "decision are replaced by those of the new submission.\n"
        "cancel, pause and resume find the jobs by their submissions, whoever else has jobs "
        "queued, "
        "and print their numbers. With --variant what decides and compares stays as it is. Runs "
        "that Slurm ends have its KillWait (30 seconds) to save, and go on from their last "
        "checkpoint where that is too short.",
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
    .defaults = &(const Options){.runner = {.n_jobs = 1, .n_ranks = 1},
                                 .until = {.difference = COMPARISON_DIFFERENCE}},
    .start = START_WITHOUT_MPI,
    .run = run};
