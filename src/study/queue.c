#include "queue.h"

#include "call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FOLDER[] = "/submissions";
enum { FIELDS = 6, MOST_TASKS = 1 << 22, FOLDER_NAME = sizeof FOLDER - 1 };

/* What would filter the answer, make a job an array, or is of a job that this is called in. */
static const char *const HIDDEN[] = {"SQUEUE_", "SBATCH_ARRAY_INX", "SBATCH_WAIT", NULL};
static const char *const HIDDEN_IN_JOB[] = {"SQUEUE_",        "SBATCH_ARRAY_INX",   "SBATCH_WAIT",
                                            "SLURM_NTASKS",   "SLURM_NPROCS",       "SLURM_NNODES",
                                            "SLURM_NODE",     "SLURM_CPU",          "SLURM_TASK",
                                            "SLURM_JOB",      "SLURM_MEM_",         "SLURM_ARRAY",
                                            "SLURM_STEP",     "SLURM_RESTART",      "SLURM_PROCID",
                                            "SLURM_LOCALID",  "SLURM_GTIDS",        "SLURM_SRUN",
                                            "SLURM_LAUNCH",   "SLURM_DISTRIBUTION", "SLURM_SUBMIT",
                                            "SLURM_TOPOLOGY", "SLURM_THREADS",      "SLURM_EXPORT",
                                            "SLURM_PRIO",     "SLURM_UMASK",        "SLURM_WORKING",
                                            "SLURM_MPI_TYPE", "SLURM_HINT",         "PMIX_",
                                            "PMI_",           "OMPI_COMM_",         NULL};

/* Seconds that Slurm has to answer. */
static double patience(void) {
  const char *text = getenv("NORMLAB_SLURM_SECONDS");
  double seconds = text ? strtod(text, NULL) : 0;
  return seconds > 0 && seconds <= 86400 ? seconds : 180;
}

static Status call(char **output, Pool *pool, char *const *words) {
  Call call = {.words = words,
               .hide = getenv("SLURM_JOB_ID") ? HIDDEN_IN_JOB : HIDDEN,
               .seconds = patience()};
  int exit_status;
  TRY(call_run(output, &exit_status, pool, &call));
  if (exit_status == 0) return status_ok();
  return status_error(STATUS_FAILED, "%s: has failed with status %d", words[0], exit_status);
}

/* The number that is the last word of a command behind the script, or 0. A folder of a submission
 * does not end in one. */
static int last_number(const char *text) {
  const char *space = strrchr(text, ' ');
  size_t n = space ? strspn(space + 1, "0123456789") : 0;
  return n > 0 && n < 9 && !space[1 + n] ? (int)strtol(space + 1, NULL, 10) : 0;
}

/* The folder, script and stage of a command "FOLDER/jobs/study.sbatch FOLDER [STAGE]". */
static Status find_folder(QueueJob *job, Pool *pool, char *command) {
  for (int i = 0; i < N_SCRIPTS; i++) {
    char tail[64];
    int length = snprintf(tail, sizeof tail, "/jobs/%s", SUBMISSION_SCRIPTS[i]);
    char *place = strstr(command, tail);
    if (!place || !strchr(" ", place[length])) continue;
    *place = '\0';
    const char *id = strrchr(command, '/');
    if (id && id - command >= FOLDER_NAME && strncmp(id - FOLDER_NAME, FOLDER, FOLDER_NAME) == 0) {
      job->script = (SubmissionScript)i;
      job->stage = last_number(place + length);
      return pool_text(pool, &job->folder, "%s", command);
    }
    *place = '/';
  }
  return status_ok();
}

/* Takes one range "3", "3-7" or "3-7:2" and moves behind it and a comma. */
static int take_range(int *first, int *last, int *step, char **text) {
  char *end;
  *first = *last = (int)strtol(*text, &end, 10);
  *step = 1;
  if (end == *text || *first < 0) return 0;
  if (*end == '-') *last = (int)strtol(end + 1, &end, 10);
  if (*end == ':') *step = (int)strtol(end + 1, &end, 10);
  if (*end == ',') end++;
  *text = end;
  return *step > 0 && *last >= *first && *last < MOST_TASKS;
}

typedef struct Reading {
  QueueJob *jobs;
  int n, room;
  Pool *pool;
  char *const *results;
  int n_results;
} Reading;

static Status add(Reading *r, const QueueJob *job) {
  if (r->n == r->room) {
    QueueJob *more;
    int room = 2 * r->room + 64;
    TRY(pool_items(r->pool, &more, (size_t)room, sizeof *more));
    if (r->n > 0) memcpy(more, r->jobs, (size_t)r->n * sizeof *more);
    r->jobs = more;
    r->room = room;
  }
  r->jobs[r->n++] = *job;
  return status_ok();
}

static Status not_understood(const char *line) {
  return status_error(STATUS_FAILED, "squeue: says what is not understood: %.200s", line);
}

/* All tasks of a line that stands for several. */
static Status add_tasks(Reading *r, const QueueJob *job, char *tasks) {
  char *rest = tasks;
  while (*rest && *rest != '%') {
    int first, last, step;
    if (!take_range(&first, &last, &step, &rest)) return not_understood(tasks);
    for (int task = first; task <= last; task += step) {
      QueueJob one = *job;
      one.task = task;
      TRY(pool_text(r->pool, &one.id, "%s_%d", job->array, task));
      TRY(add(r, &one));
    }
  }
  return status_ok();
}

/* Of a job that squeue does not tell the command of. */
static void look_up(Reading *r, QueueJob *job) {
  for (int i = 0; i < r->n_results; i++)
    if (submission_find(&job->folder, &job->script, &job->stage, r->pool, r->results[i],
                        job->array))
      return;
}

static Status take_line(Reading *r, char *line) {
  char *field[FIELDS], *rest = line;
  if (!*line || strncmp(line, "CLUSTER:", 8) == 0) return status_ok();
  for (int i = 0; i < FIELDS; i++) {
    field[i] = rest;
    if (i < FIELDS - 1 && !(rest = strchr(rest, '|'))) return not_understood(line);
    if (i < FIELDS - 1) *rest++ = '\0';
  }
  QueueJob job = {.id = field[0], .array = field[1]};
  job.is_waiting = strcmp(field[3], "PD") == 0;
  job.is_ending = strcmp(field[3], "CG") == 0;
  /* "JobHeldUser", "job requeued in held state" */
  job.is_held = job.is_waiting && (strstr(field[4], "Held") || strstr(field[4], "held"));
  TRY(find_folder(&job, r->pool, field[5]));
  if (!*field[5] || strcmp(field[5], "(null)") == 0) look_up(r, &job);
  if (!job.folder) return status_ok();
  return strcmp(field[2], "N/A") == 0 ? add(r, &job) : add_tasks(r, &job, field[2]);
}

Status queue_parse(QueueJob **jobs, int *n, Pool *pool, char *text, char *const *results,
                   int n_results) {
  Reading r = {.pool = pool, .results = results, .n_results = n_results};
  for (char *next = text; next;) {
    char *line = next;
    next = strchr(line, '\n');
    if (next) *next++ = '\0';
    TRY(take_line(&r, line));
  }
  *jobs = r.jobs;
  *n = r.n;
  return status_ok();
}

Status queue_read(QueueJob **jobs, int *n, Pool *pool, char *const *results, int n_results) {
  char *text;
  char *const words[] = {"squeue", "--noheader", "--all", "--array", "--format=%i|%F|%K|%t|%r|%o",
                         NULL};
  Status status = call(&text, pool, words);
  if (status.code == STATUS_OK) status = queue_parse(jobs, n, pool, text, results, n_results);
  if (status.code == STATUS_OK) return status;
  return status_error(status.code, "%.700s; it is not known what is queued, so nothing is done",
                      status.text);
}

Status queue_submit(char **job, Pool *pool, char *const *words) {
  char *text;
  *job = NULL;
  TRY(call(&text, pool, words));
  size_t length = strspn(text, "0123456789");
  if (length == 0 || !strchr(";\n", text[length]))
    return status_error(STATUS_FAILED, "sbatch: gives no number of a job, but: %.200s", text);
  text[length] = '\0';
  *job = text;
  return status_ok();
}

/* scancel takes words, scontrol one list. */
Status queue_call(Pool *pool, const char *command, const char *verb, const char *const *ids,
                  int n) {
  enum { AT_ONCE = 200 };
  for (int done = 0; done < n;) {
    char *words[AT_ONCE + 3] = {(char *)command, (char *)verb}, *output, *list = "";
    int k = verb ? 2 : 1;
    for (int end = done + AT_ONCE; done < n && done < end; done++) {
      if (verb)
        TRY(pool_text(pool, &list, "%s%s%s", list, *list ? "," : "", ids[done]));
      else
        words[k++] = (char *)ids[done];
    }
    if (verb) words[k++] = list;
    words[k] = NULL;
    TRY(call(&output, pool, words));
  }
  return status_ok();
}

const FrozenList *queue_list(const QueueJob *job, const Submission *submission) {
  const int is_run = job->script == SCRIPT_RUNS || job->script == SCRIPT_RUN;
  if (!is_run || job->stage < 0 || job->stage > submission->chain.n_steps) return NULL;
  const FrozenList *list = &submission->lists[job->stage];
  return list->is_there ? list : NULL;
}

const FrozenRun *queue_run(const QueueJob *job, const Submission *submission) {
  const FrozenList *list = queue_list(job, submission);
  const int task = job->script == SCRIPT_RUNS ? job->task : 1;
  return !list || task < 1 || task > list->n ? NULL : &list->runs[task - 1];
}

Status queue_cancel(Pool *pool, const QueueJob *const *jobs, int n) {
  const char **ids;
  TRY(pool_items(pool, &ids, (size_t)n + 1, sizeof *ids));
  for (int i = 0; i < n; i++) ids[i] = jobs[i]->id;
  return queue_call(pool, "scancel", NULL, ids, n);
}
