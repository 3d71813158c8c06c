#include "dist/dist.h"
#include "dist/launcher.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const int TICK_MS = 250;

/* The limit that counts: number of the call << 32 | milliseconds. */
static _Atomic uint64_t current;

static _Noreturn void end_process(int64_t milliseconds) {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  fprintf(
      stderr,
      "normlab: error: rank %d of %s has waited %g s for others to start or end; look for ranks "
      "that are not named like this; the run ends with status %d\n",
      launcher_read().rank, *host ? host : "this node", 1e-3 * (double)milliseconds,
      STATUS_STALLED);
  fflush(stderr);
  _exit(STATUS_STALLED);
}

static int64_t clock_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A process that was suspended has not waited: time counts by looks. */
static void *wait_out(void *limit_of) {
  const uint64_t limit = (uint64_t)(uintptr_t)limit_of;
  const int64_t milliseconds = (int64_t)(limit & UINT32_MAX);
  int64_t waited = 0, last = clock_ms();
  while (atomic_load(&current) == limit) {
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    const int64_t now = clock_ms(), elapsed = now - last;
    waited += elapsed < 2 * TICK_MS ? elapsed : 2 * TICK_MS;
    last = now;
    if (waited >= milliseconds && atomic_load(&current) == limit) end_process(milliseconds);
  }
  return NULL;
}

void dist_limit(double seconds) {
  static uint32_t n_calls;
  const double most = 2e6; /* seconds: three weeks */
  const double used = seconds > most ? most : seconds > 0 ? seconds : 0;
  const uint64_t limit = (uint64_t)++n_calls << 32 | (uint64_t)(1e3 * used);
  atomic_store(&current, limit);
  if (used == 0) return;
  pthread_t thread;
  pthread_attr_t detached;
  sigset_t all, before;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigfillset(&all); /* signals are for the thread that trains */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  /* Without it there is just no limit. */
  (void)pthread_create(&thread, &detached, wait_out, (void *)(uintptr_t)limit);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
}
