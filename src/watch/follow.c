#include "watch/follow.h"

#include "base/duration.h"
#include "base/memory.h"
#include "report/statistics.h"
#include "store/file.h"
#include "store/schema.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is usual is the median of the last so many epochs. A run is suspected of being dead after so
 * many epochs without an update, or where it leaves notes after so many times what it said that the
 * next takes, and never before this many seconds: network file systems may show a file a minute
 * late. */
enum { LAST_EPOCHS = 9, SILENT_EPOCHS = 5, SILENT_NOTES = 5, SILENT_SECONDS = 120, MINUTE = 60 };

static const char *const WORDS[N_FOLLOW_STATES] = {
    [FOLLOW_WAITING] = "waiting",      [FOLLOW_RUNNING] = "running",
    [FOLLOW_SILENT] = "seems dead",    [FOLLOW_STOPPED] = "stopped",
    [FOLLOW_DIVERGED] = "diverged",    [FOLLOW_FINISHED] = "finished",
    [FOLLOW_UNREADABLE] = "unreadable"};

const char *follow_word(FollowState state) {
  return WORDS[state];
}

/* NULL unless the record has n numbers there. */
static const double *vector_of(const Record *record, ResultField field, const char *part,
                               int64_t n) {
  size_t n_found;
  const double *found = result_numbers(&n_found, record, field, part);
  return n > 0 && n_found == (size_t)n ? found : NULL;
}

static Status copy_curve(double **curve, const Record *record, ResultField field, int64_t n) {
  const double *values = vector_of(record, field, NULL, n);
  if (!values) return status_ok();
  TRY(memory_allocate(curve, (size_t)n, sizeof **curve, result_row(field)->path));
  memcpy(*curve, values, (size_t)n * sizeof *values);
  return status_ok();
}

static double median_epoch(const Record *record, int64_t n) {
  const double *train = vector_of(record, RESULT_EPOCH_SECONDS, NULL, n);
  const double *more[] = {vector_of(record, RESULT_PHASE_MAXIMUM, "evaluate", n),
                          vector_of(record, RESULT_PHASE_MAXIMUM, "write", n)};
  double seconds[LAST_EPOCHS];
  size_t n_seconds = 0;
  for (int64_t i = n > LAST_EPOCHS ? n - LAST_EPOCHS : 0; train && i < n; i++) {
    double sum = train[i];
    for (int k = 0; k < 2; k++) sum += more[k] ? more[k][i] : 0;
    if (isfinite(sum) && sum > 0) seconds[n_seconds++] = sum;
  }
  return median_of(seconds, n_seconds);
}

/* With the part of an epoch that a checkpoint inside it has. */
static double progress_of(const Run *run, const Record *record) {
  double epochs = run->epochs > 0 ? (double)run->epochs : 0;
  size_t n_steps_done;
  const double *steps = result_numbers(&n_steps_done, record, RESULT_STEP_LOSS, NULL);
  int64_t n_images = result_integer(record, RESULT_DATA_TRAIN_IMAGES, 0);
  const char *batch = run_key(run, "training.batch");
  double n_batch = batch ? strtod(batch, NULL) : 0;
  if (!steps || n_images < 1 || !(n_batch > 0)) return epochs;
  double n_steps = ceil((double)n_images / n_batch);
  double part = (double)n_steps_done / n_steps - epochs;
  return part > 0 && part < 1 ? epochs + part : epochs;
}

static Status take_numbers(Follow *next, const Record *record) {
  int64_t n = next->run.epochs;
  const double *rate = vector_of(record, RESULT_EPOCH_RATE, NULL, n);
  next->rate = rate ? rate[n - 1] : (double)NAN;
  next->saved_progress = progress_of(&next->run, record);
  next->epoch_seconds = median_epoch(record, n);
  size_t n_steps;
  const double *losses = result_numbers(&n_steps, record, RESULT_STEP_LOSS, NULL);
  note_curve(&next->saved_curve, losses, losses ? n_steps : 0);
  TRY(copy_curve(&next->train_loss, record, RESULT_TRAIN_LOSS, n));
  return copy_curve(&next->test_loss, record, RESULT_TEST_LOSS, n);
}

static Status take_state(Follow *next, const char *path) {
  static const FollowState STATES[] = {FOLLOW_RUNNING, FOLLOW_STOPPED, FOLLOW_DIVERGED,
                                       FOLLOW_FINISHED};
  const Run *run = &next->run;
  if (run->state == RUN_BAD) return status_error(STATUS_DATA, "%.600s: %s", path, run->reason);
  for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
    if (strcmp(run->status, WORDS[STATES[i]]) == 0) {
      next->state = STATES[i];
      return status_ok();
    }
  return status_error(STATUS_DATA, "%.600s: its status is not one that runs have", path);
}

static void free_content(Follow *follow) {
  if (follow->has_run) run_free(&follow->run);
  free(follow->train_loss);
  free(follow->test_loss);
}

/* Replaces what was seen before, unless that fails. */
static Status read_run(Follow *follow) {
  Record record;
  TRY(result_read_exactly(&record, follow->path));
  Follow next = *follow;
  next.train_loss = next.test_loss = NULL;
  Status status = run_from_record(&next.run, &record, follow->path);
  next.has_run = status.code == STATUS_OK;
  if (status.code == STATUS_OK) status = take_numbers(&next, &record);
  if (status.code == STATUS_OK) status = take_state(&next, follow->path);
  record_free(&record);
  free_content(status.code == STATUS_OK ? follow : &next);
  if (status.code == STATUS_OK) *follow = next;
  return status;
}

static void fail(Follow *follow, Status status) {
  follow->problem = status;
  if (!follow->has_run) follow->state = FOLLOW_UNREADABLE;
}

static void look_at_missing(Follow *follow, int error) {
  follow->is_seen = 0;
  if (error != ENOENT && error != ENOTDIR) {
    fail(follow, status_errno(STATUS_FILE, error, "%s: cannot be read", follow->path));
  } else if (follow->has_run) {
    follow->problem = status_error(STATUS_FILE, "%s: is no longer there", follow->path);
  } else {
    follow->problem = status_ok();
    follow->state = FOLLOW_WAITING;
  }
}

static int is_same(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* What the file's server says, as far as this clock can agree: it was not before the last look. */
static double time_of_update(const Follow *follow, const struct stat *at, double now) {
  double time = (double)at->st_mtim.tv_sec + 1e-9 * (double)at->st_mtim.tv_nsec;
  if (follow->has_run && time < follow->looked) time = follow->looked;
  return time > now ? now : time;
}

static void look_at_file(Follow *follow, const struct stat *at, double now) {
  if (follow->is_seen && is_same(at, &follow->seen)) return;
  double updated = time_of_update(follow, at, now);
  Status status = read_run(follow);
  /* What may be better at the next look, as a stale handle of a network file system, is tried
   * again. */
  follow->is_seen = status.code == STATUS_OK || status.code == STATUS_DATA;
  follow->seen = *at;
  if (status.code == STATUS_OK) {
    follow->problem = status;
    follow->saved = updated;
  } else {
    fail(follow, status);
  }
}

static double position_of(const RunNote *note) {
  return note->epochs + note->step / note->n_steps;
}

/* The note of a run that goes on. One that is older than the file has nothing new to tell. */
static void look_at_note(Follow *follow, double now) {
  RunNote note;
  double written, before = follow->has_note ? follow->updated : 0;
  int goes_on = follow->state == FOLLOW_RUNNING || follow->state == FOLLOW_SILENT;
  follow->has_note = 0;
  follow->updated = follow->saved;
  follow->progress = follow->saved_progress;
  follow->curve = follow->saved_curve;
  if (!follow->has_run || !goes_on || !note_read(&note, &written, follow->path)) return;
  int is_new = written != follow->note_written, was_there = before > 0;
  double at = !is_new && was_there ? before : written;
  if (is_new && was_there && at < follow->looked) at = follow->looked;
  follow->note_written = written;
  if (at > now) at = now;
  if (at < follow->saved || position_of(&note) < follow->saved_progress) return;
  follow->has_note = 1;
  follow->note = note;
  if (note.curve.n > 0) follow->curve = note.curve;
  follow->updated = at;
  follow->progress = position_of(&note);
}

static double silent_seconds(const Follow *follow) {
  if (follow->has_note) return fmax(SILENT_SECONDS, SILENT_NOTES * follow->note.next);
  if (isfinite(follow->epoch_seconds))
    return fmax(SILENT_SECONDS, SILENT_EPOCHS * follow->epoch_seconds);
  return (double)INFINITY;
}

/* At the pace of whole epochs; in the first, at that of its steps. */
static double seconds_left(const Follow *follow) {
  double left = (double)follow->run.n_planned - follow->progress;
  if (isnan(follow->epoch_seconds) && follow->has_note) return follow->note.seconds_left;
  return left * follow->epoch_seconds;
}

/* For what does not change in the file. */
static void look_at_clock(Follow *follow, double now) {
  follow->end = (double)NAN;
  follow->silent_after = silent_seconds(follow);
  if (follow->state != FOLLOW_RUNNING && follow->state != FOLLOW_SILENT) return;
  int is_silent = now - follow->updated > follow->silent_after;
  follow->state = is_silent ? FOLLOW_SILENT : FOLLOW_RUNNING;
  double left = seconds_left(follow);
  if (!is_silent && follow->run.n_planned >= 0 && isfinite(left))
    follow->end = fmax(now, follow->updated + left);
}

void follow_look(Follow *follow, double now) {
  struct stat at;
  FollowState state = follow->state;
  int64_t epochs = follow->has_run ? follow->run.epochs : -1;
  char before[STATUS_TEXT];
  memcpy(before, follow->problem.text, sizeof before);
  if (stat(follow->path, &at) == 0)
    look_at_file(follow, &at, now);
  else
    look_at_missing(follow, errno);
  double before_note = follow->progress;
  look_at_note(follow, now);
  look_at_clock(follow, now);
  follow->looked = now;
  follow->is_changed |= now - follow->told >= MINUTE && follow->progress > before_note;
  follow->is_changed |= state != follow->state || strcmp(before, follow->problem.text) != 0 ||
                        (follow->has_run && epochs != follow->run.epochs);
  if (follow->is_changed) follow->told = now;
}

void follow_free(Follow *follow) {
  free_content(follow);
  free(follow->path);
}

int follow_has_ended(const Follow *follow) {
  return follow->state == FOLLOW_STOPPED || follow->state == FOLLOW_DIVERGED ||
         follow->state == FOLLOW_FINISHED;
}

Status follow_verdict(const Follow *follow) {
  const Run *run = &follow->run;
  char since[40], epochs[64];
  if (follow->problem.code != STATUS_OK) return follow->problem;
  if (follow->state == FOLLOW_WAITING)
    return status_error(STATUS_FILE, "%s: there is no such file yet", follow->path);
  snprintf(epochs, sizeof epochs, "%" PRId64 " of %" PRId64 " epochs",
           run->epochs > 0 ? run->epochs : 0, run->n_planned);
  if (follow->state == FOLLOW_DIVERGED)
    return status_error(STATUS_NUMBERS, "%s: diverged after %s", follow->path, epochs);
  if (follow->state == FOLLOW_STOPPED)
    return status_error(STATUS_STOPPED, "%s: stopped after %s; its command goes on with --resume",
                        follow->path, epochs);
  duration_text(since, sizeof since, follow->looked - follow->updated);
  if (follow->state == FOLLOW_SILENT)
    return status_error(STATUS_STALLED, "%s: seems dead after %s: no update for %s", follow->path,
                        epochs, since);
  return status_ok();
}
