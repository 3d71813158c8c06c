#include "nn/profile.h"

#include "base/log.h"
#include "base/memory.h"
#include "pass_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ACTIVITY_NAMES[ACTIVITY_COUNT] = {
    [ACTIVITY_LOAD] = "load",
    [ACTIVITY_FORWARD] = "forward",
    [ACTIVITY_LOSS] = "loss",
    [ACTIVITY_BACKWARD] = "backward",
    [ACTIVITY_WAIT_THREADS] = "wait_threads",
    [ACTIVITY_COMBINE] = "combine",
    [ACTIVITY_WAIT_RANKS] = "wait_ranks",
    [ACTIVITY_COMMUNICATE] = "communicate",
    [ACTIVITY_UPDATE] = "update",
    [ACTIVITY_EVALUATE] = "evaluate",
    [ACTIVITY_WRITE] = "write",
};

/* Each on cache lines of its own: all threads write at once. */
typedef struct Recorder {
  _Alignas(64) double since;
  Span *spans;
  size_t n;
} Recorder;

struct Profile {
  int is_on, n_threads;
  size_t capacity, n_seconds;
  double *seconds;
  Recorder *recorders;
};

/* Spans of a thread and step: its blocks' steps and loads, five an exchange, the end of a batch and
 * what callers do between two. */
static size_t spans_of_step(const Pass *pass) {
  int n_blocks = (pass->batch + LANES - 1) / LANES;
  int own = (n_blocks + dist_size() - 1) / dist_size();
  size_t own_blocks = (size_t)((own + pass->n_threads - 1) / pass->n_threads);
  return own_blocks * ((size_t)pass->n_steps + 1) + 10 * (size_t)pass->network->n_norms + 12;
}

Status profile_make(Pass *pass, int n_steps) {
  BUG_IF(pass->profile);
  TRY(memory_allocate(&pass->profile, 1, sizeof *pass->profile, "profile"));
  Profile *profile = pass->profile;
  size_t n_threads = (size_t)pass->n_threads;
  profile->capacity = (size_t)n_steps * spans_of_step(pass);
  profile->n_seconds = ACTIVITY_COUNT * ((size_t)pass->network->n_ops + 1);
  TRY(memory_allocate(&profile->seconds, profile->n_seconds, sizeof(double), "profile"));
  TRY(memory_allocate(&profile->recorders, n_threads, sizeof(Recorder), "profile"));
  profile->n_threads = pass->n_threads;
  for (size_t t = 0; profile->capacity > 0 && t < n_threads; t++)
    TRY(memory_allocate(&profile->recorders[t].spans, profile->capacity, sizeof(Span), "profile"));
  return status_ok();
}

void profile_free(Profile *profile) {
  if (!profile) return;
  for (int t = 0; t < profile->n_threads; t++) free(profile->recorders[t].spans);
  free(profile->recorders);
  free(profile->seconds);
  free(profile);
}

void profile_switch(Pass *pass, int on) {
  Profile *profile = pass->profile;
  profile->is_on = on;
  if (!on) return;
  memset(profile->seconds, 0, profile->n_seconds * sizeof *profile->seconds);
  profile_begin(pass, 0);
}

int profile_is_on(const Pass *pass) {
  return pass->profile->is_on;
}

void profile_begin(Pass *pass, int thread) {
  pass->profile->recorders[thread].since = pass_clock();
}

void profile_record(Pass *pass, int thread, Activity activity, int op) {
  Profile *profile = pass->profile;
  Recorder *recorder = &profile->recorders[thread];
  double now = pass_clock();
  if (thread == 0) {
    size_t row = (size_t)activity * ((size_t)pass->network->n_ops + 1);
    profile->seconds[row + (size_t)(op + 1)] += now - recorder->since;
  }
  if (recorder->n < profile->capacity)
    recorder->spans[recorder->n++] =
        (Span){recorder->since, now, (int64_t)pass->step, (int32_t)activity, op};
  recorder->since = now;
}

void profile_record_step(Pass *pass, int thread, const Step *step) {
  Activity activity = step->kind == STEP_LOSS ? ACTIVITY_LOSS
                      : step->kind == STEP_FORWARD || step->kind == STEP_NORM_SUMS
                          ? ACTIVITY_FORWARD
                          : ACTIVITY_BACKWARD;
  profile_record(pass, thread, activity, step->op);
}

void profile_meet(Pass *pass, int op) {
  if (dist_size() > 1) dist_barrier();
  profile_record(pass, 0, ACTIVITY_WAIT_RANKS, op);
}

void profile_mark(Pass *pass, Activity activity) {
  if (is_recording(pass)) profile_record(pass, 0, activity, NO_OP);
}

void profile_skip(Pass *pass) {
  if (is_recording(pass)) profile_begin(pass, 0);
}

const double *profile_seconds(const Pass *pass, size_t *n) {
  *n = pass->profile->n_seconds;
  return pass->profile->seconds;
}

const Span *profile_spans(const Pass *pass, int thread, size_t *n) {
  *n = pass->profile->recorders[thread].n;
  return pass->profile->recorders[thread].spans;
}

size_t profile_capacity(const Pass *pass) {
  return pass->profile->capacity;
}

int profile_has_row(const Pass *pass, int op) {
  if (op == 0) return pass->n_moments == 0;
  return pass->plan.fusion[op - 1].n_rows == 0 && pass->plan.fusion[op - 1].pool_channels == 0;
}

static void add(char *text, size_t bytes, const char *before, const char *more) {
  size_t used = strlen(text);
  if (used < bytes) snprintf(text + used, bytes - used, "%s%s", used ? before : "", more);
}

static void add_op(const Op *op, char *text, size_t bytes, const char *before) {
  char size[32];
  static const char *const PLAIN[] = {
      [OP_CONV] = "conv",    [OP_BIAS] = "bias",         [OP_NORM] = "norm",
      [OP_ADD] = "add",      [OP_MAX_POOL] = "max pool", [OP_AVG_POOL] = "average pool",
      [OP_LINEAR] = "linear"};
  if (op->kind != OP_POINTWISE) {
    add(text, bytes, before, PLAIN[op->kind]);
    before = ", ";
  }
  int is_pool = op->kind == OP_MAX_POOL || op->kind == OP_AVG_POOL;
  if (op->kind == OP_CONV) snprintf(size, sizeof size, "%dx%d", op->conv.kernel, op->conv.kernel);
  if (is_pool) snprintf(size, sizeof size, "%d", op->size_h);
  if (op->kind == OP_CONV || is_pool) add(text, bytes, " ", size);
  if (op->threshold) add(text, bytes, before, "dropout"), before = ", ";
  if (op->relu) add(text, bytes, before, "ReLU");
}

void profile_name(const Pass *pass, int op, char *text, size_t bytes) {
  const Op *ops = pass->network->ops;
  const Fusion *fusion = &pass->plan.fusion[op];
  *text = 0;
  if (fusion->by_moments) add_op(&ops[op - 1], text, bytes, "");
  add_op(&ops[op], text, bytes, " + ");
  if (fusion->n_rows || fusion->pool_channels) add_op(&ops[op + 1], text, bytes, " + ");
  if (fusion->n_rows == 0 && fusion->n_channels) add(text, bytes, " + ", "sums of the norm");
  if (op > 0 && pass->plan.fusion[op - 1].is_first && !fusion->by_moments)
    add(text, bytes, " + ", "dW before");
}
