#include "dist/launcher.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
  const char *name;
  const char *rank, *size; /* variables; NULL: there is none */
  const char *local_size;  /* likewise; a number, or Slurm's list of the nodes' numbers */
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
    {"Slurm", "PMIX_RANK", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE", "SLURM_PROCID", 1,
     BY_PMIX},
    {"PMIx", "PMIX_RANK", NULL, NULL, NULL, 1, ITS_OWN},
    {"Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE", NULL, 0,
     BY_PMIX},
};

/* -1: there is no such variable, or it is no number from `least` on. */
static int number(const char *variable, int least) {
  const char *text = variable ? getenv(variable) : NULL;
  if (!text || !*text || text[strspn(text, "0123456789")]) return -1;
  const long n = strtol(text, NULL, 10);
  return n >= least && n <= INT_MAX ? (int)n : -1;
}

/* How many processes are on this node, of a list such as "2(x3),1": two on each of three nodes, one
 * on the next; of a number, that. 0: not known. */
static int count_here(const char *variable) {
  const char *list = variable ? getenv(variable) : NULL;
  const int node = number("SLURM_NODEID", 0);
  if (number(variable, 1) > 0) return number(variable, 1);
  for (int first = 0; list && *list; list += strcspn(list, ","), list += *list == ',') {
    int n_nodes = 1;
    const int n = atoi(list), length = (int)strcspn(list, ",("); /* of the number */
    if (list[length] == '(' && sscanf(list + length, "(x%d)", &n_nodes) != 1) return 0;
    first += n_nodes;
    if (node >= 0 && node < first) return n > 0 ? n : 0;
  }
  return 0;
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
    return (Launcher){.name = row->name,
                      .rank_variable = row->rank,
                      .size_variable = size > 0 ? row->size : NULL,
                      .rank = rank > 0 ? rank : 0,
                      .size = size > 0 ? size : 0,
                      .local_size = count_here(row->local_size),
                      .serves_mpi = row->serves_mpi,
                      .advice = row->advice};
  }
  return (Launcher){.rank = 0, .size = 1, .local_size = 1};
}
