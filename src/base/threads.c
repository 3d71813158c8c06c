#include "base/threads.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Bytes of stack: what a thread that computes needs at least, and what it gets where the system
 * would give it less. */
static const size_t STACK_NEEDED = (size_t)256 << 10, STACK_GIVEN = (size_t)1 << 20;

Status threads_settle_stack(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= STACK_NEEDED) return status_ok();
  const size_t kilobytes = (size_t)limit.rlim_cur >> 10;
  limit.rlim_cur = limit.rlim_max < STACK_GIVEN ? limit.rlim_max : STACK_GIVEN;
  if (limit.rlim_cur >= STACK_NEEDED && setrlimit(RLIMIT_STACK, &limit) == 0) return status_ok();
  return status_error(STATUS_MEMORY,
                      "the limit of the stack (ulimit -s) is %zu KB; at least %zu KB are needed",
                      kilobytes, STACK_NEEDED >> 10);
}

/* Of OMP_STACKSIZE: a number with an optional B, K (which it is without), M or G. 0: it is not set,
 * or none, which OpenMP says itself. */
static size_t named_stack(const char *name) {
  const char *text = getenv(name);
  char *end;
  unsigned long long n = text ? strtoull(text, &end, 10) : 0;
  if (!text || end == text) return 0;
  while (isspace((unsigned char)*end)) end++;
  const char *units = "BKMG",
             *unit = *end ? strchr(units, toupper((unsigned char)*end)) : units + 1;
  if (!unit) return 0;
  const int shift = 10 * (int)(unit - units);
  return n > ((size_t)-1 >> shift) ? 0 : (size_t)n << shift;
}

/* The stack of OpenMP's threads. */
static Status settle_stack(size_t *bytes) {
  static const char *const NAMES[] = {"OMP_STACKSIZE", "GOMP_STACKSIZE"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    *bytes = named_stack(NAMES[i]);
    if (*bytes > 0 && *bytes < STACK_NEEDED)
      return status_error(STATUS_USAGE,
                          "%s=%.20s: too little for a thread that computes; unset it, or give at "
                          "least %zuK",
                          NAMES[i], getenv(NAMES[i]), STACK_NEEDED >> 10);
    if (*bytes > 0) return status_ok();
  }
  pthread_attr_t usual;
  if (pthread_getattr_default_np(&usual) != 0) return status_ok();
  pthread_attr_getstacksize(&usual, bytes);
  if (*bytes < STACK_NEEDED && pthread_attr_setstacksize(&usual, STACK_GIVEN) == 0) {
    pthread_setattr_default_np(&usual);
    *bytes = STACK_GIVEN;
  }
  pthread_attr_destroy(&usual);
  return status_ok();
}

/* All threads are there at once. */
static void *wait_for_leave(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

static Status cannot_start(int n_started, int n_threads, int error) {
  return status_error(
      STATUS_MEMORY,
      "only %d of %d threads can be started (%s): use fewer (--threads N), or raise "
      "the limit of processes (ulimit -u) or memory (ulimit -v)",
      n_started + 1, n_threads, strerror(error));
}

Status threads_try(int n_threads) {
  size_t stack = 0;
  TRY(settle_stack(&stack));
  pthread_t *thread = calloc((size_t)n_threads, sizeof *thread);
  if (!thread) return cannot_start(0, n_threads, ENOMEM);
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack > 0) pthread_attr_setstacksize(&attributes, stack);
  pthread_mutex_lock(&gate);
  int n = 0, error = 0;
  while (n < n_threads - 1 && error == 0) {
    error = pthread_create(&thread[n], &attributes, wait_for_leave, &gate);
    n += error == 0;
  }
  pthread_mutex_unlock(&gate);
  for (int t = 0; t < n; t++) pthread_join(thread[t], NULL);
  pthread_attr_destroy(&attributes);
  free(thread);
  return error == 0 ? status_ok() : cannot_start(n, n_threads, error);
}
