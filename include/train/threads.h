#ifndef NORMLAB_TRAIN_THREADS_H
#define NORMLAB_TRAIN_THREADS_H

enum { MAX_THREADS = 4096 }; /* of a rank */

/* Collective. The threads of this rank: wanted if that is at least 1, else the first number of
 * OMP_NUM_THREADS, else what fits the allowed cores when the ranks of the node share them. Warns
 * where ranks x threads exceed the cores, and where the blocks of a batch do not fill them.
 * *n_cores: allowed cores of the node. */
int threads_choose(int *n_cores, int wanted, int batch);

#endif
