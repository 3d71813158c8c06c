#include "crew.h"

#include "nn/team.h"

void crew_meet(Crew *crew, int n) {
  const unsigned round = atomic_load_explicit(&crew->round.value, memory_order_relaxed);
  if (atomic_fetch_add(&crew->n_arrived, 1) < n - 1) {
    word_wait(&crew->round, round, team_looks());
    return;
  }
  atomic_store_explicit(&crew->n_arrived, 0, memory_order_relaxed);
  word_set(&crew->round, round + 1);
}

/* Steps of a measurement, half of them with crews, and from one measurement to the next. Of each
 * half the first ones find their data where the others have left them, and do not count. */
enum { MEASURED_STEPS = 10, HALF = MEASURED_STEPS / 2, FIRST = 2, STEPS = 500 };

int crew_choice_next(const CrewChoice *choice) {
  return choice->n_steps < MEASURED_STEPS ? choice->n_steps < HALF : !choice->is_without;
}

void crew_choice_took(CrewChoice *choice, double seconds) {
  if (choice->n_steps < MEASURED_STEPS) {
    double *least = &choice->seconds[crew_choice_next(choice)];
    if (choice->n_steps % HALF <= FIRST || seconds < *least) *least = seconds;
  }
  choice->n_steps++;
  if (choice->n_steps == MEASURED_STEPS)
    choice->is_without = choice->seconds[0] < choice->seconds[1];
  if (choice->n_steps == STEPS) choice->n_steps = 0;
}

/* The time of one block for n threads: what they do not share, and the rest. An estimate: two
 * threads took 0.63 to 0.69 of the time of one for a block of s6; more than two were not tried. */
static double block_time(int n) {
  const double alone = 0.3;
  return alone + (1 - alone) / n;
}

/* The largest crew's blocks by the smallest crew's threads. */
static double crews_time(int n_left, int n_threads, int n_crews) {
  return (n_left + n_crews - 1) / n_crews * block_time(n_threads / n_crews);
}

int crew_count(int n_left, int n_threads) {
  int best = n_left > 0 ? n_left : 1;
  for (int n = best - 1; n > 0; n--)
    if (crews_time(n_left, n_threads, n) < crews_time(n_left, n_threads, best)) best = n;
  return best;
}

double crew_rounds(int n_blocks, int n_threads) {
  const int n_left = n_blocks % n_threads;
  return n_blocks / n_threads + crews_time(n_left, n_threads, crew_count(n_left, n_threads));
}
