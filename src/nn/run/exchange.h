#ifndef NORMLAB_NN_RUN_EXCHANGE_H
#define NORMLAB_NN_RUN_EXCHANGE_H
/* Exact sums over blocks, threads and ranks. */
#include "clock.h"
#include "workspace.h"

/* What follows the gradient in a step's message. */
enum { TAIL_LOSS, TAIL_CORRECT = TAIL_LOSS + 2, TAIL_OUT_OF_RANGE, TAIL_STOP, TAIL_COUNT };

typedef struct Exchange {
  int64_t *gradient; /* [n_parameters + TAIL_COUNT]: what is added up over the ranks */
  int64_t *work;     /* of dist_sum_exact */
  /* Of the norms that cross samples, by operation: mean, rstd [sample group][unit]; in evaluation
   * group 0 has the running statistics. */
  double **mean, **rstd;
  double *mean_d, *mean_dx; /* the two means of the backward pass of the norm at hand, likewise */
  double *moments;          /* of the images of the batch (kernels/image_moments.h) */
} Exchange;

/* n_exchange: exact sums of the largest exchange; n_ops operations. */
Status exchange_make(Exchange *exchange, size_t n_parameters, size_t n_exchange, size_t n_moments,
                     int n_ops) MUST_CHECK;
void exchange_free(Exchange *exchange, int n_ops);

/* Collective. Adds the first n exact sums of all threads and all ranks up, in those of thread 0,
 * which are returned; the other threads' are then 0. By one thread, all others waiting. row: of the
 * clock. */
ExactSum *exchange_sum(const Exchange *exchange, Workspace *work, Clock *clock, size_t n, int row);

/* Adds the threads' gradients up in exchange->gradient and makes them 0: thread t's part of the
 * parameters. */
void exchange_add_threads(Exchange *exchange, Workspace *work, size_t n_parameters, int t);

/* What the threads counted besides, as a message to be added up over ranks; the threads' are then
 * 0. */
void exchange_tail(int64_t tail[TAIL_COUNT], Workspace *work);

#endif
