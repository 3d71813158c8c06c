#ifndef NORMLAB_NN_RUN_EXCHANGE_H
#define NORMLAB_NN_RUN_EXCHANGE_H
/* Exact sums over blocks, threads and ranks. A function that is collective says so. */
#include "clock.h"
#include "dist/dist.h"
#include "workspace.h"

/* What a step's message has after the gradient, each as one integer but the loss, which has two. */
enum { TAIL_LOSS, TAIL_CORRECT = TAIL_LOSS + 2, TAIL_OUT_OF_RANGE, TAIL_STOP, TAIL_COUNT };

typedef struct Exchange {
  int64_t *gradient; /* [n_parameters + TAIL_COUNT + n_late]: what is added up over the ranks */
  int64_t *work;     /* the work memory of dist_sum_exact() */
  /* [n_ops]: for each norm that crosses samples, mean and rstd [sample group][group]. Where a batch
   * is not grouped, group 0 has those of all samples. */
  double **mean, **rstd;
  double **correction;      /* [n_ops]: for each norm that is corrected, r and d [sample group]
                               [group][2] of the present step; NULL for the others */
  double *mean_d, *mean_dx; /* [sample group][group]: the two means of the backward pass of the
                               norm that is being computed */
  /* [n_ops]: for each norm that has one, its part of the end of the message: there travel the
   * statistics of groups of samples whose sums only one rank or node has had (batch_statistics.h),
   * and sums that are not needed before (Step.send). NULL for the others. */
  int64_t **late;
  int64_t *late_end; /* behind those that have been given to norms */
  int64_t *sent_end; /* behind what the present step sends, from `gradient` on */
  double *moments;   /* the moments of the images of the batch (kernels/image_moments.h) */
  double *products;  /* [n_products]: what a step computes from them */
} Exchange;

/* What an exchange is made for. */
typedef struct ExchangeShape {
  size_t n_parameters, n_exchange; /* n_exchange exact sums in the largest exchange */
  size_t n_moments, n_products, n_late;
  int n_ops;
} ExchangeShape;

/* Makes the memory. Returns STATUS_MEMORY. The caller calls exchange_free(), also after a failure.
 */
Status exchange_make(Exchange *exchange, const ExchangeShape *shape) MUST_CHECK;
/* Returns the bytes that this takes. */
size_t exchange_bytes(const ExchangeShape *shape);
void exchange_free(Exchange *exchange, int n_ops);

/* Adds the first n exact sums of thread `from` to those of thread `to`; the former become 0. */
void exchange_add(Workspace *work, size_t n, int to, int from);

/* Collective, but for the scope of this rank alone. Adds up the first n exact sums of thread 0, to
 * which those of the other threads have been added, over the ranks of the scope, and returns them.
 * One thread calls it while all others wait. `row` is the row of the clock that the time goes to.
 */
ExactSum *exchange_sum(const Exchange *exchange, Workspace *work, Clock *clock, DistScope scope,
                       size_t n, int row);

/* Collective. Adds up n integers over all ranks, likewise; the time goes to no row. */
void exchange_integers(int64_t *values, size_t n, Clock *clock);

/* Adds up the gradients of all threads in exchange->gradient and sets them to 0, for the t-th part
 * of the parameters. Each thread t calls it for its own part. */
void exchange_add_threads(Exchange *exchange, Workspace *work, size_t n_parameters, int t);

/* Has the present step send the first n integers of an operation's part of the end of the message,
 * and all that lies before them; returns the part. */
int64_t *exchange_late(Exchange *exchange, int op, size_t n);

/* Adds up what the threads have counted besides the gradient, as a message that is to be added up
 * over the ranks, and sets their counts to 0. */
void exchange_tail(int64_t tail[TAIL_COUNT], Workspace *work);

#endif
