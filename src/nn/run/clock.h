#ifndef NORMLAB_NN_RUN_CLOCK_H
#define NORMLAB_NN_RUN_CLOCK_H
/* What each thread of a pass does, and since when: clock_mark is the one place that feeds the
 * seconds by phase, a profile's seconds and spans, and the sign for the watchdog.
 *
 * Time belongs to rows: row i is what one step of the plan does, NO_ROW is outside
 * the operations. */
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
  int64_t step; /* of the pass in progress, for spans */
  PassSign *sign;
  uint32_t n_marks;
  int is_recording;
  double *row_seconds; /* [ACTIVITY_COUNT][1 + n_rows] of thread 0; NULL without a profile */
  size_t capacity;     /* spans of a thread */
} Clock;

/* layers is not copied. */
Status clock_make(Clock *clock, int n_threads, const int *layers, int n_rows) MUST_CHECK;
void clock_free(Clock *clock);

/* From here on this thread does `activity` for `row`. Without a profile only thread 0 reads the
 * time. */
void clock_mark(Clock *clock, int thread, Activity activity, int row);

/* Only shows in the sign that thread 0 goes on; its time stays with the last mark. */
void clock_show(Clock *clock, Activity activity, int row);

/* Collective while a profile records: ranks meet, so that waiting for the slowest and communication
 * are told apart. To be called by thread 0 before a sum over ranks; marks ACTIVITY_COMMUNICATE. */
void clock_meet(Clock *clock, int row);

/* Memory for a profile with `capacity` spans a thread. */
Status clock_profile(Clock *clock, size_t capacity) MUST_CHECK;
void clock_record(Clock *clock, int on);
const Span *clock_spans(const Clock *clock, int thread, size_t *n);

#endif
