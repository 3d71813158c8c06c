#ifndef NORMLAB_NN_PROFILE_H
#define NORMLAB_NN_PROFILE_H
/* Measures where the time of training passes goes, by thread and by row. A row is one step of the
 * plan: an operation, or several neighbours that are done together. A pass measures nothing of
 * this unless it is told to record.
 *
 * Time is cut without gaps: each mark of a thread gives the time since its last mark to an
 * activity and a row. While a pass records, thread 0 meets the other ranks at a barrier before
 * each exchange, so that waiting for the slowest of them and communication can be told apart. The
 * results are the same bits. */
#include "nn/pass.h"

/* The row of what belongs to no operation: loading images, the loss, the gradient. */
enum { NO_ROW = -1 };

/* A time in which a thread did one activity. */
typedef struct Span {
  double begin, end; /* in the seconds of pass_clock() */
  int64_t step;      /* the global number of the step */
  int32_t activity, row;
  int64_t bytes; /* of the sum over ranks that ACTIVITY_COMMUNICATE is; otherwise 0 */
} Span;

/* Plans the memory for recording; it may be called once for each pass. The spans of n_steps steps,
 * and of what is between these steps, are kept; with 0 only sums are. Returns STATUS_MEMORY. Not
 * collective. */
Status profile_make(Pass *pass, int n_steps) MUST_CHECK;
/* Turns recording on or off; at first it is off. It is called between two steps, with the same
 * value on all ranks. When it is turned on, the sums are set to 0. Not collective. */
void profile_switch(Pass *pass, int on);

/* Returns the seconds of thread 0, [ACTIVITY_COUNT][1 + rows], by row + 1, and sets *n to their
 * number. The number is the same on all ranks, as dist_spread() needs it. */
const double *profile_seconds(const Pass *pass, size_t *n);

/* Returns the spans of a thread in order, and sets *n to their number. Those that did not fit the
 * planned memory are left out. */
const Span *profile_spans(const Pass *pass, int thread, size_t *n);
/* Returns the largest number of spans that a thread can have. */
size_t profile_capacity(const Pass *pass);

typedef struct ProfileRow {
  int layer;     /* the index of its layer in the configuration */
  Shape out;     /* the output of the first operation that the row is named after */
  double flops;  /* of a sample, as network_training_flops() counts them */
  char name[96]; /* "conv 3x3", "norm, dropout, ReLU + conv 1x1" where both are done together */
} ProfileRow;
/* Return the number of rows, and one of them, from 0. */
int profile_rows(const Pass *pass);
ProfileRow profile_row(const Pass *pass, int row);

#endif
