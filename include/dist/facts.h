#ifndef NORMLAB_DIST_FACTS_H
#define NORMLAB_DIST_FACTS_H
/* What every rank knows by itself and must know alike, such as its configuration. Each rank lists
 * its facts; dist_agree_facts compares a hash of the lists. Only where that differs it looks for
 * the first difference and names it. */
#include "base/status.h"
#include <stddef.h>

/* A list of facts; {0} is an empty one. facts_free frees it. */
typedef struct Facts {
  char *text; /* of each fact its name, value, note and advice, each with its NUL */
  size_t bytes, room;
  int is_short; /* there was no memory for all of them */
} Facts;

typedef struct Fact {
  const char *name;  /* "optimizer.lr" */
  const char *value; /* "0.01" */
  const char *note;  /* what a message shows before the value, such as the path of a file whose hash
                         it is; ranks may differ in it. NULL: none */
  const char *advice; /* what to do about a difference: "give all ranks the same configuration" */
} Fact;

/* Adds a fact at the end; the texts are copied. Where there is no memory, dist_agree_facts tells
 * it. Not collective. */
void facts_add(Facts *facts, const Fact *fact);
void facts_free(Facts *facts);

/* Collective. Compares the facts of all ranks, in their order. A failure `local` of any rank, or a
 * lack of memory, comes first, as in dist_agree. All ranks return the same:
 *
 *   STATUS_OK     The facts are the same everywhere.
 *   STATUS_USAGE  They differ: "rank 2 on nodeB: optimizer.lr is 0.02, rank 0 on nodeA has 0.01:
 *                 give all ranks the same configuration". It is the lowest rank that differs from
 *                 rank 0, and the first fact in which it does.
 *
 * A rank other than 0 whose list is NULL has no say; rank 0 must have a list. */
Status dist_agree_facts(const Facts *mine, Status local) MUST_CHECK;

/* Collective. Returns on all ranks whether the facts are the same everywhere. A rank whose list is
 * NULL has no say; rank 0 must have one. */
int dist_have_same_facts(const Facts *mine);

/* Writes what dist_agree_facts says of a difference to rank 0 into `text`, up to the advice, and
 * returns 1; returns 0 if there is none. rank and host are those of `mine`, host_0 is rank 0's. Not
 * collective. */
int facts_difference(char *text, size_t bytes, const Facts *mine, int rank, const char *host,
                     const Facts *first, const char *host_0);

#endif
