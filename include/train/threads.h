#ifndef NORMLAB_TRAIN_THREADS_H
#define NORMLAB_TRAIN_THREADS_H
#include "base/status.h"

enum { MAX_THREADS = 4096 }; /* of a rank */

/* Collective. Chooses how many threads this rank runs: `wanted` if that is at least 1; otherwise
 * the first number of OMP_NUM_THREADS, unless that is not a number from 1 to MAX_THREADS; without
 * it, what fits the allowed cores when the ranks of the node share them. It is never more than
 * OMP_THREAD_LIMIT. *n_cores is the number of allowed cores of the node. A warning says so where
 * ranks x threads exceed the cores, and where the blocks of a batch of `batch` samples do not fill
 * the threads.
 *
 * The threads are started for a trial. All ranks return STATUS_USAGE if OpenMP's environment does
 * not give as many as were chosen, or STATUS_MEMORY if some rank cannot start them. */
Status threads_choose(int *n_threads, int *n_cores, int wanted, int batch) MUST_CHECK;

#endif
