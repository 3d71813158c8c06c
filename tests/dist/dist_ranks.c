/* Calls of dist, each against what this rank computes by itself; run under mpirun by ctest.
 *   dist_ranks calls   prints "all right" and ends with 0 if all ranks saw what they should
 *   dist_ranks alone   the same without dist_start, so without MPI
 *   dist_ranks wait    rank 0 never comes; the others wait under a limit
 *   dist_ranks hurry   the same with a limit that is lifted in time
 *   dist_ranks stray   a rank is ended as it writes into memory that is shared for reading
 *   dist_ranks abort   the last rank ends all with status 9 */
#include "dist/facts.h"
#include "support/ranks.h"

#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int n_wrong;

static void check(int is_right, int line, const char *condition) {
  if (is_right) return;
  n_wrong++;
  fprintf(stderr, "line %d on rank %d of %d: %s\n", line, dist_rank(), dist_size(), condition);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

/* 64 bits that every rank can compute for every other (Steele et al. 2014, SplitMix64). */
static uint64_t bits(uint64_t x) {
  x = (x + 1) * 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/* Small enough for sums over 4 ranks, of both signs. */
static int64_t term(int rank, size_t i) {
  return (int64_t)bits((uint64_t)rank * 1000 + i) >> 3;
}

/* Within +-2^108, so that a sum over 4 ranks stays within the range of an ExactSum. */
static ExactSum exact_term(int rank, size_t i) {
  ExactSum sum = (ExactSum)(int64_t)bits((uint64_t)rank * 77 + i) * ((ExactSum)1 << 45);
  return sum + (ExactSum)(bits((uint64_t)rank * 33 + i) >> 20);
}

static void sums(void) {
  enum { N = 37 };
  int64_t values[N], work[2 * N];
  ExactSum exact[N];
  for (size_t i = 0; i < N; i++) values[i] = term(dist_rank(), i);
  for (size_t i = 0; i < N; i++) exact[i] = exact_term(dist_rank(), i);
  dist_sum(values, N);
  dist_sum_exact(exact, N, work, DIST_SCOPE_ALL);
  for (size_t i = 0; i < N; i++) {
    int64_t sum = 0;
    ExactSum exact_sum = 0;
    for (int r = 0; r < dist_size(); r++) sum += term(r, i), exact_sum += exact_term(r, i);
    CHECK(values[i] == sum);
    CHECK(exact[i] == exact_sum);
  }
  dist_sum(values, 0);
  dist_sum_exact(exact, 0, work, DIST_SCOPE_ALL);
}

/* -1 and 1 grid step, and a carry out of the lower part. */
static void carries(void) {
  ExactSum values[3] = {dist_rank() == 0 ? -1 : 0, dist_rank() == dist_size() - 1 ? -1 : 1,
                        ((ExactSum)1 << 48) - 1};
  int64_t work[6];
  dist_sum_exact(values, 3, work, DIST_SCOPE_ALL);
  CHECK(values[0] == -1);
  CHECK(values[1] == dist_size() - 2);
  CHECK(values[2] == dist_size() * (((ExactSum)1 << 48) - 1));
}

static void spread(void) {
  int n = dist_size(), rank = dist_rank();
  double values[3] = {rank, -2.0 * rank, 0.25}, minimum[3], mean[3], maximum[3];
  dist_spread(values, 3, minimum, mean, maximum);
  CHECK(minimum[0] == 0 && maximum[0] == n - 1);
  CHECK(mean[0] == (n - 1) / 2.0);
  CHECK(minimum[1] == -2.0 * (n - 1) && maximum[1] == 0);
  CHECK(mean[1] == -(n - 1.0));
  CHECK(minimum[2] == 0.25 && mean[2] == 0.25 && maximum[2] == 0.25);
}

/* Rank r has 2 r + 1, but the last one nothing; of equal values the first counts. */
static void largest(void) {
  const int n = dist_size(), has = dist_rank() < n - 1 || n == 1;
  double most, others;
  char host[64] = "", own[64] = "";
  const int rank = dist_largest(has ? 2.0 * dist_rank() + 1 : 0, &most, &others, host, sizeof host);
  gethostname(own, sizeof own - 1);
  CHECK(rank == (n > 1 ? n - 2 : 0) && most == 2 * rank + 1 && strcmp(host, own) == 0);
  CHECK(others == (n > 2 ? rank : 0));
  CHECK(dist_largest(3, &most, &others, host, sizeof host) == 0 && others == (n > 1 ? 3 : 0));
}

/* Rank r gives `counts[r]` bytes, of which some may be none. */
static void gather(const size_t *counts) {
  unsigned char mine[64], all[256];
  int rank = dist_rank();
  for (size_t i = 0; i < counts[rank]; i++) mine[i] = (unsigned char)(16 * rank + (int)i);
  memset(all, 0xee, sizeof all);
  dist_gather(mine, counts[rank], rank == 0 ? all : NULL, rank == 0 ? counts : NULL);
  size_t place = 0;
  for (int r = 0; rank == 0 && r < dist_size(); r++)
    for (size_t i = 0; i < counts[r]; i++) CHECK(all[place++] == (unsigned char)(16 * r + (int)i));
  CHECK(all[place] == 0xee);
}

static void gathers(void) {
  gather((size_t[]){5, 3, 1, 7});
  gather((size_t[]){0, 3, 0, 2});
  gather((size_t[]){4, 0, 6, 0});
  gather((size_t[]){0, 0, 0, 0});
}

static void broadcasts(void) {
  char text[200];
  memset(text, dist_rank() == 0 ? 'r' : 'x', sizeof text);
  dist_broadcast(text, sizeof text - 1);
  for (size_t i = 0; i + 1 < sizeof text; i++) CHECK(text[i] == 'r');
  CHECK(text[sizeof text - 1] == (dist_rank() == 0 ? 'r' : 'x'));
  dist_broadcast(text, 0);
}

/* The ranks of a set of bits fail, each in its own way: all hear of the lowest. */
static void agree(unsigned failing) {
  int rank = dist_rank(), lowest = 0;
  char wanted[STATUS_TEXT], host[64] = "";
  Status local = failing >> rank & 1 ? status_error((StatusCode)(2 + rank), "rank %d fails", rank)
                                     : status_ok();
  Status all = dist_agree(local);
  failing &= (1U << dist_size()) - 1;
  if (failing == 0) {
    CHECK(all.code == STATUS_OK && all.text[0] == '\0');
    return;
  }
  while (!(failing >> lowest & 1)) lowest++;
  if (gethostname(host, sizeof host - 1) != 0) n_wrong++;
  snprintf(wanted, sizeof wanted, "rank %d fails", lowest);
  if (lowest > 0)
    snprintf(wanted, sizeof wanted, "rank %d fails (on rank %d of %s)", lowest, lowest, host);
  CHECK((int)all.code == 2 + lowest);
  CHECK(strcmp(all.text, wanted) == 0);
}

static void agrees(void) {
  for (unsigned failing = 0; failing < 16; failing++) agree(failing);
}

/* A message that has no room for the name of its rank is cut, not written beyond. */
static void agrees_on_long_text(void) {
  char text[STATUS_TEXT];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  int fails = dist_rank() == dist_size() - 1;
  Status all = dist_agree(fails ? status_error(STATUS_DATA, "%s", text) : status_ok());
  CHECK(all.code == STATUS_DATA);
  CHECK(strcmp(all.text, text) == 0);
}

/* Three facts, of which the ranks of a set of bits have another value of one, and those of another
 * set have no say. */
static Status compare_facts(unsigned others, const char *name, const char *value, unsigned silent) {
  Facts facts = {0};
  const int is_other = others >> dist_rank() & 1;
  facts_add(&facts, &(Fact){"first", "1", dist_rank() ? "here" : "there", "do a"});
  facts_add(&facts, &(Fact){is_other ? name : "second", is_other ? value : "2", NULL, "do b"});
  facts_add(&facts, &(Fact){"third", "3", NULL, "do c"});
  const Facts *mine = silent >> dist_rank() & 1 ? NULL : &facts;
  others &= (1U << dist_size()) - 1;
  const unsigned heard = ((1U << dist_size()) - 1) & ~silent;
  CHECK(dist_have_same_facts(mine) == ((others & heard) == 0 || (others & heard) == heard));
  Status status = dist_agree_facts(mine, status_ok());
  facts_free(&facts);
  return status;
}

static void expect_difference(unsigned others, const char *name, const char *value,
                              const char *text) {
  char host[64] = "", wanted[STATUS_TEXT];
  if (gethostname(host, sizeof host - 1) != 0) n_wrong++;
  int lowest = 1;
  while (!(others & 1) && !(others >> lowest & 1)) lowest++;
  if (lowest >= dist_size()) return;
  snprintf(wanted, sizeof wanted, text, lowest, host, host);
  Status status = compare_facts(others, name, value, 0);
  CHECK(status.code == STATUS_USAGE);
  CHECK(strcmp(status.text, wanted) == 0);
}

static void facts(void) {
  CHECK(compare_facts(0, "second", "2", 0).code == STATUS_OK);
  CHECK(compare_facts(15, "second", "x", 0).code == STATUS_OK);
  CHECK(compare_facts(6, "second", "x", 6).code == STATUS_OK);
  for (unsigned others = 2; others < 15; others += 2) {
    expect_difference(others, "second", "x",
                      "rank %d on %s: second is x, rank 0 on %s has 2: do b");
    expect_difference(others, "more", "x", "rank %d on %s: more is x, rank 0 on %s has none: do b");
    expect_difference(others, "third", "3",
                      "rank %d on %s: second is not there, rank 0 on %s has 2: do b");
  }
  expect_difference(1, "second", "x", "rank %d on %s: second is 2, rank 0 on %s has x: do b");
  const int fails = dist_rank() == dist_size() - 1;
  Status status =
      dist_agree_facts(&(Facts){0}, fails ? status_error(STATUS_DATA, "no") : status_ok());
  CHECK(status.code == STATUS_DATA);
}

static void hosts(void) {
  char text[200] = "before", wanted[200] = "", host[64] = "", cut[4];
  if (gethostname(host, sizeof host - 1) != 0) n_wrong++;
  dist_hosts(text, sizeof text);
  dist_hosts(cut, sizeof cut);
  if (dist_rank() == 0) snprintf(wanted, sizeof wanted, "%s x %d", host, dist_size());
  CHECK(strcmp(text, wanted) == 0);
  CHECK(strlen(cut) < sizeof cut && strncmp(cut, wanted, strlen(cut)) == 0);
  CHECK(dist_nodes() == 1);
  CHECK(dist_node_size() == dist_size());
}

/* Without a binding all ranks have all cores, and share them. */
static void cores(void) {
  cpu_set_t mine;
  int fair, n = dist_cores(&fair);
  CHECK(sched_getaffinity(0, sizeof mine, &mine) == 0 && n == CPU_COUNT(&mine));
  CHECK(fair == (n / dist_size() > 1 ? n / dist_size() : 1));
}

/* One copy a node: what the writer writes afterwards is seen. */
static void shared(ShareUse use, int writer) {
  enum { N = 1000 };
  SharedMemory memory;
  Status status = dist_share(&memory, N, use, "test");
  CHECK(status.code == STATUS_OK && memory.bytes == N && memory.is_shared == (dist_size() > 1));
  if (status.code != STATUS_OK) return;
  unsigned char *byte = memory.data;
  for (int i = 0; i < N; i++) CHECK(byte[i] == 0);
  dist_barrier();
  for (int i = 0; dist_rank() == 0 && i < N; i++) byte[i] = (unsigned char)(7 * i);
  dist_share_publish(&memory);
  for (int i = 0; i < N; i++) CHECK(byte[i] == (unsigned char)(7 * i));
  dist_barrier();
  if (dist_rank() == writer) byte[3] = 200;
  dist_barrier();
  CHECK(((volatile unsigned char *)byte)[3] == 200);
  dist_share_free(&memory);
  CHECK(memory.data == NULL && memory.bytes == 0);
}

static int calls(void) {
  sums();
  carries();
  spread();
  largest();
  gathers();
  broadcasts();
  agrees();
  agrees_on_long_text();
  facts();
  hosts();
  cores();
  shared(SHARE_WRITTEN_BY_FIRST, 0);
  shared(SHARE_WRITTEN_BY_ALL, dist_size() - 1);
  int64_t all = n_wrong;
  dist_sum(&all, 1);
  if (all == 0 && dist_rank() == 0) puts("all right");
  return all != 0;
}

/* Rank 0 is missing from a collective call. */
static void wait_in_vain(void) {
  if (dist_rank() == 0) sleep(20);
  dist_limit(0.5);
  dist_barrier();
}

static void hurry(void) {
  dist_limit(1);
  dist_barrier();
  dist_limit(0);
  sleep(2);
}

/* A rank writes where only the first may. */
static void stray(void) {
  SharedMemory memory;
  if (dist_share(&memory, 10, SHARE_WRITTEN_BY_FIRST, "test").code != STATUS_OK) return;
  if (dist_rank() == 1) ((volatile char *)memory.data)[0] = 1;
  dist_barrier();
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "alone") == 0) return calls();
  Status status = ranks_start(&argc, &argv);
  if (status.code != STATUS_OK) {
    fprintf(stderr, "%s\n", status.text);
    return (int)status.code;
  }
  dist_limit(0);
  int result = 0;
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "calls") == 0) result = calls();
  if (strcmp(what, "wait") == 0) wait_in_vain();
  if (strcmp(what, "hurry") == 0) hurry();
  if (strcmp(what, "stray") == 0) stray();
  if (strcmp(what, "abort") == 0 && dist_rank() == dist_size() - 1) dist_abort(9);
  if (strcmp(what, "abort") == 0) dist_barrier();
  ranks_end();
  return result;
}
