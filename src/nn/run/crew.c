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

/* Steps of each way in a measurement, of which the first ones find their data where the others have
 * left them, and do not count; and steps from one measurement to the next. */
enum { EACH = 5, FIRST = 2, MEASURED = N_DEALS * EACH, STEPS = 500 };

Deal deal_choice_next(const DealChoice *choice) {
  return choice->n_steps < MEASURED ? (Deal)(choice->n_steps / EACH) : choice->best;
}

void deal_choice_took(DealChoice *choice, double seconds) {
  if (choice->n_steps < MEASURED) {
    double *least = &choice->seconds[deal_choice_next(choice)];
    if (choice->n_steps % EACH <= FIRST || seconds < *least) *least = seconds;
  }
  choice->n_steps++;
  if (choice->n_steps == MEASURED) {
    choice->best = 0;
    for (Deal deal = 1; deal < N_DEALS; deal++)
      if (choice->seconds[deal] < choice->seconds[choice->best]) choice->best = deal;
  }
  if (choice->n_steps == STEPS) choice->n_steps = 0;
}
