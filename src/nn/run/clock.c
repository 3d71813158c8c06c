#include "clock.h"

#include "base/memory.h"
#include "dist/dist.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const PHASE_NAMES[PHASE_COUNT] = {"load",   "forward", "backward", "exchange",
                                              "reduce", "update",  "evaluate", "write"};

/* The phase of each activity within an operation, and outside of all. */
static const struct {
  Phase inside, outside;
} PHASES[ACTIVITY_COUNT] = {
    [ACTIVITY_LOAD] = {PHASE_LOAD, PHASE_LOAD},
    [ACTIVITY_FORWARD] = {PHASE_FORWARD, PHASE_FORWARD},
    [ACTIVITY_LOSS] = {PHASE_FORWARD, PHASE_FORWARD},
    [ACTIVITY_BACKWARD] = {PHASE_BACKWARD, PHASE_BACKWARD},
    [ACTIVITY_WAIT_THREADS] = {PHASE_EXCHANGE, PHASE_REDUCE},
    [ACTIVITY_COMBINE] = {PHASE_EXCHANGE, PHASE_REDUCE},
    [ACTIVITY_WAIT_RANKS] = {PHASE_EXCHANGE, PHASE_REDUCE},
    [ACTIVITY_COMMUNICATE] = {PHASE_EXCHANGE, PHASE_REDUCE},
    [ACTIVITY_UPDATE] = {PHASE_UPDATE, PHASE_UPDATE},
    [ACTIVITY_EVALUATE] = {PHASE_EVALUATE, PHASE_EVALUATE},
    [ACTIVITY_WRITE] = {PHASE_WRITE, PHASE_WRITE},
    [ACTIVITY_OTHER] = {PHASE_COUNT, PHASE_COUNT},
};

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
    [ACTIVITY_OTHER] = "other",
};

/* Each on cache lines of its own: all threads write at once. */
struct Track {
  _Alignas(64) double since;
  Activity activity;
  int row;
  int64_t bytes;
  Span *spans;
  size_t n;
};

double pass_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Phase activity_phase(Activity activity, int is_in_operation) {
  return is_in_operation ? PHASES[activity].inside : PHASES[activity].outside;
}

Status clock_make(Clock *clock, int n_threads, const int *layers, int n_rows) {
  *clock = (Clock){.n_threads = n_threads, .layers = layers, .n_rows = n_rows};
  TRY(memory_allocate(&clock->tracks, (size_t)n_threads, sizeof *clock->tracks, "clock"));
  for (int t = 0; t < n_threads; t++)
    clock->tracks[t] = (Track){.activity = ACTIVITY_OTHER, .row = NO_ROW};
  return status_ok();
}

void clock_free(Clock *clock) {
  for (int t = 0; clock->tracks && t < clock->n_threads; t++) free(clock->tracks[t].spans);
  free(clock->tracks);
  free(clock->row_seconds);
}

/* From the lowest bit: phase (8), layer + 1 (24), number of the mark (32). */
void clock_show(Clock *clock, Activity activity, int row) {
  if (!clock->sign) return;
  Phase phase = activity_phase(activity, row != NO_ROW);
  uint64_t layer = row != NO_ROW ? (uint64_t)(clock->layers[row] + 1) : 0;
  if (phase == PHASE_COUNT) phase = PHASE_UPDATE; /* between two steps */
  uint64_t value = (uint64_t)++clock->n_marks << 32 | layer << 8 | phase;
  atomic_store_explicit(clock->sign, value, memory_order_relaxed);
}

Phase pass_sign_phase(uint64_t sign) {
  return (Phase)(sign & 0xff);
}

int pass_sign_layer(uint64_t sign) {
  return (int)(sign >> 8 & 0xffffff) - 1;
}

static void record(Clock *clock, int thread, Track *track, double now) {
  if (track->activity == ACTIVITY_OTHER) return;
  if (thread == 0) {
    size_t first = (size_t)track->activity * ((size_t)clock->n_rows + 1);
    clock->row_seconds[first + (size_t)(track->row + 1)] += now - track->since;
  }
  if (track->n < clock->capacity)
    track->spans[track->n++] =
        (Span){track->since, now, clock->step, (int32_t)track->activity, track->row, track->bytes};
}

void clock_mark(Clock *clock, int thread, Activity activity, int row) {
  if (thread > 0 && !clock->is_recording) return;
  Track *track = &clock->tracks[thread];
  double now = pass_clock();
  if (clock->is_recording) record(clock, thread, track, now);
  if (thread == 0) {
    Phase phase = activity_phase(track->activity, track->row != NO_ROW);
    if (phase != PHASE_COUNT) clock->seconds[phase] += now - track->since;
    clock_show(clock, activity, row);
  }
  track->since = now;
  track->activity = activity;
  track->row = row;
  track->bytes = 0;
}

void clock_meet(Clock *clock, int row, size_t n) {
  if (clock->is_recording) {
    clock_mark(clock, 0, ACTIVITY_WAIT_RANKS, row);
    if (dist_size() > 1) dist_barrier();
  }
  clock_mark(clock, 0, ACTIVITY_COMMUNICATE, row);
  clock->tracks[0].bytes = (int64_t)(n * sizeof(int64_t));
}

Status clock_profile(Clock *clock, size_t capacity) {
  size_t n = ACTIVITY_COUNT * ((size_t)clock->n_rows + 1);
  TRY(memory_allocate(&clock->row_seconds, n, sizeof(double), "profile"));
  for (int t = 0; capacity > 0 && t < clock->n_threads; t++)
    TRY(memory_allocate(&clock->tracks[t].spans, capacity, sizeof(Span), "profile"));
  clock->capacity = capacity;
  return status_ok();
}

void clock_record(Clock *clock, int on) {
  clock->is_recording = on;
  if (!on) return;
  size_t n = ACTIVITY_COUNT * ((size_t)clock->n_rows + 1);
  memset(clock->row_seconds, 0, n * sizeof *clock->row_seconds);
  for (int t = 0; t < clock->n_threads; t++)
    clock->tracks[t].activity = ACTIVITY_OTHER, clock->tracks[t].row = NO_ROW;
}

const Span *clock_spans(const Clock *clock, int thread, size_t *n) {
  *n = clock->tracks[thread].n;
  return clock->tracks[thread].spans;
}
