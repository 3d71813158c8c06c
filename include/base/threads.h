#ifndef NORMLAB_BASE_THREADS_H
#define NORMLAB_BASE_THREADS_H
/* Whether threads have the stack that they need and can be started, before OpenMP starts them:
 * where it cannot, it ends the process. Not collective. */
#include "base/status.h"

/* Raises the limit of the first thread's stack (ulimit -s), where it is too low for one that
 * computes. Returns STATUS_MEMORY if the system does not let it. */
Status threads_settle_stack(void) MUST_CHECK;

/* Starts n_threads - 1 threads beside the calling one, with the stack that OpenMP's threads will
 * have, and ends them again; n_threads is at least 1. Where the system gives threads less stack
 * than they need (ulimit -s), they get more from now on. Returns STATUS_USAGE if OMP_STACKSIZE or
 * GOMP_STACKSIZE asks for too little, and STATUS_MEMORY if the threads cannot be started. */
Status threads_try(int n_threads) MUST_CHECK;

#endif
