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

/* sbatch --parsable --output=FOLDER/OUTPUT OPTIONS [own] [--dependency=AFTER] SCRIPT FOLDER */
static Status submit(char **job, const HandOver *what, SubmissionScript script, const char *output,
                     char *const *own, const After *after) {
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
  TRY(pool_text(what->pool, &words[n++], "--output=%s/%s", escaped, output));
  for (int i = 0; i < request->n_options; i++) words[n++] = request->options[i];
  for (int i = 0; own[i]; i++) words[n++] = own[i];
  if (after->text) TRY(pool_text(what->pool, &words[n++], "--dependency=%s", after->text));
  TRY(pool_text(what->pool, &words[n++], "%s/jobs/%s", folder, SUBMISSION_SCRIPTS[script]));
  words[n++] = (char *)folder;
  TRY(queue_submit(job, what->pool, words));
  printf("%s\n", *job);
  fflush(stdout);
  return submission_note(what->submission, script, *job);
}

static Status submit_runs_now(After *compared, const HandOver *what, After *after) {
  const char *at_once = getenv("NORMLAB_AT_ONCE");
  int n = what->submission->n_runs, is_array = what->request->title != NULL;
  char *job = NULL, *array;
  if (n == 0) return status_ok();
  TRY(pool_text(what->pool, &array, "--array=1-%d%s%s", n, at_once && *at_once ? "%" : "",
                at_once ? at_once : ""));
  const char *dependency = own_dependency(what->request);
  if (after->text && dependency)
    TRY(pool_text(what->pool, &after->text, "%s,%s", after->text, dependency));
  char *const own[] = {is_array ? array : NULL, NULL};
  Status status = submit(&job, what, is_array ? SCRIPT_RUNS : SCRIPT_RUN,
                         is_array ? "run-%a.out" : "run.out", own, after);
  if (status.code != STATUS_OK && !job && !is_queued(what)) {
    submission_remove(what->submission->folder);
    return status_error(status.code, "%.900s; nothing is queued", status.text);
  }
  if (status.code != STATUS_OK)
    return status_error(status.code, "%.800s; submit again: what is queued will be found",
                        status.text);
  log_note("%d run%s: job %s, in %s", n, n > 1 ? "s" : "", job, what->submission->folder);
  return is_array ? add_after(compared, what->pool, job) : status_ok();
}

/* Behind all that is queued of these runs. */
static Status submit_comparison(const HandOver *what, After *after) {
  char *const own[] = {"--ntasks=1", "--nodes=1", "--cpus-per-task=1", NULL};
  char *job;
  const char *last = "";
  for (int i = 0; i < what->n_jobs; i++) {
    const JobPlan *plan = &what->jobs[i];
    if (plan->relation != JOB_SAME || strcmp(plan->job->array, last) == 0) continue;
    last = plan->job->array;
    TRY(add_after(after, what->pool, last));
  }
  Status status = submit(&job, what, SCRIPT_COMPARISON, "comparison.out", own, after);
  if (status.code != STATUS_OK)
    return status_error(status.code,
                        "%.800s; there is no comparison: submit again, what is queued stays",
                        status.text);
  log_note("comparison of %d files: job %s", what->request->n_runs, job);
  return status_ok();
}

static Status replace_comparisons(const HandOver *what) {
  const QueueJob **gone;
  int n = 0;
  TRY(pool_items(what->pool, &gone, (size_t)what->n_jobs, sizeof *gone));
  for (int i = 0; i < what->n_jobs; i++)
    if (what->jobs[i].relation == JOB_COMPARISON && what->jobs[i].job->is_waiting)
      gone[n++] = what->jobs[i].job;
  for (int i = 0; i < n; i++) log_note("job %s, an earlier comparison, is cancelled", gone[i]->id);
  return queue_cancel(what->pool, gone, n);
}

Status hand_over(const HandOver *what) {
  After compared = {NULL}, after = {NULL};
  if (what->request->cancels) TRY(cancel_others(&after, what));
  TRY(submit_runs_now(&compared, what, &after));
  if (!what->request->title) return status_ok();
  TRY(submit_comparison(what, &compared));
  return replace_comparisons(what);
}
