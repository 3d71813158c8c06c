#ifndef NORMLAB_DIST_DIST_H
#define NORMLAB_DIST_DIST_H
/* The processes of a run ("ranks") and what they do together. This library alone uses MPI.
 *
 * One thread of a rank calls all of this (MPI_THREAD_FUNNELED). An MPI error prints rank and call
 * and aborts all ranks. A process that was started without mpirun is a run of one rank. So is one
 * that has not called dist_start: all of this works without MPI there.
 *
 * A function is "Collective." if all ranks must call it, in the same order; it may wait for the
 * slowest of them. */
#include "base/exact.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

/* Returns whether mpirun, or an srun that serves MPI, started this process and perhaps others: not
 * where it tells that it started this one alone, as the shell of `srun -n 1 bash`. It may be called
 * before dist_start. Not collective. */
int dist_is_launched(void);

/* Collective. Starts MPI, unless a launcher says that it has started this process alone. Returns
 * STATUS_USAGE if several processes were started together that do not know each other (by an srun
 * without PMIx, or the mpiexec of another MPI). It leaves a limit of $NORMLAB_START_SECONDS on
 * (dist_limit; 300 without the variable, 0 is no limit). */
Status dist_start(int *argc, char ***argv) MUST_CHECK;
/* Limits how long this process may go on from now, as MPI waits for other ranks without end: after
 * so many seconds it names itself on standard error and exits with STATUS_STALLED, unless this is
 * called again before. 0 takes the limit away. Time during which the process is suspended does not
 * count. Not collective. */
void dist_limit(double seconds);
/* Collective. Ends MPI, where it was started. */
void dist_end(void);
/* Ends all ranks at once with this exit status, also before MPI has started; this rank ends within
 * seconds, whatever MPI does. It is for failures that no agreement can reach. Not collective. */
void dist_abort(int exit_status) __attribute__((noreturn));

/* Has the MPI library and its components in memory, as they are in a run, without starting MPI: for
 * whoever wants to know how much that is. Does nothing where it fails. Not collective. */
void dist_touch_library(void);

/* Return this rank's number, from 0; the number of ranks; the number of ranks on this node; the
 * number of nodes with ranks. Not collective. */
int dist_rank(void);
int dist_size(void);
int dist_node_size(void);
int dist_nodes(void);
/* Returns whether rank r is on another node than rank r - 1, where 1 <= r < dist_size(). Not
 * collective. */
int dist_node_begins(int r);
/* Returns the name and version of the MPI library; the text is static. Not collective. */
const char *dist_version(void);

/* Writes which setting decides what Open MPI sends over TCP at once, as VARIABLE=BYTES, cut to
 * `bytes`: that of the user, or this program's. Not collective. */
void dist_tcp_setting(char *text, size_t bytes);

/* Collective. Returns the same status on all ranks: success if all pass success, otherwise that of
 * the lowest rank that failed. Its text is extended by "(on rank R of HOST)" if R is not 0. */
Status dist_agree(Status local) MUST_CHECK;

/* Collective. Copies rank 0's bytes to all ranks. */
void dist_broadcast(void *data, size_t bytes);

/* Collective. Replaces values[0 .. n-1] by their sums over ranks. No sum may overflow. The fastest
 * of several ways is taken (dist/sum.h). */
void dist_sum(int64_t *values, size_t n);
/* Whose values are summed: those of this rank alone, which stay as they are; those of the ranks of
 * its node, through shared memory; those of all. */
typedef enum DistScope { DIST_SCOPE_RANK, DIST_SCOPE_NODE, DIST_SCOPE_ALL } DistScope;
/* Collective. The same for 128-bit exact sums, which all ranks sum over the same scope. work is
 * memory for 2 n integers. */
void dist_sum_exact(ExactSum *values, size_t n, int64_t *work, DistScope scope);

/* Collective. Computes minimum, mean and maximum over ranks of values[0 .. n-1]. The mean depends
 * on the order of additions: this is for times, never for results. */
void dist_spread(const double *values, size_t n, double *minimum, double *mean, double *maximum);

/* Collective. Returns which rank has the largest value, the lowest of several; *largest is its
 * value, *others the mean of the positive values of the other ranks, 0 if there are none; host is
 * the name of its node, cut to `bytes`. The same on all ranks. */
int dist_largest(double value, double *largest, double *others, char *host, size_t bytes);

/* Collective. Rank 0 gets `bytes` bytes of every rank, one after another by rank; a rank may give
 * none. counts[r] is rank r's number of bytes; out and counts are used on rank 0 alone, and may be
 * NULL elsewhere. */
void dist_gather(const void *data, size_t bytes, void *out, const size_t *counts);

/* Memory that all ranks of a node share. */
typedef struct SharedMemory {
  void *data;
  size_t bytes;
  int is_shared; /* private */
} SharedMemory;
/* Who writes it: the first rank of a node alone, before dist_share_publish(), so that a write by
 * another rank ends that rank; or all. */
typedef enum ShareUse { SHARE_WRITTEN_BY_FIRST, SHARE_WRITTEN_BY_ALL } ShareUse;
/* Collective. Makes one zeroed copy a node; all ranks pass the same arguments. Nothing is left in
 * the system if the ranks are killed. Where ranks of some node cannot share memory of this size,
 * each rank of all nodes has its own copy, and a warning names WHAT, why, the size and what helps;
 * there is none if WHAT is NULL. Returns STATUS_MEMORY. */
Status dist_share(SharedMemory *memory, size_t bytes, ShareUse use, const char *what) MUST_CHECK;
/* Collective. Copies what rank 0 has written into its node's copy to the other nodes. All ranks see
 * it on return. */
void dist_share_publish(SharedMemory *memory);
/* Frees it; *memory is empty afterwards. Not collective. */
void dist_share_free(SharedMemory *memory);

/* Collective. Returns when all ranks have come here. */
void dist_barrier(void);

/* Collective. Returns the number of cores that the ranks of this node may use together: their
 * affinity masks united. *n_fair_threads is how many threads this rank should run so that no core
 * gets more than one, where that can be; it is at least 1. */
int dist_cores(int *n_fair_threads);

/* Collective. Writes the names of the hosts in use with their numbers of ranks, "a x 4, b x 4", on
 * rank 0, cut to `bytes`; an empty text elsewhere. */
void dist_hosts(char *text, size_t bytes);

#endif
