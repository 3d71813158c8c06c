#include "affinity.h"

#include <omp.h>
#include <sched.h>
#include <stdlib.h>

static cpu_set_t allowed; /* to the process */
static int is_on;
static _Thread_local int is_bound;

static int user_decides(void) {
  static const char *const NAMES[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY",
                                      "KMP_AFFINITY"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (getenv(NAMES[i])) return 1;
  return 0;
}

int affinity_begin(int n_threads) {
  is_on = n_threads > 1 && !user_decides() && sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
          CPU_COUNT(&allowed) == n_threads;
  return n_threads <= omp_get_num_procs();
}

/* A failure is no harm. */
static void use(const cpu_set_t *cores, int bound) {
  if (sched_setaffinity(0, sizeof *cores, cores) == 0) is_bound = bound;
}

void affinity_enter(int t) {
  if (!is_on) {
    if (is_bound) use(&allowed, 0);
    return;
  }
  cpu_set_t own;
  int core = 0;
  for (int left = t;; core++)
    if (CPU_ISSET(core, &allowed) && left-- == 0) break;
  CPU_ZERO(&own);
  CPU_SET(core, &own);
  use(&own, 1);
}

void affinity_end(void) {
  if (is_bound) use(&allowed, 0);
}
