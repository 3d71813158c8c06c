#include "train/threads.h"

#include "base/log.h"
#include "base/threads.h"
#include "dist/dist.h"
#include "kernels/block.h"
#include "launch.h"
#include "train/proposal.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the time of ranks and threads: with less, a batch of another size is proposed. */
#define WELL_BUSY 0.9

/* The first number of OMP_NUM_THREADS, 0 without one. Not omp_get_max_threads(): an OpenBLAS built
 * with OpenMP changes that when it is told to use one thread. */
static int environment_threads(void) {
  const char *text = getenv("OMP_NUM_THREADS");
  char *end;
  long n = text ? strtol(text, &end, 10) : 0;
  if (!text || !strchr(",", end[strspn(end, " \t")]) || n < 1 || n > MAX_THREADS) return 0;
  return (int)n;
}

/* As many of the ranks and threads as have a core each. */
static void fitting_command(char *text, size_t bytes, int n_threads, int n_cores) {
  int n_node = dist_node_size(), n_ranks = dist_size(),
      n_online = (int)sysconf(_SC_NPROCESSORS_ONLN);
  /* mpirun may have given each rank one core of a machine that has enough. */
  if (n_node * n_threads <= n_online && !getenv("SLURM_JOB_ID")) n_cores = n_node * n_threads;
  if (n_node > n_cores)
    launch_command(text, bytes, n_ranks / n_node * n_cores, 1);
  else
    launch_command(text, bytes, n_ranks, n_cores / n_node);
}

static void warn(int n_threads, int n_cores, int batch) {
  int n_ranks = dist_size(), n_workers = n_ranks * n_threads;
  int n_node = dist_node_size();
  if (n_node * n_threads > n_cores) {
    char command[160];
    fitting_command(command, sizeof command, n_threads, n_cores);
    log_warning("ranks x threads = %d x %d share %d allowed core%s of this node: slow; start with "
                "%s",
                n_node, n_threads, n_cores, n_cores > 1 ? "s" : "", command);
  }
  const double busy = proposal_busy((PassLayout){n_ranks, n_threads}, batch);
  if (n_workers > 1 && busy < WELL_BUSY)
    log_warning("a batch of %d on ranks x threads = %d x %d: at most %.0f %% of them are busy, as "
                "%d samples are computed at a time; a multiple of %d fills them",
                batch, n_ranks, n_threads, 100 * busy, LANES, LANES * n_workers);
}

/* Collective. Of nodes that are not like rank 0's. All ranks have as many samples of a batch. */
static void warn_of_others(int n_threads, int n_cores) {
  const double load = (double)(dist_node_size() * n_threads) / n_cores, threads = n_threads;
  double most, others, least, mean, largest;
  char host[64];
  const int rank = dist_largest(load, &most, &others, host, sizeof host);
  dist_spread(&threads, 1, &least, &mean, &largest);
  if (most > 1 && most > load)
    log_warning(
        "the threads of rank %d on %s and those beside it are %.3g for each core, more than "
        "elsewhere: all ranks wait for them; take nodes that are alike, or --threads %d",
        rank, host, most, (int)least);
  if (least < largest)
    log_warning(
        "ranks have from %d to %d threads, and as many images each: all wait for those with "
        "few; the result is the same. Nodes that are alike, or --threads %d for all, end it",
        (int)least, (int)largest, (int)least);
}

/* Of a team like those that will compute. Levels of 0, or a number that OpenMP may lower, are what
 * the environment can ask for; they mean nothing here. */
static int team_size(int n_threads) {
  int n = 1;
  omp_set_dynamic(0);
  if (omp_get_max_active_levels() < 1) omp_set_max_active_levels(1);
#pragma omp parallel num_threads(n_threads)
  if (omp_get_thread_num() == 0) n = omp_get_num_threads();
  return n;
}

static Status check_team(int n_threads) {
  if (n_threads == 1) return status_ok();
  TRY(threads_try(n_threads));
  int n = team_size(n_threads);
  if (n == n_threads) return status_ok();
  return status_error(STATUS_USAGE,
                      "OpenMP gives %d of %d threads: a variable whose name begins with OMP_ keeps "
                      "it from giving all; unset OMP_THREAD_LIMIT, OMP_MAX_ACTIVE_LEVELS and "
                      "OMP_DYNAMIC, or use --threads %d",
                      n, n_threads, n);
}

Status threads_choose(int *n_threads, int *n_cores, int wanted, int batch) {
  *n_cores = dist_cores(n_threads);
  int slurm_cores = launch_slurm_cores(); /* fewer where Slurm binds nothing */
  if (slurm_cores > 0 && slurm_cores < *n_cores) {
    *n_cores = slurm_cores;
    int fair = slurm_cores / dist_node_size();
    if (*n_threads > fair) *n_threads = fair > 1 ? fair : 1;
  }
  if (environment_threads() > 0) *n_threads = environment_threads();
  if (wanted > 0) *n_threads = wanted;
  if (*n_threads > omp_get_thread_limit()) *n_threads = omp_get_thread_limit();
  TRY(dist_agree(check_team(*n_threads)));
  warn(*n_threads, *n_cores, batch);
  warn_of_others(*n_threads, *n_cores);
  return status_ok();
}
