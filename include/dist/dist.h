#ifndef NORMLAB_DIST_DIST_H
#define NORMLAB_DIST_DIST_H
/* The only user of MPI. Everything is called by one thread of a rank (MPI_THREAD_FUNNELED). An MPI
 * error prints rank and call and aborts. Works in a process started without mpirun: one rank. */
#include "base/exact.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

/* Whether mpirun or srun started this process. Before dist_start, too. */
int dist_is_launched(void);

/* Collective. Starts MPI; must precede everything else here. STATUS_USAGE if srun started several
 * processes that do not know each other (an srun without PMIx). Leaves a limit of
 * $NORMLAB_START_SECONDS (300; 0: none). */
Status dist_start(int *argc, char ***argv) MUST_CHECK;
/* MPI waits for other ranks without end. From now on this process names itself on standard error and
 * exits with STATUS_STALLED after so many seconds, unless this is called again before; 0: never. Time
 * during which the process is suspended does not count. */
void dist_limit(double seconds);
/* Collective. Ends MPI. */
void dist_end(void);
/* Ends all ranks at once with this exit status, for failures no agreement can reach. */
void dist_abort(int exit_status) __attribute__((noreturn));

int dist_rank(void);
int dist_size(void);
int dist_node_size(void);       /* ranks on this node */
int dist_nodes(void);           /* collective: nodes with ranks */
const char *dist_version(void); /* MPI library */

/* Collective. Returns the same status on all ranks: that of the lowest rank that failed, its text
 * extended by "(on rank R of HOST)" if R is not 0; or success. */
Status dist_agree(Status local) MUST_CHECK;

/* Collective. Rank 0's bytes to all. */
void dist_broadcast(void *data, size_t bytes);

/* Collective. Elementwise sum over ranks, in place, exact. */
void dist_sum(int64_t *values, size_t n);
/* Collective. The same for 128-bit exact sums; work: 2 n integers. */
void dist_sum_exact(ExactSum *values, size_t n, int64_t *work);

/* Collective. Minimum, mean and maximum over ranks of n doubles (for times, never for results). */
void dist_spread(const double *values, size_t n, double *minimum, double *mean, double *maximum);

/* Collective. Rank 0 gets counts[r] bytes of every rank, one after another; out is NULL elsewhere.
 */
void dist_gather(const void *data, size_t bytes, void *out, const size_t *counts);

/* Memory that all ranks of a node share: one copy a node. */
typedef struct SharedMemory {
  void *data;
  size_t bytes;
  void *handle; /* private */
} SharedMemory;
/* Collective. All ranks pass the same size. */
Status dist_share(SharedMemory *memory, size_t bytes) MUST_CHECK;
/* Collective. After rank 0 has written its node's copy: copies it to the other nodes; on return all
 * ranks see it. */
void dist_share_publish(SharedMemory *memory);
/* Collective. */
void dist_share_free(SharedMemory *memory);

/* Collective. Waits for all. */
void dist_barrier(void);

/* Collective. Cores that the ranks of this node may use together (their affinity masks united), and
 * the threads this rank should run so that no core gets more than one where that can be. */
int dist_cores(int *n_fair_threads);

/* Lets this thread use all cores that OpenMP has for the process, where it has bound it to one
 * place. Before dist_start, too. */
void dist_unbind(void);

/* Collective. Names of the hosts in use, "a x 4, b x 4", on rank 0 (empty elsewhere). */
void dist_hosts(char *text, size_t bytes);

#endif
