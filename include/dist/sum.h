#ifndef NORMLAB_DIST_SUM_H
#define NORMLAB_DIST_SUM_H
/* How 64-bit integers are summed over the ranks. All ways give the same bits, as integers are
 * added: which one is taken is a matter of time alone.
 *
 * Where there are several nodes, the ranks of a node first add up through shared memory, one rank a
 * node sums over the nodes, and hands the sums to the others of its node. So a node sends each
 * number once, however many ranks it has. Within one node MPI_Allreduce is taken, which goes
 * through shared memory, too.
 *
 * Over R nodes, with a delay of d a message and w bytes a second:
 *   doubling  log2 R (d + bytes / w): each node adds what its partner has, at distances 1, 2, 4 ...
 *             (recursive doubling)
 *   halving   2 log2 R d + 2 (R - 1) / R bytes / w: each node adds up its share of the numbers, and
 *             they collect the shares (recursive halving and doubling)
 *   mpi       what MPI_Allreduce makes of it
 * If R is not a power of two, the nodes beyond one give theirs to another node before, and get the
 * sums after it, which is two messages more. Rabenseifner 2004, Optimization of collective
 * reduction operations; Thakur, Rabenseifner and Gropp 2005. */
#include <stddef.h>
#include <stdint.h>

enum { DIST_SUM_DOUBLING, DIST_SUM_HALVING, DIST_SUM_MPI, N_DIST_SUMS };
typedef struct DistSumWay {
  const char *name;
  const char *text; /* what it does, in a few words */
} DistSumWay;
extern const DistSumWay DIST_SUM_WAYS[N_DIST_SUMS];

/* Returns the way that dist_sum() takes for n integers. The same on all ranks; not collective. */
int dist_sum_way(size_t n);
/* Collective. As dist_sum(), in this way. */
void dist_sum_by(int way, int64_t *values, size_t n);

#endif
