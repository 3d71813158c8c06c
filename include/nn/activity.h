#ifndef NORMLAB_NN_ACTIVITY_H
#define NORMLAB_NN_ACTIVITY_H
/* What a thread can be doing. A mark says that a thread begins an activity; marks are made by
 * pass_mark() outside of a pass, and by the pass itself inside. Three things come from the marks:
 * the seconds by phase in /timing of a result file, the spans of a trace, and the sign by which a
 * watchdog sees that a rank goes on. Not collective. */
#include <stdatomic.h>
#include <stdint.h>

/* The phases of training, under which result files and the watchdog sum activities up. */
typedef enum Phase {
  PHASE_LOAD,
  PHASE_FORWARD,
  PHASE_BACKWARD,
  PHASE_EXCHANGE, /* exchanging the sums of a norm, which includes waiting for threads and ranks */
  PHASE_REDUCE,   /* summing the gradient, which includes the same */
  PHASE_UPDATE,
  PHASE_EVALUATE,
  PHASE_WRITE,
  PHASE_COUNT
} Phase;
extern const char *const PHASE_NAMES[PHASE_COUNT];

/* The activities, as a trace and a profile tell them apart. */
typedef enum Activity {
  ACTIVITY_LOAD,
  ACTIVITY_FORWARD,
  ACTIVITY_LOSS,
  ACTIVITY_BACKWARD,
  ACTIVITY_WAIT_THREADS, /* waiting until the slowest thread of the rank is there; for all
                            threads but thread 0 of an exchange, until the exchange has ended */
  ACTIVITY_COMBINE,      /* adding up the threads' sums, and computing what follows from the sums
                            of all ranks */
  ACTIVITY_WAIT_RANKS,
  ACTIVITY_COMMUNICATE,
  ACTIVITY_UPDATE, /* the caller of the passes marks this and the next two */
  ACTIVITY_EVALUATE,
  ACTIVITY_WRITE,
  ACTIVITY_OTHER, /* whatever nobody times */
  ACTIVITY_COUNT
} Activity;
extern const char *const ACTIVITY_NAMES[ACTIVITY_COUNT];

/* Returns the phase that an activity belongs to, inside an operation or outside of all. For
 * ACTIVITY_OTHER, which belongs to none, it returns PHASE_COUNT. */
Phase activity_phase(Activity activity, int is_in_operation);

/* A sign tells another thread or process where thread 0 of this rank is. It is a number that
 * changes with each mark and holds the phase and the layer, which the two functions return.
 * PHASE_EXCHANGE and PHASE_REDUCE include waiting for other threads or ranks. */
typedef _Atomic uint64_t PassSign;
Phase pass_sign_phase(uint64_t sign);
int pass_sign_layer(uint64_t sign); /* -1 if it is in no layer */

#endif
