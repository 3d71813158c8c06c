#include "nn/team.h"

#include "affinity.h"
#include "base/log.h"
#include "word.h"
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* OpenMP makes the threads. They do not wait in OpenMP: how long a waiting thread stays awake there
 * is read from the environment before main(), and is milliseconds by default, which other processes
 * on the same cores pay for: a run beside others was 10 times slower.
 *
 * A meeting is a tree of arrivals and one release (Mellor-Crummey and Scott 1991, "Algorithms for
 * scalable synchronization", section 3.4: the best form where caches are coherent): each thread
 * waits for at most log2 n others, one after another, and writes a cache line of its own; so no
 * line is written by all of them, and what they bring is added up on the way. */
enum {
  LOOKS = 2000,   /* before a thread sleeps: some 0.1 ms */
  FEW_LOOKS = 20, /* where another thread of the team may want the core */
  MOST_THREADS = 4096
};

typedef struct Team {
  int n, stands; /* stands: in team_lead() */
  int n_looks;
  void (*work)(void *context, int thread);
  void *context;
  Word round;                 /* of meetings: their ends are what threads other than 0 wait for */
  Word arrived[MOST_THREADS]; /* [n]: the number of the round after the meeting that the thread has
                                 come to */
} Team;

static Team team;
static _Thread_local int own_number;

int team_looks(void) {
  return team.n_looks;
}

static unsigned current_round(void) {
  return atomic_load_explicit(&team.round.value, memory_order_relaxed);
}

/* Thread t's half of a meeting that ends with all below it having come, and their parts added. */
static void arrive(int t, const TeamSum *sum) {
  const unsigned round = current_round();
  for (int k = 1; !(t & k) && t + k < team.n; k *= 2) {
    word_wait(&team.arrived[t + k], round, team.n_looks);
    if (sum) sum->add(sum->context, t, t + k);
  }
  if (t > 0) word_set(&team.arrived[t], round + 1);
}

static void release(void) {
  word_set(&team.round, current_round() + 1);
}

void team_gather(const TeamSum *sum, void (*alone)(void *context), void *context) {
  const int t = own_number;
  const unsigned round = current_round();
  arrive(t, sum);
  if (t > 0) {
    word_wait(&team.round, round, team.n_looks);
    return;
  }
  if (alone) alone(context);
  release();
}

void team_meet(void) {
  team_gather(NULL, NULL, NULL);
}

/* What a thread other than 0 does in team_lead(): between two calls of team_run() it has arrived
 * and is not released. */
static void serve(int t) {
  for (;;) {
    const unsigned round = current_round();
    arrive(t, NULL);
    word_wait(&team.round, round, team.n_looks);
    if (!team.work) return;
    team.work(team.context, t);
  }
}

static void begin(int n_threads) {
  BUG_IF(n_threads > MOST_THREADS);
  team.n = n_threads;
  team.n_looks = affinity_begin(n_threads) ? LOOKS : FEW_LOOKS;
  for (int t = 0; t < n_threads; t++)
    atomic_store_explicit(&team.arrived[t].value, current_round(), memory_order_relaxed);
}

/* At the begin of a thread's part. */
static void enter(int t) {
  BUG_IF(omp_get_num_threads() != team.n);
  own_number = t;
  affinity_enter(t);
}

void team_lead(int n_threads, void (*lead)(void *context), void *context) {
  BUG_IF(team.stands);
  begin(n_threads);
  team.stands = 1;
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
  {
    enter(omp_get_thread_num());
    if (own_number > 0) {
      serve(own_number);
    } else {
      arrive(0, NULL);
      lead(context);
      team.work = NULL;
      release();
    }
  }
  affinity_end();
  team.stands = 0;
}

int team_size(void) {
  return team.stands ? team.n : 1;
}

void team_run(int n_threads, void (*work)(void *context, int thread), void *context) {
  BUG_IF(team.stands && n_threads != team.n);
  if (n_threads == 1) {
    team.n = 1;
    work(context, 0);
  } else if (team.stands) {
    team.work = work;
    team.context = context;
    release();
    work(context, 0);
    arrive(0, NULL);
  } else {
    begin(n_threads);
#pragma omp parallel num_threads(n_threads)
    {
      enter(omp_get_thread_num());
      work(context, own_number);
    }
    affinity_end();
  }
}
