#ifndef NORMLAB_NN_RUN_CREW_H
#define NORMLAB_NN_RUN_CREW_H
/* Crews: threads of a rank that work on one block together, where fewer blocks than threads are
 * left; and whether they pay. Not collective. */
#include "batch.h"
#include "word.h"

/* Where the threads of a crew wait for each other. All zero is a crew at which nobody has arrived.
 * What different threads write lies in cache lines of its own. */
typedef struct Crew {
  _Alignas(64) atomic_int n_arrived;
  Word round; /* of meetings */
} Crew;

/* Returns when all n threads of the crew have called it. What each of them has written before can
 * be read by all of them afterwards. Threads that wait look team_looks() times (nn/team.h) before
 * they sleep. */
void crew_meet(Crew *crew, int n);

/* Which way to deal out the samples that are left over (batch.h) pays. Threads of a crew read what
 * others of it have written, which takes long where their cores have no cache in common, and even
 * on one machine it changes with the cores that the system gives. So steps are timed from time to
 * time, some of each way. All zero is a choice of which nothing has been measured. */
typedef struct DealChoice {
  int n_steps;             /* since the last measurement began */
  double seconds[N_DEALS]; /* the shortest of each way's steps */
  Deal best;
} DealChoice;

/* Returns how to deal out the samples of the next step. deal_choice_took() follows after the step,
 * with the seconds that it has taken. */
Deal deal_choice_next(const DealChoice *choice);
void deal_choice_took(DealChoice *choice, double seconds);

#endif
