#include "dist/facts.h"

#include "base/log.h"
#include "dist/dist.h"
#include "internal.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { N_PARTS = 4, HOST = 64, SHOWN = 160 };

void facts_free(Facts *facts) {
  free(facts->text);
  *facts = (Facts){0};
}

static void add_part(Facts *facts, const char *part) {
  const size_t bytes = strlen(part) + 1;
  if (facts->bytes + bytes > facts->room) {
    const size_t room = 2 * (facts->bytes + bytes);
    char *text = realloc(facts->text, room);
    facts->is_short |= !text;
    if (!text) return;
    facts->text = text;
    facts->room = room;
  }
  memcpy(facts->text + facts->bytes, part, bytes);
  facts->bytes += bytes;
}

void facts_add(Facts *facts, const Fact *fact) {
  const char *part[N_PARTS] = {fact->name, fact->value, fact->note, fact->advice};
  for (int i = 0; i < N_PARTS && !facts->is_short; i++) add_part(facts, part[i] ? part[i] : "");
}

/* Takes the fact at *place, and goes to the next; returns 0 at the end. */
static int take(Fact *fact, const Facts *facts, size_t *place) {
  const char *part[N_PARTS];
  for (int i = 0; i < N_PARTS; i++) {
    if (*place >= facts->bytes) return 0;
    part[i] = facts->text + *place;
    *place += strlen(part[i]) + 1;
  }
  *fact = (Fact){part[0], part[1], part[2], part[3]};
  return 1;
}

static int find(Fact *fact, const Facts *facts, const char *name) {
  size_t place = 0;
  while (take(fact, facts, &place))
    if (strcmp(fact->name, name) == 0) return 1;
  return 0;
}

/* Names and values. */
static uint64_t hash_of(const Facts *facts) {
  uint64_t hash = 0;
  size_t place = 0;
  for (Fact fact; take(&fact, facts, &place);) {
    hash = XXH3_64bits_withSeed(fact.name, strlen(fact.name) + 1, hash);
    hash = XXH3_64bits_withSeed(fact.value, strlen(fact.value) + 1, hash);
  }
  return hash;
}

/* A value as a message has it. Of a long one only the part around the place where it differs from
 * another value. */
static const char *show(char text[2 * SHOWN], const Fact *fact, const char *other) {
  const char *value = fact->value;
  size_t length = strlen(value), same = 0, begin = 0;
  while (other && value[same] && value[same] == other[same]) same++;
  if (length > SHOWN && same > SHOWN / 2) begin = same - SHOWN / 2;
  const char *before = begin > 0 ? "..." : "", *after = length - begin > SHOWN ? "..." : "";
  if (*fact->note && *value)
    snprintf(text, 2 * SHOWN, "%.150s (%s%.100s%s)", fact->note, before, value + begin, after);
  else
    snprintf(text, 2 * SHOWN, "%s%.*s%s", before, SHOWN, *value ? value + begin : fact->note,
             after);
  return text;
}

/* The first fact of this rank's list that rank 0 does not have alike, or the first of rank 0's that
 * this rank lacks. Returns 0 if there is none. */
static int first_difference(Fact *mine, Fact *first, const Facts *own, const Facts *others) {
  size_t place = 0, other_place = 0;
  for (;;) {
    Fact unused;
    const int has_own = take(mine, own, &place), has_other = take(first, others, &other_place);
    if (!has_own && !has_other) return 0;
    if (has_own && has_other && strcmp(mine->name, first->name) == 0) {
      if (strcmp(mine->value, first->value) == 0) continue;
      return 1;
    }
    if (has_own && (!has_other || !find(&unused, others, mine->name)))
      first->name = NULL;
    else
      mine->name = NULL;
    return 1;
  }
}

int facts_difference(char *text, size_t bytes, const Facts *mine, int rank, const char *host,
                     const Facts *first, const char *host_0) {
  Fact own = {0}, other = {0};
  char shown[2][2 * SHOWN];
  if (!first_difference(&own, &other, mine, first)) return 0;
  if (!other.name)
    snprintf(text, bytes, "rank %d on %s: %s is %s, rank 0 on %s has none", rank, host, own.name,
             show(shown[0], &own, NULL), host_0);
  else if (!own.name)
    snprintf(text, bytes, "rank %d on %s: %s is not there, rank 0 on %s has %s", rank, host,
             other.name, host_0, show(shown[1], &other, NULL));
  else
    snprintf(text, bytes, "rank %d on %s: %s is %s, rank 0 on %s has %s", rank, host, own.name,
             show(shown[0], &own, other.value), host_0, show(shown[1], &other, own.value));
  const char *advice = own.name ? own.advice : other.advice;
  const size_t used = strlen(text);
  if (*advice && used < bytes) snprintf(text + used, bytes - used, ": %s", advice);
  return 1;
}

/* What one reduction tells: the smallest of all hashes and of their complements, which are
 * complements of each other where all hashes are equal, and the lowest rank that has failed. */
typedef struct Least {
  uint64_t hash, complement, failed;
} Least;

static Least reduce(int has_say, uint64_t hash, int has_failed) {
  const Least mine = {has_say ? hash : UINT64_MAX, has_say ? ~hash : UINT64_MAX,
                      has_failed ? (uint64_t)dist_rank() : UINT64_MAX};
  Least least = mine;
  CALL(MPI_Allreduce(&mine, &least, 3, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD));
  return least;
}

int dist_have_same_facts(const Facts *mine) {
  if (dist_size() == 1) return 1;
  const Least least = reduce(mine != NULL, mine ? hash_of(mine) : 0, 0);
  return least.hash == ~least.complement;
}

enum { TAG = 2 };

/* On rank 0: its host and its facts, to a rank that has memory for them. */
static void send_facts(const Facts *mine, int to) {
  char host[HOST];
  const uint64_t bytes = mine->bytes;
  int is_ready;
  dist_host_name(host, sizeof host);
  CALL(MPI_Send(host, HOST, MPI_CHAR, to, TAG, MPI_COMM_WORLD));
  CALL(MPI_Send(&bytes, 1, MPI_UINT64_T, to, TAG, MPI_COMM_WORLD));
  CALL(MPI_Recv(&is_ready, 1, MPI_INT, to, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE));
  if (is_ready) CALL(MPI_Send(mine->text, (int)bytes, MPI_CHAR, to, TAG, MPI_COMM_WORLD));
}

/* On the rank that send_facts sends to: what is to be told. */
static Status receive_difference(const Facts *mine) {
  char host[HOST], host_0[HOST], text[STATUS_TEXT];
  uint64_t bytes;
  dist_host_name(host, sizeof host);
  CALL(MPI_Recv(host_0, HOST, MPI_CHAR, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE));
  CALL(MPI_Recv(&bytes, 1, MPI_UINT64_T, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE));
  Facts first = {.text = malloc(bytes), .bytes = bytes};
  const int is_ready = first.text != NULL;
  CALL(MPI_Send(&is_ready, 1, MPI_INT, 0, TAG, MPI_COMM_WORLD));
  if (!is_ready) return status_error(STATUS_MEMORY, "rank %d has no memory", dist_rank());
  CALL(MPI_Recv(first.text, (int)bytes, MPI_CHAR, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE));
  if (!facts_difference(text, sizeof text, mine, dist_rank(), host, &first, host_0))
    snprintf(text, sizeof text, "rank %d on %s differs from rank 0 on %s", dist_rank(), host,
             host_0);
  facts_free(&first);
  return status_error(STATUS_USAGE, "%s", text);
}

/* The lowest rank that differs from rank 0. */
static int first_other(int has_say, uint64_t hash) {
  uint64_t first_hash = hash;
  dist_broadcast(&first_hash, sizeof first_hash);
  int other = has_say && hash != first_hash ? dist_rank() : INT_MAX, lowest;
  CALL(MPI_Allreduce(&other, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD));
  return lowest;
}

Status dist_agree_facts(const Facts *mine, Status local) {
  if (local.code == STATUS_OK && mine && mine->is_short)
    local = status_error(STATUS_MEMORY, "no memory to compare the ranks");
  if (dist_size() == 1) return local;
  const uint64_t hash = mine ? hash_of(mine) : 0;
  const Least least = reduce(mine != NULL, hash, local.code != STATUS_OK);
  if (least.failed != UINT64_MAX) return dist_agree(local);
  if (least.hash == ~least.complement) return status_ok();
  const int other = first_other(mine != NULL, hash);
  BUG_IF(other == INT_MAX);
  Status status = status_ok();
  if (dist_rank() == 0) send_facts(mine, other);
  if (dist_rank() == other) status = receive_difference(mine);
  CALL(MPI_Bcast(&status, (int)sizeof status, MPI_BYTE, other, MPI_COMM_WORLD));
  return status;
}
