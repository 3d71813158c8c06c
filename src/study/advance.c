#include "study/advance.h"

#include "base/log.h"
#include "queue.h"
#include "store/replace.h"
#include "study/input.h"
#include "study/listing.h"
#include "study/until.h"
#include "submission.h"
#include "submit_paths.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Advance {
  Pool pool;
  Submission submission;
  const ChainStep *step;
  int number;
  Study study;
  StateReport *reports; /* [study.n_runs] */
  const char *wanted;   /* [study.n_runs] those of the array behind the step; NULL: all */
  Until *until;         /* NULL: all seeds are run */
} Advance;

static Status look(StateReport **reports, Pool *pool, const Study *study) {
  TRY(pool_items(pool, reports, (size_t)study->n_runs, sizeof **reports));
  for (int i = 0; i < study->n_runs; i++) state_look(&(*reports)[i], &study->runs[i]);
  return status_ok();
}

static StatusCode code_of(const StateReport *report) {
  if (report->state == STATE_UNREADABLE) return report->code;
  return report->state == STATE_DIFFERENT ? STATUS_USAGE : STATUS_FAILED;
}

/* Refuses to go on where runs have not come to an end. */
static Status check_ended(const Advance *a, const Study *study, const StateReport *reports,
                          const char *wanted, const char *what) {
  enum { NAMED = 4 };
  char names[400] = "";
  size_t used = 0;
  int n = 0, n_wanted = 0;
  StatusCode code = STATUS_OK;
  for (int i = 0; i < study->n_runs; i++) {
    if (wanted && !wanted[i]) continue;
    n_wanted++;
    if (reports[i].state == STATE_FINISHED || reports[i].state == STATE_DIVERGED) continue;
    if (n == 0) code = code_of(&reports[i]);
    if (n < NAMED && used < sizeof names)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%.60s %s", n ? ", " : "",
                               study->runs[i].name, state_word(reports[i].state));
    n++;
  }
  if (n == 0) return status_ok();
  return status_error(code,
                      "%s: %d of %d runs have not ended (%s%s), so nothing is %s; what they have "
                      "printed is in %.300s; normlab study %.200s submit queues them and goes on",
                      a->study.name, n, n_wanted, names, n > NAMED ? ", ..." : "", what,
                      a->submission.folder, a->submission.title);
}

/* A file in the way of a run that is to be trained is told before it is. */
static Status check_fresh(const Advance *a) {
  const char *hash = a->submission.chain.data_hash;
  for (int i = 0; i < a->study.n_runs; i++) {
    const StateReport *report = &a->reports[i];
    const char *path = a->study.runs[i].path;
    if (report->state == STATE_DIFFERENT)
      return status_error(STATUS_USAGE,
                          "%.400s: is of another configuration (%s): move it away and submit again",
                          path, report->text);
    if (report->state == STATE_UNREADABLE)
      return status_error(report->code, "%.400s: cannot be read: %s", path, report->text);
    if (report->data[0] && *hash && strcmp(report->data, hash) != 0)
      return status_error(STATUS_DATA, "%.400s: is of other images, of hash %s, not %s", path,
                          report->data, hash);
  }
  return status_ok();
}

static Status choose(Advance *a, FILE *out) {
  const Study *tuning = a->study.tuning;
  StateReport *reports;
  TRY(look(&reports, &a->pool, tuning));
  TRY(check_ended(a, tuning, reports, NULL, "chosen"));
  return listing_print_tuning(out, &a->study, input_guess(&a->study), reports);
}

static Status make_looks(Advance *a, FILE *out) {
  const Chain *chain = &a->submission.chain;
  if (!chain->until.baseline) return status_ok();
  TRY(until_make(&a->until, &a->pool, &a->study, a->reports, &chain->until));
  TRY(until_look(a->until, out));
  const UntilState *state = until_state(a->until);
  a->wanted = state->wanted;
  if (state->next > a->step->look) return status_ok();
  return check_ended(a, &a->study, a->reports, a->wanted, "decided");
}

/* The runs of the array behind the step: those that are needed and have not ended. */
static Status make_list(char **text, Advance *a) {
  const Chain *chain = &a->submission.chain;
  size_t bytes;
  FILE *out = open_memstream(text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "submit: no memory");
  Status status = status_ok();
  int n = 0;
  for (int i = 0; i < a->study.n_runs && status.code == STATUS_OK; i++) {
    WordLine line = {0};
    char *words = NULL;
    if (!state_is_open(a->reports[i].state) || (a->wanted && !a->wanted[i])) continue;
    const SubmitRun run = {.config = a->study.runs[i].config};
    WantedRun wanted = {
        .run = &run, .out = a->study.runs[i].path, .data = (char *)chain->source.data};
    snprintf(wanted.data_hash, sizeof wanted.data_hash, "%s", chain->data_hash);
    status = submission_freeze(&line, &a->pool, a->submission.folder, &wanted, a->number, ++n);
    if (status.code == STATUS_OK) status = submission_line(&words, &a->pool, line.words, line.n);
    fputs(words ? words : "", out);
  }
  int failed = fclose(out) != 0;
  TRY(pool_keep(&a->pool, *text));
  if (status.code != STATUS_OK) return status;
  if (n > a->step->n_tasks)
    return status_error(STATUS_FAILED,
                        "%s: %d runs are to be done, and %d have been queued: files have been "
                        "removed; submit it again",
                        a->study.name, n, a->step->n_tasks);
  return failed ? status_error(STATUS_MEMORY, "submit: no memory") : status;
}

static Status write_list(Advance *a) {
  const char *path = submission_list(&a->pool, a->submission.folder, a->number);
  char *text;
  if (!path) return status_error(STATUS_MEMORY, "submit: no memory");
  if (access(path, F_OK) == 0) return status_ok();
  TRY(make_list(&text, a));
  return file_replace(path, text, strlen(text));
}

/* Tasks for which no run is left would only wait for their turn; where they cannot be cancelled,
 * each finds that out by itself. */
static Status cancel_rest(Advance *a, FILE *out) {
  Submission now;
  TRY(submission_read(&now, &a->pool, a->submission.folder));
  int n = now.lists[a->number].n, n_gone = a->step->n_tasks - n;
  const char *array = submission_job(&a->pool, now.folder, SCRIPT_RUNS, a->number);
  fprintf(out, "%d run%s to be done now\n", n, n == 1 ? " is" : "s are");
  fflush(out);
  if (n_gone <= 0 || !array) return status_ok();
  QueueJob *jobs;
  const QueueJob **gone;
  TRY(pool_items(&a->pool, &jobs, (size_t)n_gone, sizeof *jobs));
  TRY(pool_items(&a->pool, &gone, (size_t)n_gone, sizeof *gone));
  for (int i = 0; i < n_gone; i++) {
    TRY(pool_text(&a->pool, &jobs[i].id, "%s_%d", array, n + i + 1));
    gone[i] = &jobs[i];
  }
  Status status = queue_cancel(&a->pool, gone, n_gone);
  if (status.code != STATUS_OK)
    log_note("%d tasks of job %s have nothing to do, and end by themselves", n_gone, array);
  return status_ok();
}

/* Of a comparison after looks. Its variants have names of their own: the baseline is known to it by
 * its norm, if no other variant has that. */
static void put_options(FILE *out, const Advance *a) {
  const Study *study = &a->study;
  char norm[NORM_SPEC_TEXT], other[NORM_SPEC_TEXT];
  int n_alike = 0;
  norm_spec_text(norm, study->variants[until_state(a->until)->baseline].config->network.norm);
  for (int i = 0; i < study->n_variants; i++) {
    norm_spec_text(other, study->variants[i].config->network.norm);
    n_alike += strcmp(norm, other) == 0;
  }
  if (n_alike == 1) fprintf(out, "--baseline\n%s\n", norm);
  fprintf(out, "--difference\n%.17g\n--note\n%s\n", 100 * a->submission.chain.until.difference,
          "Seeds were added until variants were decided. What holds is what the looks have "
          "decided, at their levels; the verdicts and p here take the number of seeds for one that "
          "was fixed beforehand, and find differences too often.");
}

/* What the comparison is called with, and what it says first. */
static Status write_files(Advance *a) {
  char *text, *path, *decided = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "submit: no memory");
  if (a->until) put_options(out, a);
  for (int i = 0; i < a->study.n_runs; i++) {
    int has_ended = a->reports[i].state == STATE_FINISHED || a->reports[i].state == STATE_DIVERGED;
    if (!a->until || has_ended) fprintf(out, "%s\n", a->study.runs[i].path);
  }
  int failed = fclose(out) != 0;
  TRY(pool_keep(&a->pool, text));
  TRY(pool_text(&a->pool, &path, "%s/files", a->submission.folder));
  if (failed) return status_error(STATUS_MEMORY, "submit: no memory");
  TRY(file_replace(path, text, strlen(text)));
  if (!a->until) return status_ok();
  TRY(pool_text(&a->pool, &path, "%s/decided", a->submission.folder));
  if (!(out = open_memstream(&decided, &bytes)))
    return status_error(STATUS_MEMORY, "submit: no memory");
  Status status = until_print_end(a->until, out);
  failed = fclose(out) != 0;
  TRY(pool_keep(&a->pool, decided));
  if (status.code == STATUS_OK && failed) status = status_error(STATUS_MEMORY, "submit: no memory");
  return status.code == STATUS_OK ? file_replace(path, decided, strlen(decided)) : status;
}

static Status advance(Advance *a, FILE *out) {
  if (a->step->look < 0) TRY(choose(a, out));
  if (!a->study.is_chosen)
    return status_error(STATUS_FAILED, "%s: nothing is chosen, as runs of the tuning are gone",
                        a->study.name);
  TRY(look(&a->reports, &a->pool, &a->study));
  TRY(check_fresh(a));
  TRY(make_looks(a, out));
  if (a->until) TRY(until_print_end(a->until, out));
  TRY(write_list(a));
  if (a->number == a->submission.chain.n_steps) TRY(write_files(a));
  return a->step->n_tasks > 0 ? cancel_rest(a, out) : status_ok();
}

static Status open_step(Advance *a, const char *folder) {
  TRY(submission_read(&a->submission, &a->pool, folder));
  const Chain *chain = &a->submission.chain;
  if (a->number < 1 || a->number > chain->n_steps)
    return status_error(STATUS_USAGE, "%s: this submission has no step %d", folder, a->number);
  a->step = &chain->steps[a->number - 1];
  return study_read_source(&a->study, &chain->source);
}

Status advance_step(const char *folder, int number, FILE *out) {
  Advance a = {.number = number};
  int lock = -1;
  Status status = open_step(&a, folder);
  if (status.code == STATUS_OK) {
    /* A submission that is under way notes the numbers of its jobs before this goes on. */
    Status locked = submissions_lock(&lock, a.submission.chain.source.folder);
    if (locked.code != STATUS_OK) log_warning("%s", locked.text);
    status = advance(&a, out);
    study_free(&a.study);
  }
  if (lock >= 0) close(lock);
  pool_free(&a.pool);
  return status;
}

static Status print_looks(FILE *out, Pool *pool, const Study *study, const Submission *submission) {
  StateReport *reports;
  Until *until;
  const UntilOptions *options = &submission->chain.until;
  TRY(look(&reports, pool, study));
  Status status = until_make(&until, pool, study, reports, options);
  if (status.code == STATUS_USAGE) log_warning("%s: %s", submission->folder, status.text);
  if (status.code != STATUS_OK) return status.code == STATUS_USAGE ? status_ok() : status;
  fprintf(out, "\nSubmitted until decided against %s, with at most %d seeds:\n\n",
          options->baseline, study->n_seeds);
  TRY(until_look(until, out));
  return until_print_end(until, out);
}

Status advance_print_looks(FILE *out, const Study *study, const StudySource *source) {
  Pool pool = {0};
  Submission submission;
  Study whole;
  const char *folder = submission_newest_looks(&pool, study->folder);
  Status status = folder ? submission_read(&submission, &pool, folder) : status_ok();
  if (folder && status.code == STATUS_OK) {
    StudySource more = *source;
    more.n_seeds = submission.chain.source.n_seeds;
    status = study_read_source(&whole, &more);
    if (status.code == STATUS_OK) {
      if (whole.is_chosen) status = print_looks(out, &pool, &whole, &submission);
      study_free(&whole);
    }
  }
  pool_free(&pool);
  return status;
}
