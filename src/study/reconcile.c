#include "reconcile.h"

#include "nn/kinds.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A result file, for looking up. */
typedef struct Name {
  const char *out;
  RunPlan *run;
} Name;

static int name_order(const void *a, const void *b) {
  return strcmp(((const Name *)a)->out, ((const Name *)b)->out);
}

/* Whether a queued run is another one than the run that is wanted, and in what. */
static int differs(char *text, size_t bytes, const WantedRun *wanted, const FrozenRun *frozen) {
  Config *queued;
  Status status = config_read(&queued, &NETWORK_KINDS, frozen->config, NULL, 0);
  if (status.code != STATUS_OK) return snprintf(text, bytes, "%.300s", status.text) > 0;
  int found = config_difference(text, bytes, wanted->run->config, queued);
  config_free(queued);
  if (found) return 1;
  if (strcmp(wanted->data_hash, frozen->data_hash) != 0)
    return snprintf(text, bytes, "data: images of hash %s here, %s there",
                    *wanted->data_hash ? wanted->data_hash : "none",
                    *frozen->data_hash ? frozen->data_hash : "none") > 0;
  if (strcmp(wanted->init_name, frozen->init) != 0)
    return snprintf(text, bytes, "--init: other weights") > 0;
  return 0;
}

static int is_of(const Submission *submission, const char *title, const char *results) {
  size_t length = strlen(results);
  return *title && strcmp(submission->title, title) == 0 &&
         strncmp(submission->folder, results, length) == 0 &&
         strncmp(submission->folder + length, "/submissions/", 13) == 0;
}

static void relate(JobPlan *plan, const Name *names, int n, const char *title,
                   const char *results) {
  if (!plan->submission) return;
  int is_ours = is_of(plan->submission, title, results);
  const FrozenList *list = queue_list(plan->job, plan->submission);
  if (!list && is_ours) plan->relation = JOB_FOLLOWS;
  const FrozenRun *frozen = queue_run(plan->job, plan->submission);
  if (!frozen) return;
  plan->out = frozen->out;
  Name key = {.out = frozen->out};
  const Name *name = bsearch(&key, names, (size_t)n, sizeof key, name_order);
  if (!name) {
    if (is_ours) plan->relation = JOB_DROPPED;
    return;
  }
  RunPlan *run = name->run;
  char text[300];
  if (!differs(text, sizeof text, run->wanted, frozen)) {
    plan->relation = JOB_SAME;
    run->job = plan->job;
    return;
  }
  plan->relation = JOB_OTHER;
  run->other = plan->job;
  snprintf(run->text, sizeof run->text, "is queued with another configuration, job %s: %s",
           plan->job->id, text);
}

static void block(RunPlan *run, StatusCode code, const char *what, const char *text) {
  const QueueJob *job = run->other ? run->other : run->job;
  run->decision = RUN_BLOCKED;
  run->code = code;
  snprintf(run->text, sizeof run->text, "%s: %s%s%s", what, text,
           job ? "; it is written by job " : "", job ? job->id : "");
}

static Decision decide(const RunPlan *run, int cancels) {
  if (run->other && !cancels) return RUN_CONFLICTS;
  if (run->job) return RUN_QUEUED;
  if (run->report.state == STATE_RUNNING && !run->other) return RUN_ELSEWHERE;
  return run->is_later ? RUN_LATER : RUN_QUEUES;
}

static void judge(RunPlan *run, int cancels) {
  const StateReport *report = &run->report;
  int has_other_data = report->data[0] && run->wanted->data_hash[0] &&
                       strcmp(report->data, run->wanted->data_hash) != 0;
  if (report->state == STATE_DIFFERENT)
    block(run, STATUS_USAGE, "its file is of another configuration", report->text);
  else if (report->state == STATE_UNREADABLE)
    block(run, report->code, "its file cannot be read", report->text);
  else if (has_other_data)
    block(run, STATUS_DATA, "its file is of other images, of hash", report->data);
  else if (!state_is_open(report->state) && report->state != STATE_RUNNING)
    run->decision = RUN_DONE;
  else
    run->decision = decide(run, cancels);
  if (run->decision == RUN_CONFLICTS) run->code = STATUS_USAGE;
}

Status reconcile(RunPlan *runs, int n_runs, JobPlan *jobs, int n_jobs, const char *title,
                 const char *results, int cancels) {
  Name *names = calloc((size_t)n_runs + 1, sizeof *names);
  if (!names) return status_error(STATUS_MEMORY, "submit: no memory");
  for (int i = 0; i < n_runs; i++) names[i] = (Name){.out = runs[i].wanted->out, .run = &runs[i]};
  qsort(names, (size_t)n_runs, sizeof *names, name_order);
  for (int i = 0; i < n_jobs; i++) relate(&jobs[i], names, n_runs, title, results);
  free(names);
  for (int i = 0; i < n_runs; i++) judge(&runs[i], cancels);
  return status_ok();
}
