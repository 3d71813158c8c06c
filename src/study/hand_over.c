#include "hand_over.h"

#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXTRA_WORDS = 16 };

/* The word behind "afterany", or NULL: jobs that have to end first. */
typedef struct After {
  char *text;
} After;

static Status add_after(After *after, Pool *pool, const char *id) {
  return pool_text(pool, &after->text, "%s:%s", after->text ? after->text : "afterany", id);
}

static const QueueJob *find_job(const QueueJob *jobs, int n, const char *id) {
  for (int i = 0; i < n; i++)
    if (strcmp(jobs[i].id, id) == 0) return &jobs[i];
  return NULL;
}

/* Until none of these jobs runs or waits; those whose processes live on are added to *after. */
static Status see_cancelled(After *after, const HandOver *what, const QueueJob *const *gone,
                            int n_gone) {
  enum { TRIES = 20 };
  const struct timespec pause = {.tv_nsec = 500000000};
  for (int try = 0; n_gone > 0; try++) {
    QueueJob *jobs;
    int n, n_alive = 0;
    TRY(queue_read(&jobs, &n, what->pool, what->folders, what->n_folders));
    for (int i = 0; i < n_gone; i++) {
      const QueueJob *job = find_job(jobs, n, gone[i]->id);
      n_alive += job && !job->is_ending;
      if (job && try == TRIES && !job->is_ending)
        return status_error(
            STATUS_FAILED, "scancel: job %s is queued all the same; nothing is submitted", job->id);
    }
    for (int i = 0; i < n_gone && n_alive == 0; i++)
      if (find_job(jobs, n, gone[i]->id)) TRY(add_after(after, what->pool, gone[i]->id));
    if (n_alive == 0) break;
    nanosleep(&pause, NULL);
  }
  return status_ok();
}

static Status cancel_others(After *after, const HandOver *what) {
  const QueueJob **gone;
  int n = 0;
  TRY(pool_items(what->pool, &gone, (size_t)what->n_jobs, sizeof *gone));
  for (int i = 0; i < what->n_jobs; i++) {
    const JobPlan *plan = &what->jobs[i];
    if (plan->relation != JOB_OTHER && plan->relation != JOB_DROPPED) continue;
    log_note("%s: job %s is cancelled", plan->out, plan->job->id);
    gone[n++] = plan->job;
  }
  TRY(queue_cancel(what->pool, gone, n));
  return see_cancelled(after, what, gone, n);
}

/* Whether a job of this submission is queued, or that is not known. */
static int is_queued(const HandOver *what) {
  QueueJob *jobs;
  int n;
  Status status = queue_read(&jobs, &n, what->pool, what->folders, what->n_folders);
  if (status.code != STATUS_OK) return 1;
  for (int i = 0; i < n; i++)
    if (strcmp(jobs[i].folder, what->submission->folder) == 0) return 1;
  return 0;
}

/* The value of --dependency among the options of sbatch, or NULL. */
static const char *own_dependency(const SubmitRequest *request) {
  const char *found = NULL;
  for (int i = 0; i < request->n_options; i++) {
    const char *word = request->options[i];
    const char *next = i + 1 < request->n_options ? request->options[i + 1] : NULL;
    if (strcmp(word, "-d") == 0 || strcmp(word, "--dependency") == 0)
      found = next;
    else if (strncmp(word, "-d", 2) == 0)
      found = word + 2;
    else if (strncmp(word, "--dependency=", 13) == 0)
      found = word + 13;
  }
  return found;
}

/* A job to be submitted. */
typedef struct Part {
  SubmissionScript script;
  int stage;
  const char *name;   /* behind the study's */
  const char *output; /* in the folder */
  int n_tasks;        /* of an array; 0: it is none */
  int is_small;       /* 1: one process, whatever the options say */
  int follows_step;   /* 1: it does not start if a step has failed */
  const char *after;  /* the value of --dependency; NULL: it waits for nothing */
} Part;

/* Whether the user names the jobs: -J, --job-name or the variable of sbatch. */
static int are_named(const SubmitRequest *request) {
  for (int i = 0; i < request->n_options; i++)
    if (strncmp(request->options[i], "-J", 2) == 0 ||
        strncmp(request->options[i], "--job-name", 10) == 0)
      return 1;
  return getenv("SBATCH_JOB_NAME") != NULL;
}

/* The options that are decided here, behind those of the user. */
static Status add_own(char **words, int *n, const HandOver *what, const Part *part) {
  static char *const SMALL[] = {"--ntasks=1", "--nodes=1", "--cpus-per-task=1"};
  const char *at_once = getenv("NORMLAB_AT_ONCE");
  if (part->n_tasks > 0)
    TRY(pool_text(what->pool, &words[(*n)++], "--array=1-%d%s%s", part->n_tasks,
                  at_once && *at_once ? "%" : "", at_once ? at_once : ""));
  for (size_t i = 0; i < sizeof SMALL / sizeof *SMALL && part->is_small; i++)
    words[(*n)++] = SMALL[i];
  if (!part->after) return status_ok();
  /* What waits for a step that has failed would wait for ever. */
  if (part->follows_step) words[(*n)++] = "--kill-on-invalid-dep=yes";
  return pool_text(what->pool, &words[(*n)++], "--dependency=%s", part->after);
}

/* sbatch --parsable --output=FOLDER/OUTPUT [--job-name=NAME] OPTIONS [own] SCRIPT FOLDER [STAGE] */
static Status submit(char **job, const HandOver *what, const Part *part) {
  const SubmitRequest *request = what->request;
  const char *folder = what->submission->folder;
  char **words, *escaped;
  int n = 0;
  size_t used = 0;
  TRY(pool_items(what->pool, &words, (size_t)request->n_options + EXTRA_WORDS, sizeof *words));
  TRY(pool_items(what->pool, &escaped, 2 * strlen(folder) + 1, 1));
  for (const char *c = folder; *c; c++) {
    if (*c == '%') escaped[used++] = '%';
    escaped[used++] = *c;
  }
  words[n++] = "sbatch";
  words[n++] = "--parsable";
  TRY(pool_text(what->pool, &words[n++], "--output=%s/%s", escaped, part->output));
  if (!are_named(request))
    TRY(pool_text(what->pool, &words[n++], "--job-name=%s%s", what->name, part->name));
  for (int i = 0; i < request->n_options; i++) words[n++] = request->options[i];
  TRY(add_own(words, &n, what, part));
  TRY(pool_text(what->pool, &words[n++], "%s/jobs/%s", folder, SUBMISSION_SCRIPTS[part->script]));
  words[n++] = (char *)folder;
  if (part->stage > 0) TRY(pool_text(what->pool, &words[n++], "%d", part->stage));
  TRY(queue_submit(job, what->pool, words));
  printf("%s\n", *job);
  fflush(stdout);
  return submission_note(what->submission, part->script, part->stage, *job);
}

static Status submit_runs_now(After *queued, const HandOver *what, After *after) {
  int n = what->submission->lists[0].n, is_array = what->request->title != NULL;
  char *job = NULL;
  if (n == 0) return status_ok();
  const char *dependency = own_dependency(what->request);
  if (after->text && dependency)
    TRY(pool_text(what->pool, &after->text, "%s,%s", after->text, dependency));
  const Part part = {.script = is_array ? SCRIPT_RUNS : SCRIPT_RUN,
                     .name = chain_first(&what->submission->chain),
                     .output = is_array ? "run-%a.out" : "run.out",
                     .n_tasks = is_array ? n : 0,
                     .after = after->text};
  Status status = submit(&job, what, &part);
  if (status.code != STATUS_OK && !job && !is_queued(what)) {
    submission_remove(what->submission->folder);
    return status_error(status.code, "%.900s; nothing is queued", status.text);
  }
  if (status.code != STATUS_OK)
    return status_error(status.code, "%.800s; submit again: what is queued will be found",
                        status.text);
  log_note("%d run%s: job %s, in %s", n, n > 1 ? "s" : "", job, what->submission->folder);
  return is_array ? add_after(queued, what->pool, job) : status_ok();
}

/* Adds what is queued of these runs. */
static Status add_queued(const HandOver *what, After *after) {
  const char *last = "";
  for (int i = 0; i < what->n_jobs; i++) {
    const JobPlan *plan = &what->jobs[i];
    int is_run = plan->relation == JOB_SAME ||
                 (plan->relation == JOB_DROPPED && !what->request->cancels && what->request->chain);
    if (!is_run || strcmp(plan->job->array, last) == 0) continue;
    last = plan->job->array;
    TRY(add_after(after, what->pool, last));
  }
  return status_ok();
}

/* "afterok:STEP,afterany:RUNS", or what there is of it. */
static Status join(Part *part, Pool *pool, const char *step, const After *runs) {
  char *joined;
  part->after = runs->text;
  if (!step) return status_ok();
  part->follows_step = 1;
  TRY(pool_text(pool, &joined, "afterok:%s%s%s", step, runs->text ? "," : "",
                runs->text ? runs->text : ""));
  part->after = joined;
  return status_ok();
}

/* A step and the array behind it. *step is the job of the step before, and becomes this one; *runs
 * are the jobs that it waits for, and become that array. */
static Status submit_step(const char **step, After *runs, const HandOver *what, int stage) {
  const ChainStep *plan = &what->submission->chain.steps[stage - 1];
  Part part = {.script = SCRIPT_STEP, .stage = stage, .is_small = 1};
  char *name, *output, *job;
  TRY(chain_step_name(&name, what->pool, plan));
  TRY(pool_text(what->pool, &output, "%s.out", name));
  TRY(pool_text(what->pool, &name, "-%s", name));
  part.name = name;
  part.output = output;
  TRY(join(&part, what->pool, *step, runs));
  TRY(submit(&job, what, &part));
  log_note("%s: job %s", name + 1, job);
  *step = job;
  *runs = (After){NULL};
  if (plan->n_tasks == 0) return status_ok();
  TRY(pool_text(what->pool, &output, "run-%d-%%a.out", stage));
  Part array = {.script = SCRIPT_RUNS,
                .stage = stage,
                .name = "",
                .output = output,
                .n_tasks = plan->n_tasks};
  TRY(join(&array, what->pool, *step, runs));
  TRY(submit(&job, what, &array));
  log_note("at most %d runs behind it: job %s", plan->n_tasks, job);
  return add_after(runs, what->pool, job);
}

/* Behind all that is queued of these runs: the steps, and the comparison. */
static Status submit_rest(const HandOver *what, After *runs) {
  const char *step = NULL;
  char *job;
  TRY(add_queued(what, runs));
  for (int stage = 1; stage <= what->submission->chain.n_steps; stage++)
    TRY(submit_step(&step, runs, what, stage));
  Part part = {
      .script = SCRIPT_COMPARISON, .name = "-compare", .output = "comparison.out", .is_small = 1};
  TRY(join(&part, what->pool, step, runs));
  TRY(submit(&job, what, &part));
  if (step)
    log_note("comparison: job %s", job);
  else
    log_note("comparison of %d files: job %s", what->request->n_runs, job);
  return status_ok();
}

static Status replace_followers(const HandOver *what) {
  const QueueJob **gone;
  int n = 0;
  const char *last = "";
  TRY(pool_items(what->pool, &gone, (size_t)what->n_jobs, sizeof *gone));
  for (int i = 0; i < what->n_jobs; i++)
    if (what->jobs[i].relation == JOB_FOLLOWS && what->jobs[i].job->is_waiting)
      gone[n++] = what->jobs[i].job;
  for (int i = 0; i < n; i++) {
    if (strcmp(gone[i]->array, last) == 0) continue;
    last = gone[i]->array;
    log_note("job %s, which waits behind an earlier submission, is cancelled", last);
  }
  return queue_cancel(what->pool, gone, n);
}

Status hand_over(const HandOver *what) {
  After queued = {NULL}, after = {NULL};
  if (what->request->cancels) TRY(cancel_others(&after, what));
  TRY(submit_runs_now(&queued, what, &after));
  if (!what->request->title) return status_ok();
  Status status = submit_rest(what, &queued);
  if (status.code != STATUS_OK)
    return status_error(
        status.code, "%.800s; not all that follows is queued: submit again, what is queued stays",
        status.text);
  return replace_followers(what);
}
