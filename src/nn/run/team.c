#include "nn/team.h"

#include "base/log.h"
#include <linux/futex.h>
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* OpenMP makes the threads. They do not wait in OpenMP: how long a waiting thread stays awake there
 * is read from the environment before main(), and is milliseconds by default, which other processes
 * on the same cores pay for: a run beside others was 10 times slower. */
enum { LOOKS = 2000 }; /* before a thread sleeps: some 0.1 ms */

/* What is written by different threads, or at different times, lies in cache lines of its own. */
typedef struct Team {
  int n, stands; /* stands: in team_lead() */
  void (*work)(void *context, int thread);
  void *context;
  _Alignas(64) atomic_int n_arrived;
  _Alignas(64) atomic_uint round; /* of meetings; what threads sleep on */
  _Alignas(64) atomic_int n_asleep;
} Team;

static Team team;

static inline void relax(void) {
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

static void futex(int operation, unsigned value) {
  (void)syscall(SYS_futex, &team.round, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* A thread counts itself as asleep before it looks for the last time, and the thread that ends the
 * round looks for sleepers after it has ended it: one of them sees the other. */
static void wait_for_end(unsigned round) {
  for (int i = 0; i < LOOKS; i++) {
    if (atomic_load_explicit(&team.round, memory_order_acquire) != round) return;
    relax();
  }
  atomic_fetch_add(&team.n_asleep, 1);
  while (atomic_load(&team.round) == round) futex(FUTEX_WAIT, round);
  atomic_fetch_sub(&team.n_asleep, 1);
}

void team_meet(void) {
  const unsigned round = atomic_load_explicit(&team.round, memory_order_relaxed);
  if (atomic_fetch_add(&team.n_arrived, 1) < team.n - 1) {
    wait_for_end(round);
    return;
  }
  atomic_store_explicit(&team.n_arrived, 0, memory_order_relaxed);
  atomic_store(&team.round, round + 1);
  if (atomic_load(&team.n_asleep) > 0) futex(FUTEX_WAKE, (unsigned)team.n);
}

/* What a thread other than 0 does in team_lead(). */
static void serve(int t) {
  for (;;) {
    team_meet();
    if (!team.work) return;
    team.work(team.context, t);
    team_meet();
  }
}

void team_lead(int n_threads, void (*lead)(void *context), void *context) {
  BUG_IF(team.stands);
  team.n = n_threads;
  team.stands = 1;
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
  {
    BUG_IF(omp_get_num_threads() != n_threads);
    if (omp_get_thread_num() > 0) {
      serve(omp_get_thread_num());
    } else {
      lead(context);
      team.work = NULL;
      if (n_threads > 1) team_meet();
    }
  }
  team.stands = 0;
}

void team_run(int n_threads, void (*work)(void *context, int thread), void *context) {
  BUG_IF(team.stands && n_threads != team.n);
  if (n_threads == 1) {
    team.n = 1;
    work(context, 0);
  } else if (team.stands) {
    team.work = work;
    team.context = context;
    team_meet();
    work(context, 0);
    team_meet();
  } else {
    team.n = n_threads;
#pragma omp parallel num_threads(n_threads)
    {
      BUG_IF(omp_get_num_threads() != n_threads);
      work(context, omp_get_thread_num());
    }
  }
}
