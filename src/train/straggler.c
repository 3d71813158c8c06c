#include "straggler.h"

#include "base/log.h"
#include "dist/dist.h"

static const double SLOW = 1.3, SECONDS = 1;

void straggler_step(Straggler *straggler, const Pass *pass) {
  straggler->rounds += pass_rounds(pass_own_samples(pass), pass_threads(pass));
}

void straggler_look(Straggler *straggler, const double *seconds) {
  const double busy = seconds[PHASE_LOAD] + seconds[PHASE_FORWARD] + seconds[PHASE_BACKWARD];
  const double own = straggler->rounds > 0 ? busy / straggler->rounds : 0;
  double slowest, others, least, mean, most; /* the last three: rounds */
  char host[64];
  const int rank = dist_largest(own, &slowest, &others, host, sizeof host);
  dist_spread(&straggler->rounds, 1, &least, &mean, &most);
  straggler->rounds = 0;
  const double waited = (slowest - others) * most;
  if (others == 0 || slowest < SLOW * others || waited < SECONDS || straggler->named == rank + 1)
    return;
  straggler->named = rank + 1;
  log_warning("rank %d of %s takes %.1f times as long for its samples as the other ranks, which "
              "wait for it, %.1f s in this epoch: are there other programs on its cores, fewer "
              "cores than threads, or is its processor slower?",
              rank, host, slowest / others, waited);
}
