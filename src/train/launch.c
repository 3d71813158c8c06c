#include "launch.h"

#include "base/log.h"
#include "dist/dist.h"
#include "dist/mpirun.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A number of Slurm's environment; 0 without it. */
static int slurm_number(const char *name) {
  const char *text = getenv(name);
  long n = text ? strtol(text, NULL, 10) : 0;
  return n > 0 && n <= 1 << 24 ? (int)n : 0;
}

int launch_slurm_cores(void) {
  return slurm_number("SLURM_CPUS_ON_NODE");
}

static void mpirun_text(char *text, size_t bytes, int n_ranks, int n_threads) {
  const size_t n = (size_t)snprintf(text, bytes, "OMP_NUM_THREADS=%d ", n_threads);
  if (n < bytes) mpirun_command(text + n, bytes - n, dist_version(), n_ranks, n_threads);
}

void launch_command(char *text, size_t bytes, int n_ranks, int n_threads) {
  if (getenv("SLURM_JOB_ID"))
    snprintf(text, bytes,
             "OMP_NUM_THREADS=%d srun --mpi=pmix -n %d --cpus-per-task=%d --cpu-bind=cores",
             n_threads, n_ranks, n_threads);
  else
    mpirun_text(text, bytes, n_ranks, n_threads);
}

void launch_check(void) {
  int n_tasks = slurm_number("SLURM_NTASKS"), n_ranks = dist_size();
  if (!getenv("SLURM_JOB_ID") || n_tasks == 0 || n_tasks == n_ranks) return;
  int n_threads = slurm_number("SLURM_CPUS_PER_TASK");
  char command[160];
  launch_command(command, sizeof command, n_tasks, n_threads ? n_threads : 1);
  log_warning("Slurm was asked for %d tasks, but %d run%s; start them all with %s", n_tasks,
              n_ranks, n_ranks > 1 ? "" : "s", command);
}
