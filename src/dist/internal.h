#ifndef NORMLAB_DIST_INTERNAL_H
#define NORMLAB_DIST_INTERNAL_H
#include <mpi.h>

/* Prints rank, call and MPI's message, and aborts all ranks. */
void dist_check(int error, const char *call);
#define CALL(call) dist_check((call), #call)

/* Ranks of this node, ordered as in the world, and the first rank of every node (MPI_COMM_NULL on
 * the others). */
extern MPI_Comm dist_node, dist_leaders;

#endif
