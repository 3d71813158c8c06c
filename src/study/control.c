#include "study/control.h"

#include "base/log.h"
#include "queue.h"
#include "submit_paths.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What is done with jobs that wait and with those that run; NULL: nothing. */
typedef struct Row {
  const char *command[2], *verb[2]; /* the verb of scontrol; NULL: the command has none */
  const char *done[2], *would[2];
} Row;
enum { WAITS, RUNS };

static const Row ROWS[N_CONTROLS] = {
    [CONTROL_CANCEL] = {{"scancel", "scancel"},
                        {NULL, NULL},
                        {"is cancelled", "saves and ends"},
                        {"would be cancelled", "would save and end"}},
    [CONTROL_PAUSE] = {{"scontrol", "scontrol"},
                       {"hold", "requeuehold"},
                       {"is held", "saves, ends and is held"},
                       {"would be held", "would save, end and be held"}},
    [CONTROL_RESUME] = {
        {"scontrol", NULL}, {"release", NULL}, {"may start", NULL}, {"might start", NULL}}};

typedef struct Target {
  char id[64];
  const char *name; /* of the run, or of what the job does */
  int way;          /* WAITS, RUNS */
  int is_follower;  /* 1: it waits for others, and would start when they are gone */
} Target;

typedef struct Control {
  const ControlRequest *request;
  Pool pool;
  char *title, *results; /* absolute; results NULL: not known */
  Target *targets;       /* [n] */
  int n, n_left;         /* running jobs that are left as they are */
} Control;

static int is_below(const char *folder, const char *results) {
  static const char BELOW[] = "/submissions/";
  const size_t n = strlen(results);
  return strncmp(folder, results, n) == 0 && strncmp(folder + n, BELOW, sizeof BELOW - 1) == 0;
}

/* A submission whose folder is gone is ours by its place. */
static int is_ours(const Control *c, const QueueJob *job, const Submission *submission) {
  if (c->results && !is_below(job->folder, c->results)) return 0;
  if (!submission) return c->results && access(job->folder, F_OK) != 0;
  return strcmp(submission->title, c->title) == 0;
}

/* With a norm, a name, or a name in front of the values that are tuned. */
static int is_called(const StudyVariant *variant, const char *name) {
  char norm[NORM_SPEC_TEXT];
  const size_t n = strlen(name);
  norm_spec_text(norm, variant->config->network.norm);
  return strcmp(norm, name) == 0 ||
         (strncmp(variant->title, name, n) == 0 && strchr(",", variant->title[n]));
}

static const StudyRun *find_run(Pool *pool, const Study *study, const char *out) {
  for (int i = 0; study && i < study->n_runs; i++) {
    char *path;
    if (path_absolute(&path, pool, study->runs[i].path).code != STATUS_OK) return NULL;
    if (strcmp(path, out) == 0) return &study->runs[i];
  }
  return NULL;
}

/* Whether a run is of one of the variants that are asked for. */
static int is_meant(Control *c, const FrozenRun *run) {
  const ControlRequest *request = c->request;
  if (request->n_variants == 0) return 1;
  if (!run) return 0;
  const StudyRun *found = find_run(&c->pool, request->study, run->out);
  if (!found) found = find_run(&c->pool, request->study->tuning, run->out);
  for (int i = 0; found && i < request->n_variants; i++)
    if (is_called(found->variant, request->variants[i])) return 1;
  return 0;
}

static int is_one_of(const Study *study, const char *name) {
  for (int i = 0; study && i < study->n_variants; i++)
    if (is_called(&study->variants[i], name)) return 1;
  return 0;
}

static Status check_variants(const ControlRequest *request) {
  for (int i = 0; i < request->n_variants; i++) {
    const char *name = request->variants[i];
    if (!request->study)
      return status_error(STATUS_USAGE, "study: --variant %.100s: a list has no variants", name);
    if (!is_one_of(request->study, name) && !is_one_of(request->study->tuning, name))
      return status_error(
          STATUS_USAGE,
          "study: --variant %.100s: no variant of %.400s has this name or norm; see "
          "normlab study %.400s list",
          name, request->title, request->title);
  }
  return status_ok();
}

/* The name of a result without its folder and its ending. */
static Status name_of(const char **name, Pool *pool, const QueueJob *job, const FrozenRun *run) {
  char *text;
  *name = SUBMISSION_KINDS[job->script];
  if (!run) return status_ok();
  const char *base = strrchr(run->out, '/');
  base = base ? base + 1 : run->out;
  const size_t n = strlen(base);
  TRY(pool_text(pool, &text, "%.*s", (int)(n > 3 ? n - 3 : n), base));
  *name = text;
  return status_ok();
}

/* Whether there is something to do. Comparisons and steps are short, and are not held while they
 * run. */
static int is_due(Control *c, const QueueJob *job) {
  const int is_run = job->script == SCRIPT_RUNS || job->script == SCRIPT_RUN;
  if (job->is_ending) return 0;
  switch (c->request->action) {
  case CONTROL_CANCEL:
    return 1;
  case CONTROL_RESUME:
    return job->is_held;
  default:
    break;
  }
  if (job->is_waiting) return !job->is_held;
  c->n_left += !is_run;
  return is_run;
}

static Status add(Control *c, const QueueJob *job, const Submission *submission) {
  const FrozenRun *run = submission ? queue_run(job, submission) : NULL;
  if (!is_ours(c, job, submission) || !is_meant(c, run) || !is_due(c, job)) return status_ok();
  Target *target = &c->targets[c->n++];
  target->way = job->is_waiting ? WAITS : RUNS;
  target->is_follower = !run || job->stage > 0;
  snprintf(target->id, sizeof target->id, "%s", job->id);
  return name_of(&target->name, &c->pool, job, run);
}

/* Each submission is read once; jobs of one stand together. */
static Status look(Control *c) {
  QueueJob *jobs;
  Submission submission;
  int n, is_read = 0;
  const char *folder = "";
  TRY(queue_read(&jobs, &n, &c->pool, &c->results, c->results != NULL));
  TRY(pool_items(&c->pool, &c->targets, (size_t)n + 1, sizeof *c->targets));
  c->n = c->n_left = 0;
  for (int i = 0; i < n; i++) {
    if (strcmp(jobs[i].folder, folder) != 0) {
      folder = jobs[i].folder;
      is_read = submission_read(&submission, &c->pool, folder).code == STATUS_OK;
    }
    TRY(add(c, &jobs[i], is_read ? &submission : NULL));
  }
  return status_ok();
}

static void tell(const Control *c) {
  const Row *row = &ROWS[c->request->action];
  for (int i = 0; i < c->n; i++) {
    const Target *t = &c->targets[i];
    log_note("job %s, %s: %s", t->id, t->name,
             (c->request->is_dry ? row->would : row->done)[t->way]);
    if (!c->request->is_dry) printf("%s\n", t->id);
  }
  if (c->n_left > 0) log_note("%d that compare or decide right now are let go on", c->n_left);
  fflush(stdout);
}

/* Those that follow come first, or they would start. What the calls say is told by what has become
 * of the jobs, as a job may end in between. */
static Status call_slurm(Control *c) {
  const Row *row = &ROWS[c->request->action];
  const char **ids;
  Status first = status_ok();
  TRY(pool_items(&c->pool, &ids, (size_t)c->n + 1, sizeof *ids));
  for (int round = 0; round < 4; round++) {
    const int follows = round < 2, way = round % 2;
    int n = 0;
    for (int i = 0; i < c->n; i++)
      if (c->targets[i].is_follower == follows && c->targets[i].way == way)
        ids[n++] = c->targets[i].id;
    if (n == 0) continue;
    Status status = queue_call(&c->pool, row->command[way], row->verb[way], ids, n);
    if (first.code == STATUS_OK) first = status;
  }
  return first;
}

/* Does it until nothing is left to do. */
static Status carry_out(Control *c) {
  enum { TRIES = 20, AGAIN = 4 };
  const struct timespec pause = {.tv_nsec = 500000000};
  Status status = status_ok();
  for (int try = 0; try < TRIES && c->n > 0; try++) {
    /* What has started or ended meanwhile needs another call. */
    if (try % AGAIN == 0) status = call_slurm(c);
    if (try > 0) nanosleep(&pause, NULL);
    TRY(look(c));
  }
  if (c->n == 0) return status_ok();
  return status_error(STATUS_FAILED, "job %s, %s, and %d more: Slurm has not done it%s%.600s",
                      c->targets[0].id, c->targets[0].name, c->n - 1,
                      status.code == STATUS_OK ? "" : ": ",
                      status.code == STATUS_OK ? "" : status.text);
}

static Status control(Control *c) {
  const ControlRequest *request = c->request;
  int lock = -1;
  TRY(check_variants(request));
  TRY(path_absolute(&c->title, &c->pool, request->title));
  if (request->study) TRY(path_absolute(&c->results, &c->pool, request->study->folder));
  TRY(look(c));
  if (c->n > 0 && c->results && !request->is_dry) {
    TRY(submissions_lock(&lock, c->results));
    Status status = look(c);
    if (status.code != STATUS_OK) close(lock);
    TRY(status);
  }
  tell(c);
  if (c->n == 0)
    log_note("%s: %s", request->title,
             request->action == CONTROL_RESUME ? "none of its jobs is held"
                                               : "none of its jobs waits or runs");
  Status status = request->is_dry ? status_ok() : carry_out(c);
  if (request->is_dry) log_note("dry run: nothing is done");
  if (lock >= 0) close(lock);
  return status;
}

Status control_jobs(const ControlRequest *request) {
  Control c = {.request = request};
  Status status = control(&c);
  pool_free(&c.pool);
  return status;
}
