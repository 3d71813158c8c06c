#ifndef NORMLAB_DIST_INTERNAL_H
#define NORMLAB_DIST_INTERNAL_H
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>

/* If `error` is one, prints rank, host, call and MPI's message, and aborts all ranks. It may be
 * called before MPI has started. */
void dist_check(int error, const char *call);
#define CALL(call) dist_check((call), #call)

/* Ranks of this node, ordered as in the world, and the first rank of every node (MPI_COMM_NULL on
 * the others). */
extern MPI_Comm dist_node, dist_leaders;

/* Who sums: all ranks, those of this one's node, and the first ones of all nodes (MPI_COMM_NULL on
 * the others). */
typedef struct SumRanks {
  MPI_Comm all, node, leaders;
} SumRanks;
/* Returns the way that takes the least time for n integers over so many nodes (dist/sum.h). Not
 * collective. */
int sum_way_over(int n_nodes, size_t n);
/* Collective. Replaces values[0 .. n-1] by their sums over all ranks, in this way. */
void sum_over(int way, int64_t *values, size_t n, const SumRanks *ranks);

/* Where Open MPI keeps the files through which ranks of a node send messages to each other. */
#define MESSAGES_FOLDER "/dev/shm"
/* Returns whether a folder has room for such files of so many ranks. Not collective. */
int messages_fit(const char *folder, int n_ranks);
/* Called before MPI starts. Where the folder has no room for them, as in many containers, chooses
 * $TMPDIR or /tmp, unless the user has chosen; Open MPI would use slow TCP, or die of SIGBUS once
 * that folder is full. Not collective. */
void messages_place(void);
/* Called before MPI starts. Raises Open MPI's limits for what TCP sends at once where there are
 * several nodes, unless the user has set them. Not collective. */
void messages_set_limits(void);

/* Writes the name of this node, cut to `bytes`; "unknown" where it has none. */
void dist_host_name(char *name, size_t bytes);

#endif
