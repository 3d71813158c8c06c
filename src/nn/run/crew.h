#ifndef NORMLAB_NN_RUN_CREW_H
#define NORMLAB_NN_RUN_CREW_H
/* Crews: threads of a rank that work on one block together, where there are fewer blocks than
 * threads. Not collective. */
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

/* How n_left blocks, fewer than there are threads, are dealt out: n_crews crews have their threads
 * and their blocks in contiguous parts whose sizes differ by at most 1, and each works on one block
 * after another. Returns the number of crews, at least 1 and at most n_left, that ends first. */
int crew_count(int n_left, int n_threads);

/* Whether crews pay on this machine. Threads of a crew read what others of it have written, which
 * takes long where their cores have no cache in common, and even on one machine it changes with
 * the cores that the system gives. So steps are timed from time to time, with crews and without.
 * Results do not depend on it. All zero is a choice of which nothing has been measured. */
typedef struct CrewChoice {
  int n_steps;       /* since the last measurement began */
  double seconds[2]; /* the shortest of its steps without crews and with them */
  int is_without;
} CrewChoice;

/* Returns whether the next step is to be done with crews. crew_choice_took() follows after the
 * step, with the seconds that it has taken. */
int crew_choice_next(const CrewChoice *choice);
void crew_choice_took(CrewChoice *choice, double seconds);

/* Returns how long n_blocks take with n_threads threads, in units of the time that one thread takes
 * for one block: whole blocks as long as every thread has one, and the rest by crews. */
double crew_rounds(int n_blocks, int n_threads);

#endif
