#include "study/runner.h"

#include "base/log.h"
#include "child.h"
#include "command.h"
#include "cores.h"
#include "display.h"
#include "dist/dist.h"
#include "dist/mpirun.h"
#include "store/file.h"
#include "study/listing.h"
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct Runner {
  const Study *study;
  StateReport *reports;
  const RunnerOptions *options;
  Pool pool;
  Child *children; /* [n_jobs] */
  int n_alive, next;
  int n_threads; /* of all together */
  Cores cores;
  int is_pinned;
  char program[PATH_MAX], temporary[PATH_MAX];
  sigset_t signals, before;
  int n_stops;  /* requests to stop */
  Status first; /* failure */
  int n_stopped;
  Display display;
} Runner;

static void keep(Runner *r, Status status) {
  if (status.code != STATUS_OK && r->first.code == STATUS_OK) r->first = status;
}

/* Failures of runs are told where they happen; the first is what is returned. */
static void blame(Runner *r, const StudyRun *run, Status status) {
  display_clear(&r->display);
  Status told = status_error(status.code, "%s: %.900s", run->path, status.text);
  log_error("%s", told.text);
  keep(r, told);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info, (void)kind, (void)walk;
  (void)remove(path);
  return 0;
}

/* Open MPI's runs of one user share a folder, and one that ends may take it away from one that
 * starts: each of ours gets its own. */
static Status make_temporary(Runner *r) {
  const char *base = getenv("OMPI_MCA_orte_tmpdir_base");
  if (!base || !*base) base = getenv("TMPDIR");
  if (!base || !*base) base = "/tmp";
  int n = snprintf(r->temporary, sizeof r->temporary - 16, "%s/normlab-study-XXXXXX", base);
  if (n < (int)sizeof r->temporary - 16 && mkdtemp(r->temporary)) return status_ok();
  int error = errno;
  r->temporary[0] = '\0';
  return status_errno(STATUS_FILE, error, "%s: no temporary folder can be made (TMPDIR)", base);
}

static Status choose_cores(Runner *r) {
  const RunnerOptions *o = r->options;
  int n_processes = o->n_jobs * o->n_ranks;
  TRY(cores_find(&r->cores, o->n_threads));
  r->n_threads = o->n_threads ? o->n_threads : r->cores.n;
  if (!o->n_threads && r->n_threads < n_processes) r->n_threads = n_processes;
  if (r->n_threads < n_processes)
    return status_error(STATUS_USAGE, "--threads %d: %d jobs of %d ranks need at least %d",
                        r->n_threads, o->n_jobs, o->n_ranks, n_processes);
  if (r->n_threads > r->cores.n)
    log_warning("%d threads on %d allowed cores: runs get in each other's way", r->n_threads,
                r->cores.n);
  r->is_pinned = o->n_jobs > 1 && r->n_threads <= r->cores.n;
  return status_ok();
}

static Status set_up(Runner *r) {
  size_t n_jobs = (size_t)r->options->n_jobs;
  TRY(choose_cores(r));
  TRY(pool_items(&r->pool, &r->children, n_jobs, sizeof *r->children));
  ssize_t n = readlink("/proc/self/exe", r->program, sizeof r->program - 1);
  if (n < 0) return status_errno(STATUS_FILE, errno, "/proc/self/exe");
  r->program[n] = '\0';
  TRY(result_make_folder(r->study->folder));
  TRY(make_temporary(r));
  const char *terminal = getenv("TERM");
  r->display =
      (Display){.study = r->study,
                .reports = r->reports,
                .children = r->children,
                .n_children = r->options->n_jobs,
                .start = child_clock(),
                .is_watched = isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0};
  return status_ok();
}

/* [the launcher and its options] PROGRAM train ... --threads N */
static Status make_words(Runner *r, char ***words, Pool *pool, const StudyRun *run) {
  const RunnerOptions *o = r->options;
  Command command;
  int n = 0, n_threads = r->n_threads / (o->n_jobs * o->n_ranks);
  TRY(command_make(&command, pool, r->study, run, o->data));
  command.words[command.n++] = "--threads";
  TRY(pool_text(pool, &command.words[command.n++], "%d", n_threads));
  TRY(pool_items(pool, words, (size_t)command.n + MPIRUN_WORDS + 2, sizeof **words));
  if (o->n_ranks > 1) {
    Mpirun mpirun;
    mpirun_make(&mpirun, dist_version(), o->n_ranks);
    for (int i = 0; i < mpirun.n_words; i++)
      TRY(pool_text(pool, &(*words)[n++], "%s", mpirun.words[i]));
  }
  (*words)[n++] = r->program;
  memcpy(*words + n, command.words, (size_t)command.n * sizeof **words);
  return status_ok();
}

static Status launch(Runner *r, int slot, int run, Pool *pool) {
  Child *child = &r->children[slot];
  const StudyRun *what = &r->study->runs[run];
  cpu_set_t cpus;
  Launch launch = {.cpus = r->is_pinned ? &cpus : NULL};
  char **words, *folder;
  *child = (Child){
      .run = run, .by_mpirun = r->options->n_ranks > 1, .epochs_before = r->reports[run].epochs};
  TRY(pool_text(&r->pool, &child->log, "%s/%s.log", r->study->folder, what->name));
  TRY(make_words(r, &words, pool, what));
  TRY(pool_text(pool, &folder, "%s/%d", r->temporary, slot));
  TRY(result_make_folder(folder));
  launch.words = words;
  launch.temporary = folder;
  cores_part(&cpus, &r->cores, r->n_threads, slot, r->options->n_jobs);
  return child_start(child, &launch);
}

/* The next run that is still open; others may work on the same study. */
static void start_next(Runner *r, int slot) {
  for (; r->next < r->study->n_runs; r->next++) {
    int run = r->next;
    if (!state_is_open(r->reports[run].state)) continue;
    if (r->options->wanted && !r->options->wanted[run]) continue;
    state_look(&r->reports[run], &r->study->runs[run]);
    if (!state_is_open(r->reports[run].state)) continue;
    Pool pool = {0};
    Status status = launch(r, slot, run, &pool);
    pool_free(&pool);
    r->next++;
    if (status.code == STATUS_OK)
      r->n_alive++;
    else
      blame(r, &r->study->runs[run], status);
    return;
  }
}

static void finish(Runner *r, Child *child, int wait_status) {
  const StudyRun *run = &r->study->runs[child->run];
  StateReport *report = &r->reports[child->run];
  Status outcome = child_outcome(child, wait_status);
  child->pid = 0;
  r->n_alive--;
  state_look(report, run);
  if (report->epochs > child->epochs_before)
    r->display.epochs_ended += report->epochs - child->epochs_before;
  if (r->n_stops > 0 && outcome.code != STATUS_OK && state_is_open(report->state))
    outcome.code = STATUS_STOPPED; /* also if the signal came before the run could take it */
  display_end(&r->display, child, &outcome);
  if (outcome.code == STATUS_STOPPED)
    r->n_stopped++;
  else if (outcome.code != STATUS_OK && report->state == STATE_RUNNING)
    log_note("%s: %s took it first", run->path, report->text);
  else if (outcome.code == STATUS_OK && report->state != STATE_FINISHED)
    blame(r, run,
          status_error(STATUS_FAILED, "ended well, but its file is %s", state_word(report->state)));
  else if (outcome.code != STATUS_OK && report->state != STATE_DIVERGED)
    blame(r, run, outcome);
  else if (outcome.code != STATUS_OK)
    log_note("%s: %s", run->path, outcome.text);
}

static void reap(Runner *r) {
  for (int i = 0; i < r->options->n_jobs; i++) {
    int wait_status;
    Child *child = &r->children[i];
    if (child->pid > 0 && waitpid(child->pid, &wait_status, WNOHANG) == child->pid)
      finish(r, child, wait_status);
  }
}

static void stop(Runner *r, int number) {
  int is_forced = number == SIGINT && r->n_stops > 0;
  r->n_stops++;
  if (r->n_stops == 1 && r->n_alive > 0) {
    display_clear(&r->display);
    log_note("stopping: the runs save first%s",
             number == SIGINT ? "; a second interrupt kills them" : "");
  }
  for (int i = 0; i < r->options->n_jobs; i++)
    is_forced ? child_kill(&r->children[i]) : child_stop(&r->children[i]);
}

static void loop(Runner *r) {
  const struct timespec second = {.tv_sec = 1};
  for (;;) {
    for (int i = 0; i < r->options->n_jobs && r->n_stops == 0; i++)
      if (r->children[i].pid == 0) start_next(r, i);
    int is_over = r->n_stops > 0 || r->next >= r->study->n_runs;
    if (r->n_alive == 0 && is_over) return;
    if (r->n_alive == 0) continue; /* what was started has failed at once */
    display_progress(&r->display);
    int number = sigtimedwait(&r->signals, NULL, &second);
    if (number > 0 && number != SIGCHLD) stop(r, number);
    reap(r);
  }
}

/* What cannot go on is told before anything starts. */
static void refuse(Runner *r) {
  for (int i = 0; i < r->study->n_runs; i++) {
    const StateReport *report = &r->reports[i];
    const StudyRun *run = &r->study->runs[i];
    if (report->state == STATE_DIFFERENT)
      blame(r, run,
            status_error(STATUS_USAGE,
                         "is of another configuration: %s; move it away, or give another --out DIR",
                         report->text));
    else if (report->state == STATE_UNREADABLE)
      blame(r, run, status_error(report->code, "cannot go on: %s", report->text));
    else if (report->state == STATE_RUNNING)
      log_note("%s: left to %s", run->path, report->text);
  }
}

static Status judge(Runner *r) {
  char totals[256];
  int n_diverged = 0, n_finished = 0;
  for (int i = 0; i < r->study->n_runs; i++) {
    n_diverged += r->reports[i].state == STATE_DIVERGED;
    n_finished += r->reports[i].state == STATE_FINISHED;
  }
  listing_totals(totals, sizeof totals, r->reports, r->study->n_runs);
  display_clear(&r->display);
  printf("%s: %s\n", r->study->name, totals);
  if (n_finished == r->study->n_runs)
    printf("to compare them: normlab compare %s/*.h5\n", r->study->folder);
  fflush(stdout);
  if (r->n_stops > 0 || r->n_stopped > 0)
    return status_error(STATUS_STOPPED, "%s: stopped on request (%s); the same command goes on",
                        r->study->name, totals);
  if (r->first.code != STATUS_OK)
    return status_error(r->first.code, "%s: not all runs are done: %s", r->study->name, totals);
  if (n_diverged > 0)
    return status_error(STATUS_NUMBERS, "%s: %d diverged", r->study->name, n_diverged);
  return status_ok();
}

static void announce(const Runner *r) {
  char totals[256];
  const RunnerOptions *o = r->options;
  int n_threads = r->n_threads / (o->n_jobs * o->n_ranks);
  listing_totals(totals, sizeof totals, r->reports, r->study->n_runs);
  printf("%s: %s; %d at once, %d rank%s x %d thread%s each\n", r->study->name, totals, o->n_jobs,
         o->n_ranks, o->n_ranks > 1 ? "s" : "", n_threads, n_threads > 1 ? "s" : "");
  fflush(stdout);
}

Status runner_run(const Study *study, StateReport *reports, const RunnerOptions *options) {
  Runner r = {.study = study, .reports = reports, .options = options};
  const int NUMBERS[] = {SIGINT, SIGTERM, SIGUSR1, SIGCHLD};
  sigemptyset(&r.signals);
  for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) sigaddset(&r.signals, NUMBERS[i]);
  Status status = set_up(&r);
  if (status.code == STATUS_OK) {
    signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit statuses of the runs with it */
    sigprocmask(SIG_BLOCK, &r.signals, &r.before);
    announce(&r);
    refuse(&r);
    loop(&r);
    status = judge(&r);
    sigprocmask(SIG_SETMASK, &r.before, NULL);
  }
  if (r.temporary[0]) nftw(r.temporary, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  pool_free(&r.pool);
  free(r.cores.cpu);
  return status;
}
