#ifndef NORMLAB_NN_PROFILE_H
#define NORMLAB_NN_PROFILE_H
/* Where the time of training passes goes, by thread and operation. A pass that was not told to
 * record reads no clock for it.
 *
 * Time is cut without gaps: from the begin of pass_train on, each mark of a thread gives what has
 * passed since its last one to an activity and an operation. Neighbouring operations that are done
 * together (profile_name names them) are one: the time of all of it is the first one's, but for the
 * weight gradient of a first convolution that is done with the norm after it.
 *
 * While a pass records, thread 0 meets the other ranks at a barrier before each exchange, so that
 * waiting for the slowest of them and communication can be told apart. Results are the same bits. */
#include "nn/pass.h"

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
  ACTIVITY_UPDATE, /* by the caller, as the others below */
  ACTIVITY_EVALUATE,
  ACTIVITY_WRITE,
  ACTIVITY_COUNT
} Activity;
extern const char *const ACTIVITY_NAMES[ACTIVITY_COUNT];

/* Operation of what belongs to none: images, loss, gradient. */
enum { NO_OP = -1 };

typedef struct Span {
  double begin, end; /* pass_clock() */
  int64_t step;      /* global number */
  int32_t activity, op;
} Span;

/* Plans the memory for recording; once a pass. n_steps: keep the spans of so many steps with all
 * that is between them; 0: sums alone. */
Status profile_make(Pass *pass, int n_steps) MUST_CHECK;
/* On or off (as at first), between two steps, and the same on all ranks. Turned on, sums are 0. */
void profile_switch(Pass *pass, int on);

/* By the caller, between two passes, on thread 0: what was done since its last mark. */
void profile_mark(Pass *pass, Activity activity);
/* Gives the time since the last mark to nothing. */
void profile_skip(Pass *pass);

/* Seconds of thread 0: [ACTIVITY_COUNT][1 + n_ops], by operation + 1. For dist_spread: the same size
 * on all ranks. */
const double *profile_seconds(const Pass *pass, size_t *n);

/* Spans of a thread, in order; those that found no place are left out. */
const Span *profile_spans(const Pass *pass, int thread, size_t *n);
/* Most spans a thread can have. */
size_t profile_capacity(const Pass *pass);

/* Whether time is given to this operation, or to the one before. */
int profile_has_row(const Pass *pass, int op);
/* "conv 3x3", "norm, dropout, ReLU + conv 1x1" where both are done together. */
void profile_name(const Pass *pass, int op, char *text, size_t bytes);

#endif
