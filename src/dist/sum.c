#include "dist/sum.h"

#include "dist/dist.h"
#include "internal.h"

/* Integers that a node sends at once: more are summed in pieces. A way may lay aside as many. */
enum { PIECE = 1 << 16, TAG = 2 };
static int64_t received[PIECE];

/* A message of so many bytes takes twice the time of an empty one: 31 KB with 25 microseconds and
 * 10 Gbit/s, 25 KB with 2 microseconds and 100 Gbit/s. */
static const double BYTES_OF_A_DELAY = 28e3;

static void add(int64_t *to, const int64_t *from, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] += from[i];
}

static void exchange(const int64_t *out, size_t n_out, int64_t *in, size_t n_in, int other,
                     MPI_Comm comm) {
  CALL(MPI_Sendrecv(out, (int)n_out, MPI_INT64_T, other, TAG, in, (int)n_in, MPI_INT64_T, other,
                    TAG, comm, MPI_STATUS_IGNORE));
}

/* The ranks that sum with each other: a power of two of them. The others have given their values to
 * a neighbour. */
typedef struct Circle {
  MPI_Comm comm;
  int size, n_extra, place; /* of this rank, -1: it is outside */
} Circle;

static int rank_at(const Circle *circle, int place) {
  return place < circle->n_extra ? 2 * place : place + circle->n_extra;
}

/* Of the first 2 n_extra ranks the odd ones are outside. */
static Circle circle_enter(int64_t *values, size_t n, MPI_Comm comm) {
  int rank, n_ranks;
  CALL(MPI_Comm_rank(comm, &rank));
  CALL(MPI_Comm_size(comm, &n_ranks));
  Circle circle = {comm, 1, 0, -1};
  while (2 * circle.size <= n_ranks) circle.size *= 2;
  circle.n_extra = n_ranks - circle.size;
  if (rank >= 2 * circle.n_extra) {
    circle.place = rank - circle.n_extra;
  } else if (rank % 2) {
    CALL(MPI_Send(values, (int)n, MPI_INT64_T, rank - 1, TAG, comm));
  } else {
    CALL(MPI_Recv(received, (int)n, MPI_INT64_T, rank + 1, TAG, comm, MPI_STATUS_IGNORE));
    add(values, received, n);
    circle.place = rank / 2;
  }
  return circle;
}

static void circle_leave(const Circle *circle, int64_t *values, size_t n) {
  int rank;
  CALL(MPI_Comm_rank(circle->comm, &rank));
  if (rank >= 2 * circle->n_extra) return;
  if (rank % 2)
    CALL(MPI_Recv(values, (int)n, MPI_INT64_T, rank - 1, TAG, circle->comm, MPI_STATUS_IGNORE));
  else
    CALL(MPI_Send(values, (int)n, MPI_INT64_T, rank + 1, TAG, circle->comm));
}

static void doubling(int64_t *values, size_t n, MPI_Comm comm) {
  const Circle circle = circle_enter(values, n, comm);
  for (int distance = 1; circle.place >= 0 && distance < circle.size; distance *= 2) {
    exchange(values, n, received, n, rank_at(&circle, circle.place ^ distance), comm);
    add(values, received, n);
  }
  circle_leave(&circle, values, n);
}

/* The part of n values that a place of the circle has while partners are `distance` away. */
typedef struct Part {
  size_t begin, end;
} Part;

static Part part_of(const Circle *circle, int place, int distance, size_t n) {
  const size_t size = (size_t)circle->size, first = (size_t)(place - place % distance);
  return (Part){first * n / size, (first + (size_t)distance) * n / size};
}

static void halving(int64_t *values, size_t n, MPI_Comm comm) {
  const Circle circle = circle_enter(values, n, comm);
  if (circle.place >= 0) {
    for (int distance = circle.size / 2; distance; distance /= 2) {
      const int other = circle.place ^ distance;
      const Part own = part_of(&circle, circle.place, distance, n);
      const Part others = part_of(&circle, other, distance, n);
      exchange(values + others.begin, others.end - others.begin, received, own.end - own.begin,
               rank_at(&circle, other), comm);
      add(values + own.begin, received, own.end - own.begin);
    }
    for (int distance = 1; distance < circle.size; distance *= 2) {
      const int other = circle.place ^ distance;
      const Part own = part_of(&circle, circle.place, distance, n);
      const Part others = part_of(&circle, other, distance, n);
      exchange(values + own.begin, own.end - own.begin, values + others.begin,
               others.end - others.begin, rank_at(&circle, other), comm);
    }
  }
  circle_leave(&circle, values, n);
}

/* In pieces, so that counts fit MPI's int. */
static void by_mpi(int64_t *values, size_t n, MPI_Comm comm) {
  const size_t most = (size_t)1 << 25;
  for (size_t done = 0; done < n; done += most) {
    const int part = (int)(n - done < most ? n - done : most);
    CALL(MPI_Allreduce(MPI_IN_PLACE, values + done, part, MPI_INT64_T, MPI_SUM, comm));
  }
}

const DistSumWay DIST_SUM_WAYS[N_DIST_SUMS] = {
    [DIST_SUM_DOUBLING] = {"doubling", "each adds what its partner has, at distances 1, 2, 4, ..."},
    [DIST_SUM_HALVING] = {"halving", "each adds up its share; the shares are collected"},
    [DIST_SUM_MPI] = {"mpi", "MPI_Allreduce"},
};

/* The estimates of the header. */
int sum_way_over(int n_nodes, size_t n) {
  if (n_nodes == 1) return DIST_SUM_MPI;
  const double sent = 8.0 * (double)n / BYTES_OF_A_DELAY;
  int rounds = 0, size = 1;
  for (; 2 * size <= n_nodes; size *= 2) rounds++;
  const double doubled = rounds * (1 + sent), halved = 2 * rounds + 2 * (size - 1) * sent / size;
  return doubled <= halved ? DIST_SUM_DOUBLING : DIST_SUM_HALVING;
}

void sum_over(int way, int64_t *values, size_t n, const SumRanks *ranks) {
  if (way == DIST_SUM_MPI) {
    by_mpi(values, n, ranks->all);
    return;
  }
  int n_node;
  CALL(MPI_Comm_size(ranks->node, &n_node));
  const int is_first = ranks->leaders != MPI_COMM_NULL;
  for (size_t done = 0; done < n; done += PIECE) {
    const int part = (int)(n - done < PIECE ? n - done : PIECE);
    int64_t *piece = values + done;
    if (n_node > 1)
      CALL(MPI_Reduce(is_first ? MPI_IN_PLACE : piece, is_first ? piece : NULL, part, MPI_INT64_T,
                      MPI_SUM, 0, ranks->node));
    if (is_first)
      (way == DIST_SUM_HALVING ? halving : doubling)(piece, (size_t)part, ranks->leaders);
    if (n_node > 1) CALL(MPI_Bcast(piece, part, MPI_INT64_T, 0, ranks->node));
  }
}

int dist_sum_way(size_t n) {
  return sum_way_over(dist_nodes(), n);
}

void dist_sum_by(int way, int64_t *values, size_t n) {
  if (dist_size() == 1) return;
  sum_over(way, values, n, &(SumRanks){MPI_COMM_WORLD, dist_node, dist_leaders});
}

void dist_sum(int64_t *values, size_t n) {
  dist_sum_by(dist_sum_way(n), values, n);
}

void dist_sum_exact(ExactSum *values, size_t n, int64_t *work, DistScope scope) {
  if (dist_size() == 1 || scope == DIST_SCOPE_RANK) return;
  for (size_t i = 0; i < n; i++) exact_split(work + 2 * i, values[i]);
  if (scope == DIST_SCOPE_NODE)
    by_mpi(work, 2 * n, dist_node);
  else
    dist_sum(work, 2 * n);
  for (size_t i = 0; i < n; i++) values[i] = exact_join(work + 2 * i);
}
