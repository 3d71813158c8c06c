#ifndef NORMLAB_NN_RUN_CLOCK_H
#define NORMLAB_NN_RUN_CLOCK_H
/* What each thread of a pass does, and since when. clock_mark() is the one place that feeds the
 * seconds by phase, the seconds and spans of a profile, and the sign for the watchdog.
 *
 * Time belongs to rows: row i is what one step of the plan does, and NO_ROW is what is outside the
 * operations. */
#include "base/status.h"
#include "nn/activity.h"
#include "nn/profile.h"
#include <stddef.h>

typedef struct Track Track;

typedef struct Clock {
  int n_threads, n_rows;
  const int *layers; /* [n_rows]: the layer of each row */
  Track *tracks;     /* [n_threads] */
  double seconds[PHASE_COUNT];
  int64_t step; /* the global number of the step of the pass in progress, for spans */
  PassSign *sign;
  uint32_t n_marks;
  int is_recording;
  double *row_seconds; /* [ACTIVITY_COUNT][1 + n_rows] seconds of thread 0; NULL without a
                          profile */
  size_t capacity;     /* the number of spans that a thread has room for */
} Clock;

/* Makes a clock. It refers to layers [n_rows], which it does not copy. Returns STATUS_MEMORY. */
Status clock_make(Clock *clock, int n_threads, const int *layers, int n_rows) MUST_CHECK;
void clock_free(Clock *clock);

/* Says that this thread does `activity` for `row` from here on. Without a profile only thread 0
 * reads the time. Not collective. */
void clock_mark(Clock *clock, int thread, Activity activity, int row);

/* Shows in the sign that thread 0 goes on, and no more: its time stays with the last mark. Not
 * collective. */
void clock_show(Clock *clock, Activity activity, int row);

/* Collective while a profile records: the ranks meet at a barrier, so that waiting for the slowest
 * and communication can be told apart. Thread 0 calls it before a sum over ranks, of n integers. It
 * marks ACTIVITY_COMMUNICATE. */
void clock_meet(Clock *clock, int row, size_t n);

/* Makes the memory for a profile with room for `capacity` spans of each thread. Returns
 * STATUS_MEMORY. */
Status clock_profile(Clock *clock, size_t capacity) MUST_CHECK;
/* Turns recording on or off. */
void clock_record(Clock *clock, int on);
/* Returns the spans of a thread, and sets *n to their number. */
const Span *clock_spans(const Clock *clock, int thread, size_t *n);

#endif
