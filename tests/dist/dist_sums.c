/* Each way to sum over the ranks beside MPI_Allreduce, of the first 1, 2, ... ranks of those that
 * mpirun has started, as nodes of different sizes; run by ctest. Prints "all right" if all is. */
#include "dist/dist.h"
#include "dist/sum.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One value, odd and even numbers, fewer than ranks, and more than are sent at once. */
static const size_t SIZES[] = {0, 1, 2, 7, 32, 33, 1001};
enum { N_SIZES = sizeof SIZES / sizeof *SIZES, MOST = 70001, LARGE_RANKS = 5 };

static int64_t values[MOST], expected[MOST];
static int n_wrong;

/* Of both signs; sums over a hundred ranks do not overflow. */
static int64_t term(int rank, size_t i) {
  const uint64_t bits = ((uint64_t)rank * 1000003 + i + 1) * 0x9e3779b97f4a7c15U;
  return (int64_t)bits / 128;
}

static void check(int way, size_t n, int per_node, const SumRanks *ranks) {
  int rank, n_ranks;
  MPI_Comm_rank(ranks->all, &rank);
  MPI_Comm_size(ranks->all, &n_ranks);
  for (size_t i = 0; i < n; i++) values[i] = term(rank, i);
  MPI_Allreduce(values, expected, (int)n, MPI_INT64_T, MPI_SUM, ranks->all);
  sum_over(way, values, n, ranks);
  if (memcmp(values, expected, n * sizeof *values) == 0) return;
  fprintf(stderr, "%s, %zu values, rank %d of %d, up to %d a node: wrong\n",
          DIST_SUM_WAYS[way].name, n, rank, n_ranks, per_node);
  n_wrong = 1;
}

/* Nodes of 1, 2, ..., per_node, 1, 2, ... ranks, which are dealt out in turns if is_cyclic. */
static int node_of(int rank, int per_node, int n_ranks, int is_cyclic) {
  const int n_nodes = (n_ranks + per_node - 1) / per_node;
  if (is_cyclic) return rank % n_nodes;
  int node = 0;
  for (int first = 0; rank >= first + node % per_node + 1; node++) first += node % per_node + 1;
  return node;
}

/* All sizes by the first n_ranks ranks. */
static void check_ranks(int n_ranks, int per_node, int is_cyclic) {
  const int rank = dist_rank();
  SumRanks ranks = {MPI_COMM_NULL, MPI_COMM_NULL, MPI_COMM_NULL};
  MPI_Comm_split(MPI_COMM_WORLD, rank < n_ranks ? 0 : MPI_UNDEFINED, rank, &ranks.all);
  if (ranks.all == MPI_COMM_NULL) return;
  int place;
  MPI_Comm_split(ranks.all, node_of(rank, per_node, n_ranks, is_cyclic), rank, &ranks.node);
  MPI_Comm_rank(ranks.node, &place);
  MPI_Comm_split(ranks.all, place == 0 ? 0 : MPI_UNDEFINED, rank, &ranks.leaders);
  for (int way = 0; way < N_DIST_SUMS; way++) {
    for (int i = 0; i < N_SIZES; i++) check(way, SIZES[i], per_node, &ranks);
    if (n_ranks <= LARGE_RANKS) check(way, MOST, per_node, &ranks);
  }
  if (ranks.leaders != MPI_COMM_NULL) MPI_Comm_free(&ranks.leaders);
  MPI_Comm_free(&ranks.node);
  MPI_Comm_free(&ranks.all);
}

/* What is taken: within a node MPI's; over nodes the fewest messages while they are short. */
static int is_choice_right(void) {
  return sum_way_over(1, 1) == DIST_SUM_MPI && sum_way_over(2, 1) == DIST_SUM_DOUBLING &&
         sum_way_over(2, MOST) == DIST_SUM_DOUBLING && sum_way_over(33, 32) == DIST_SUM_DOUBLING &&
         sum_way_over(32, 7657) == DIST_SUM_HALVING && sum_way_over(4096, 32) == DIST_SUM_DOUBLING;
}

int main(int argc, char **argv) {
  const Status status = dist_start(&argc, &argv);
  if (status.code != STATUS_OK) return status.code;
  for (int n = 1; n <= dist_size(); n++) {
    check_ranks(n, 1, 0);
    check_ranks(n, 3, n % 2);
  }
  if (!is_choice_right()) n_wrong = 1, fprintf(stderr, "another way is taken\n");
  int64_t sum = n_wrong;
  dist_sum(&sum, 1);
  if (dist_rank() == 0 && sum == 0) printf("all right\n");
  dist_end();
  return sum != 0;
}
