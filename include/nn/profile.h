#ifndef NORMLAB_NN_PROFILE_H
#define NORMLAB_NN_PROFILE_H
/* Where the time of training passes goes, by thread and by row. A row is one step of the plan: an
 * operation, or several neighbours that are done together. A pass that was not told to record takes
 * no notes.
 *
 * Time is cut without gaps: each mark of a thread gives what has passed since its last one to an
 * activity and a row. While a pass records, thread 0 meets the other ranks at a barrier before each
 * exchange, so that waiting for the slowest of them and communication can be told apart. Results
 * are the same bits. */
#include "nn/pass.h"

/* The row of what belongs to no operation: images, loss, gradient. */
enum { NO_ROW = -1 };

typedef struct Span {
  double begin, end; /* pass_clock() */
  int64_t step;      /* global number */
  int32_t activity, row;
} Span;

/* Plans the memory for recording; once a pass. n_steps: the spans of so many steps are kept, with
 * all that is between them; with 0 there are sums alone. Not collective. */
Status profile_make(Pass *pass, int n_steps) MUST_CHECK;
/* Turns recording on or off (as at first), between two steps, and the same on all ranks. Turned on,
 * the sums are 0. */
void profile_switch(Pass *pass, int on);

/* Seconds of thread 0: [ACTIVITY_COUNT][1 + rows], by row + 1. The same size on all ranks, as
 * dist_spread needs. */
const double *profile_seconds(const Pass *pass, size_t *n);

/* The spans of a thread, in order; those that found no place are left out. */
const Span *profile_spans(const Pass *pass, int thread, size_t *n);
/* Most spans a thread can have. */
size_t profile_capacity(const Pass *pass);

typedef struct ProfileRow {
  int layer;     /* index in the configuration */
  Shape out;     /* of the first operation that the row is named after */
  char name[96]; /* "conv 3x3", "norm, dropout, ReLU + conv 1x1" where both are done together */
} ProfileRow;
int profile_rows(const Pass *pass);
ProfileRow profile_row(const Pass *pass, int row);

#endif
