#ifndef NORMLAB_TRAIN_THREADS_H
#define NORMLAB_TRAIN_THREADS_H

enum { MAX_THREADS = 4096 }; /* of a rank */

/* Collective. Returns how many threads this rank is to run: `wanted` if that is at least 1;
 * otherwise the first number of OMP_NUM_THREADS; without that, what fits the allowed cores when the
 * ranks of the node share them. It is never more than OMP_THREAD_LIMIT. *n_cores is the number of
 * allowed cores of the node. A warning says so where ranks x threads exceed the cores, and where
 * the blocks of a batch of `batch` samples do not fill the threads. */
int threads_choose(int *n_cores, int wanted, int batch);

#endif
