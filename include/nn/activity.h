#ifndef NORMLAB_NN_ACTIVITY_H
#define NORMLAB_NN_ACTIVITY_H
/* What a thread can be doing. One mark (pass_mark outside a pass, the pass's own inside) says that
 * a thread begins an activity; from the marks come the seconds by phase of /timing, the spans of a
 * trace, and the sign by which a watchdog sees that a rank goes on. */
#include <stdatomic.h>
#include <stdint.h>

/* Activities as result files and the watchdog name them. */
typedef enum Phase {
  PHASE_LOAD,
  PHASE_FORWARD,
  PHASE_BACKWARD,
  PHASE_EXCHANGE, /* the sums of a norm, waiting for threads and ranks included */
  PHASE_REDUCE,   /* the gradient, likewise */
  PHASE_UPDATE,
  PHASE_EVALUATE,
  PHASE_WRITE,
  PHASE_COUNT
} Phase;
extern const char *const PHASE_NAMES[PHASE_COUNT];

typedef enum Activity {
  ACTIVITY_LOAD,
  ACTIVITY_FORWARD,
  ACTIVITY_LOSS,
  ACTIVITY_BACKWARD,
  ACTIVITY_WAIT_THREADS, /* until the slowest thread of the rank is there; for all but thread 0 of
                            an exchange, until that has ended */
  ACTIVITY_COMBINE,      /* the threads' sums to one, and what follows from the sums of all ranks */
  ACTIVITY_WAIT_RANKS,
  ACTIVITY_COMMUNICATE,
  ACTIVITY_UPDATE, /* this and the next two are marked by the caller of the passes */
  ACTIVITY_EVALUATE,
  ACTIVITY_WRITE,
  ACTIVITY_OTHER, /* whatever is timed by nobody */
  ACTIVITY_COUNT
} Activity;
extern const char *const ACTIVITY_NAMES[ACTIVITY_COUNT];

/* Returns the phase of an activity, within an operation or outside of all. ACTIVITY_OTHER has none:
 * PHASE_COUNT. */
Phase activity_phase(Activity activity, int is_in_operation);

/* Where thread 0 of this rank is, for another thread or process to read: a number that changes with
 * each mark and has phase and layer in it. PHASE_EXCHANGE and PHASE_REDUCE are waiting for other
 * threads or ranks as well. */
typedef _Atomic uint64_t PassSign;
Phase pass_sign_phase(uint64_t sign);
int pass_sign_layer(uint64_t sign); /* -1: in none */

#endif
