#include "dist/launcher.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
  const char *name;
  const char *rank, *size, *local_size; /* variables; NULL: there is none */
  /* The size is another launcher's unless this variable, if there is one, has the rank, too. */
  const char *also_rank;
  int serves_mpi;
  const char *advice;
} Row;

#define ITS_OWN "start it with the mpirun or mpiexec of that MPI"
#define BY_PMIX "use srun --mpi=pmix (srun --mpi=list names what there is), or mpirun"

/* A launcher stands before those that may have started it. */
static const Row ROWS[] = {
    {"mpirun of Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
     "OMPI_COMM_WORLD_LOCAL_SIZE", NULL, 1, ITS_OWN},
    {"mpirun_rsh of MVAPICH", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE",
     "MV2_COMM_WORLD_LOCAL_SIZE", NULL, 1, ITS_OWN},
    {"mpiexec of PALS", "PALS_RANKID", "PMI_SIZE", "PMI_LOCAL_SIZE", "PMI_RANK", 1, ITS_OWN},
    {"mpiexec of Hydra (MPICH, Intel MPI, MVAPICH)", "PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS",
     NULL, 1, ITS_OWN},
    {"Slurm", "PMIX_RANK", "SLURM_STEP_NUM_TASKS", NULL, "SLURM_PROCID", 1, BY_PMIX},
    {"PMIx", "PMIX_RANK", NULL, NULL, NULL, 1, ITS_OWN},
    {"Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", NULL, NULL, 0, BY_PMIX},
};

/* -1: there is no such variable, or it is no number from `least` on. */
static int number(const char *variable, int least) {
  const char *text = variable ? getenv(variable) : NULL;
  if (!text || !*text || text[strspn(text, "0123456789")]) return -1;
  const long n = strtol(text, NULL, 10);
  return n >= least && n <= INT_MAX ? (int)n : -1;
}

/* Whether a row is that of this process. Slurm's number is also in the script of a job, which is
 * one process, whatever the job was asked for; the size is in a step alone. */
static int is_ours(const Row *row) {
  const int rank = number(row->rank, 0), size = number(row->size, 1);
  if (rank < 0 && row->serves_mpi) return 0;
  if (row->also_rank && number(row->also_rank, 0) != rank) return 0;
  if (row->also_rank || !row->serves_mpi) return size > rank;
  return size < 0 || size > rank;
}

Launcher launcher_read(void) {
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    const Row *row = &ROWS[i];
    if (!is_ours(row)) continue;
    const int rank = number(row->rank, 0), size = number(row->size, 1);
    const int local_size = number(row->local_size, 1);
    return (Launcher){.name = row->name,
                      .rank_variable = row->rank,
                      .size_variable = size > 0 ? row->size : NULL,
                      .rank = rank > 0 ? rank : 0,
                      .size = size > 0 ? size : 0,
                      .local_size = local_size > 0 ? local_size : 0,
                      .serves_mpi = row->serves_mpi,
                      .advice = row->advice};
  }
  return (Launcher){.rank = 0, .size = 1, .local_size = 1};
}
