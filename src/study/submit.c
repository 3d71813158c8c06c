#include "study/submit.h"

#include "base/log.h"
#include "base/version.h"
#include "hand_over.h"
#include "reconcile.h"
#include "submit_check.h"
#include "submit_paths.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Submit {
  const SubmitRequest *request;
  Pool pool;
  char *results; /* the absolute folder that the submission is made in */
  char *title;   /* absolute; "" for a single run */
  WantedRun *wanted;
  RunPlan *runs; /* [request->n_runs] */
  JobPlan *jobs; /* [n_jobs] */
  int n_jobs, n_new;
  char **folders; /* [n_folders], of all result files, in order */
  int *locks;     /* [n_folders] */
  int n_folders;
  Chain chain; /* of the request, with what is frozen */
  char *name;  /* what the jobs are called */
} Submit;

static int text_order(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* sbatch would take a word that is no option, nor the value of one, for its script. */
static Status check_words(char *const *words, int n) {
  for (int i = 0; i < n; i++) {
    int is_value = i > 0 && words[i - 1][0] == '-' && !strchr(words[i - 1], '=');
    if (words[i][0] != '-' && !is_value)
      return status_error(STATUS_USAGE, "submit: %.200s: is no option of sbatch", words[i]);
  }
  return status_ok();
}

/* Options of sbatch that this decides itself, and why. */
static Status check_options(const SubmitRequest *request) {
  static const struct {
    const char *name, *letter, *why;
  } REFUSED[] = {
      {"--array", "-a", "the array is made of the runs; NORMLAB_AT_ONCE limits it"},
      {"--wrap", NULL, "the script is normlab's"},
      {"--wait", "-W", "a submission does not wait for its jobs"},
      {"--clusters", "-M", "what is queued elsewhere is not known; submit on that cluster"},
      {"--test-only", NULL, "use --dry-run"}};
  for (int i = 0; i < request->n_options; i++)
    for (size_t k = 0; k < sizeof REFUSED / sizeof *REFUSED; k++) {
      const char *word = request->options[i], *letter = REFUSED[k].letter;
      size_t length = strlen(REFUSED[k].name);
      int is_it = strncmp(word, REFUSED[k].name, length) == 0 && strchr("=", word[length]);
      if (is_it || (letter && strncmp(word, letter, 2) == 0))
        return status_error(STATUS_USAGE, "submit: %.100s: %s", word, REFUSED[k].why);
    }
  if (getenv("SBATCH_CLUSTERS"))
    return status_error(STATUS_USAGE, "submit: SBATCH_CLUSTERS is set: %s", REFUSED[3].why);
  return status_ok();
}

static Status find_folders(Submit *s) {
  int n = s->request->n_runs;
  TRY(pool_items(&s->pool, &s->folders, (size_t)n + 2, sizeof *s->folders));
  TRY(pool_items(&s->pool, &s->locks, (size_t)n + 2, sizeof *s->locks));
  for (int i = 0; i < n; i++) {
    const char *out = s->wanted[i].out;
    size_t length = (size_t)(strrchr(out, '/') - out);
    int k = s->n_folders - 1;
    while (k >= 0 && (strncmp(s->folders[k], out, length) != 0 || s->folders[k][length])) k--;
    if (k < 0) TRY(pool_text(&s->pool, &s->folders[s->n_folders++], "%.*s", (int)length, out));
  }
  if (s->request->folder)
    TRY(path_absolute(&s->results, &s->pool, s->request->folder));
  else
    s->results = s->folders[0];
  int k = 0;
  while (k < s->n_folders && strcmp(s->folders[k], s->results) != 0) k++;
  if (k == s->n_folders) s->folders[s->n_folders++] = s->results;
  qsort(s->folders, (size_t)s->n_folders, sizeof *s->folders, text_order);
  return status_ok();
}

static int wanted_order(const void *a, const void *b) {
  return strcmp((*(const WantedRun *const *)a)->out, (*(const WantedRun *const *)b)->out);
}

static Status check_distinct(Submit *s) {
  const WantedRun **sorted;
  int n = s->request->n_runs;
  TRY(pool_items(&s->pool, &sorted, (size_t)n, sizeof *sorted));
  for (int i = 0; i < n; i++) sorted[i] = &s->wanted[i];
  qsort(sorted, (size_t)n, sizeof *sorted, wanted_order);
  for (int i = 1; i < n; i++)
    if (strcmp(sorted[i - 1]->out, sorted[i]->out) == 0)
      return status_error(STATUS_USAGE, "submit: two runs have the file %s; give them --out",
                          sorted[i]->out);
  return status_ok();
}

/* That of the request, or that of the list or the result file without its ending. */
static Status find_name(Submit *s) {
  const char *path = *s->title ? s->title : s->wanted[0].out;
  const char *name = s->request->name ? s->request->name : strrchr(path, '/') + 1;
  size_t n = s->request->name ? strlen(name) : strcspn(name, ".");
  return pool_text(&s->pool, &s->name, "%.*s", (int)(n > 100 ? 100 : n), n > 0 ? name : "normlab");
}

static Status prepare(Submit *s) {
  const SubmitRequest *request = s->request;
  size_t n = (size_t)request->n_runs;
  TRY(check_words(request->options, request->n_options));
  TRY(check_options(request));
  TRY(pool_items(&s->pool, &s->wanted, n, sizeof *s->wanted));
  TRY(pool_items(&s->pool, &s->runs, n, sizeof *s->runs));
  for (int i = 0; i < request->n_runs; i++) {
    TRY(wanted_make(&s->wanted[i], &s->pool, &request->runs[i], s->wanted, i));
    s->runs[i].wanted = &s->wanted[i];
    s->runs[i].is_later = request->first && !request->first[i];
  }
  TRY(pool_text(&s->pool, &s->title, "%s", ""));
  if (request->title) TRY(path_absolute(&s->title, &s->pool, request->title));
  TRY(check_distinct(s));
  TRY(find_folders(s));
  TRY(find_name(s));
  if (!request->chain) return status_ok();
  s->chain = *request->chain;
  s->chain.source.data = s->wanted[0].data;
  s->chain.data_hash = s->wanted[0].data_hash;
  return status_ok();
}

/* The submissions of the jobs, each read once. */
static Status read_submissions(Submit *s, const QueueJob *jobs) {
  const Submission **known;
  int n = 0;
  TRY(pool_items(&s->pool, &known, (size_t)s->n_jobs, sizeof *known));
  for (int i = 0; i < s->n_jobs; i++) {
    Submission *submission;
    const char *folder = jobs[i].folder;
    s->jobs[i].job = &jobs[i];
    for (int k = 0; k < n && !s->jobs[i].submission; k++)
      if (strcmp(known[k]->folder, folder) == 0) s->jobs[i].submission = known[k];
    if (s->jobs[i].submission) continue;
    TRY(pool_items(&s->pool, &submission, 1, sizeof *submission));
    Status status = submission_read(submission, &s->pool, folder);
    size_t length = strlen(s->results);
    int is_ours = strncmp(folder, s->results, length) == 0 && folder[length] == '/';
    if (status.code == STATUS_OK)
      s->jobs[i].submission = known[n++] = submission;
    else if (is_ours && access(folder, F_OK) != 0)
      log_warning("job %s: %s is gone, so it will fail; scancel %s", jobs[i].id, folder,
                  jobs[i].id);
    else if (is_ours)
      return status;
  }
  return status_ok();
}

/* In this order: a job that ends in between has a file that says so. */
static Status look(Submit *s) {
  QueueJob *jobs;
  TRY(queue_read(&jobs, &s->n_jobs, &s->pool, s->folders, s->n_folders));
  TRY(pool_items(&s->pool, &s->jobs, (size_t)s->n_jobs, sizeof *s->jobs));
  TRY(read_submissions(s, jobs));
  for (int i = 0; i < s->request->n_runs; i++) {
    const StudyRun run = {.path = s->wanted[i].out, .config = s->request->runs[i].config};
    state_look(&s->runs[i].report, &run);
  }
  return reconcile(s->runs, s->request->n_runs, s->jobs, s->n_jobs, s->title, s->results,
                   s->request->cancels);
}

static void tell_run(const RunPlan *run, int is_dry) {
  const char *out = run->wanted->out;
  if (run->text[0])
    log_warning("%s: %s", out, run->text);
  else if (run->decision == RUN_QUEUED && run->job->is_ending)
    log_warning("%s: job %s is ending, or starts again: submit again when squeue has it no longer",
                out, run->job->id);
  else if (run->decision == RUN_QUEUED)
    log_note("%s: is queued already, job %s", out, run->job->id);
  else if (run->decision == RUN_ELSEWHERE)
    log_note("%s: is left to %s", out, run->report.text);
  else if (is_dry && run->decision == RUN_QUEUES)
    log_note("%s: would be queued", out);
}

static void tell_runs(const Submit *s) {
  static const char *const WORDS[N_DECISIONS] = {
      [RUN_QUEUES] = "to be queued",   [RUN_DONE] = "done",
      [RUN_QUEUED] = "queued already", [RUN_ELSEWHERE] = "run by another process",
      [RUN_LATER] = "for later looks", [RUN_CONFLICTS] = "queued otherwise",
      [RUN_BLOCKED] = "in the way"};
  int count[N_DECISIONS] = {0};
  char text[300];
  size_t used = 0;
  for (int i = 0; i < s->request->n_runs; i++) {
    const RunPlan *run = &s->runs[i];
    count[run->decision]++;
    tell_run(run, s->request->is_dry);
  }
  for (int d = 0; d < N_DECISIONS && used < sizeof text; d++)
    if (count[d])
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%d %s", used ? ", " : "",
                               count[d], WORDS[d]);
  log_note("%d run%s: %s", s->request->n_runs, s->request->n_runs > 1 ? "s" : "", text);
}

static void tell_jobs(const Submit *s) {
  const SubmitRequest *request = s->request;
  const char *fate = !request->cancels ? "; --cancel cancels it"
                     : request->is_dry ? "; it would be cancelled"
                                       : "; it is cancelled";
  for (int i = 0; i < s->n_jobs; i++)
    if (s->jobs[i].relation == JOB_DROPPED)
      log_note("%s: job %s does it, but %s has it no longer%s", s->jobs[i].out, s->jobs[i].job->id,
               request->title, fate);
}

/* Nothing is done unless all can be done. */
static Status refuse(const Submit *s) {
  const RunPlan *first[N_DECISIONS] = {NULL};
  int n[N_DECISIONS] = {0};
  for (int i = 0; i < s->request->n_runs; i++) {
    Decision decision = s->runs[i].decision;
    if (n[decision]++ == 0) first[decision] = &s->runs[i];
  }
  const RunPlan *blocked = first[RUN_BLOCKED], *other = first[RUN_CONFLICTS];
  if (blocked)
    return status_error(blocked->code,
                        "%s: is in the way%s: move it and its .prev away; nothing is submitted",
                        blocked->wanted->out, n[RUN_BLOCKED] > 1 ? ", and others are" : "");
  if (other)
    return status_error(STATUS_USAGE,
                        "%d run%s queued with another configuration: nothing is submitted; "
                        "--cancel cancels and queues anew",
                        n[RUN_CONFLICTS], n[RUN_CONFLICTS] > 1 ? "s are" : " is");
  if (!s->request->title && first[RUN_QUEUED])
    return status_error(STATUS_USAGE, "%s: is queued already, job %s", s->wanted->out,
                        first[RUN_QUEUED]->job->id);
  if (!s->request->title && first[RUN_ELSEWHERE])
    return status_error(STATUS_USAGE, "%s: is written by %s", s->wanted->out,
                        first[RUN_ELSEWHERE]->report.text);
  return status_ok();
}

/* What would be queued, by name. */
static Status tell_plan(Submit *s) {
  const SubmitRequest *request = s->request;
  int64_t epochs = 0;
  int n = 0;
  for (int i = 0; i < request->n_runs; i++) {
    const StateReport *report = &s->runs[i].report;
    if (s->runs[i].decision != RUN_QUEUES) continue;
    epochs += report->n_planned - report->epochs;
    n++;
  }
  if (!request->chain) return status_ok();
  log_note("1. %s%s: an array of %d runs, %" PRId64 " epochs", s->name, chain_first(request->chain),
           n, epochs);
  return chain_tell(request->chain, &s->pool, request->study, s->name, 2);
}

static Status make_submission(Submission *submission, Submit *s) {
  const WantedRun **runs;
  const SubmitRequest *request = s->request;
  int n = 0, is_chain = request->chain != NULL;
  TRY(pool_items(&s->pool, &runs, (size_t)request->n_runs, sizeof *runs));
  for (int i = 0; i < request->n_runs; i++)
    if (s->runs[i].decision == RUN_QUEUES) runs[n++] = &s->wanted[i];
  s->n_new = n;
  const SubmissionParts parts = {.request = request,
                                 .results = s->results,
                                 .title = s->title,
                                 .runs = runs,
                                 .n_runs = n,
                                 .files = s->wanted,
                                 .n_files = is_chain || !request->title ? 0 : request->n_runs,
                                 .chain = is_chain ? &s->chain : NULL};
  TRY(submission_write(submission, &s->pool, &parts));
  Status status = is_chain ? check_study(submission, request->study) : status_ok();
  if (status.code == STATUS_OK) status = check_runs(&s->pool, submission, s->runs, request->n_runs);
  if (status.code != STATUS_OK) submission_remove(submission->folder);
  return status;
}

static Status carry_out(Submit *s) {
  Submission submission;
  TRY(look(s));
  tell_runs(s);
  tell_jobs(s);
  TRY(refuse(s));
  if (s->request->is_dry) {
    TRY(tell_plan(s));
    log_note("dry run: nothing is submitted");
    return status_ok();
  }
  if (!s->request->title && s->runs[0].decision != RUN_QUEUES) return status_ok();
  TRY(make_submission(&submission, s));
  return hand_over(&(HandOver){.pool = &s->pool,
                               .request = s->request,
                               .submission = &submission,
                               .name = s->name,
                               .jobs = s->jobs,
                               .n_jobs = s->n_jobs,
                               .folders = s->folders,
                               .n_folders = s->n_folders});
}

/* One submission at a time for these results; all in one order, so that none waits for ever. */
static Status lock_and_carry_out(Submit *s) {
  Status status = status_ok();
  int n = 0;
  while (n < s->n_folders && status.code == STATUS_OK && !s->request->is_dry) {
    status = submissions_lock(&s->locks[n], s->folders[n]);
    n += s->locks[n] >= 0;
  }
  if (status.code == STATUS_OK) status = carry_out(s);
  while (n > 0) close(s->locks[--n]);
  return status;
}

Status submit_runs(const SubmitRequest *request) {
  Submit s = {.request = request};
  Status status = prepare(&s);
  if (status.code == STATUS_OK) status = lock_and_carry_out(&s);
  pool_free(&s.pool);
  return status;
}
