#include "train/threads.h"

#include "base/log.h"
#include "dist/dist.h"
#include "kernels/block.h"
#include <omp.h>
#include <stdlib.h>

/* The first number of OMP_NUM_THREADS, 0 without one. Not omp_get_max_threads(): an OpenBLAS built
 * with OpenMP changes that when it is told to use one thread. */
static int environment_threads(void) {
  const char *text = getenv("OMP_NUM_THREADS");
  long n = text ? strtol(text, NULL, 10) : 0;
  return n >= 1 && n <= MAX_THREADS ? (int)n : 0;
}

static void warn(int n_threads, int n_cores, int batch) {
  int n_ranks = dist_size(), n_workers = n_ranks * n_threads;
  if (dist_node_size() * n_threads > n_cores)
    log_warning("ranks x threads = %d x %d share %d allowed cores of this node: slow; set "
                "OMP_NUM_THREADS, or mpirun's --bind-to none or --map-by slot:PE=N",
                dist_node_size(), n_threads, n_cores);
  int n_blocks = (batch + LANES - 1) / LANES, rounds = (n_blocks + n_workers - 1) / n_workers;
  if (n_blocks % n_workers != 0)
    log_warning(
        "a batch of %d has %d blocks of %d samples for ranks x threads = %d x %d: at most %.0f "
        "%% of them are busy; a multiple of %d fills them",
        batch, n_blocks, LANES, n_ranks, n_threads, 100.0 * n_blocks / ((double)rounds * n_workers),
        LANES * n_workers);
}

int threads_choose(int *n_cores, int wanted, int batch) {
  int n_threads;
  *n_cores = dist_cores(&n_threads);
  if (environment_threads() > 0) n_threads = environment_threads();
  if (wanted > 0) n_threads = wanted;
  if (n_threads > omp_get_thread_limit()) n_threads = omp_get_thread_limit();
  omp_set_dynamic(0);
  warn(n_threads, *n_cores, batch);
  return n_threads;
}
