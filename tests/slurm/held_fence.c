/* Preloaded into the ranks of a job: one of them leaves the first fence of MPI_Init late, and says
 * so. A fence is where the ranks of a job wait for each other by PMIx.
 *
 *   FENCE_RANK     the rank that is held
 *   FENCE_SECONDS  how long */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void Done(int status, void *context);

static struct {
  Done *done;
  int status;
  void *context;
} held;

static int is_held(void) {
  static int n_calls;
  const char *name = getenv("FENCE_RANK"), *rank = getenv("PMIX_RANK");
  if (n_calls++ > 0 || !name || !rank || strcmp(name, rank) != 0) return 0;
  fprintf(stderr, "rank %s is held in a fence\n", rank);
  return 1;
}

static void *hold(void *unused) {
  const char *seconds = getenv("FENCE_SECONDS");
  sleep(seconds ? (unsigned)atoi(seconds) : 0);
  if (held.done) held.done(held.status, held.context);
  return unused;
}

/* Called by PMIx's own thread, which is to go on. */
static void late(int status, void *context) {
  pthread_t thread;
  held.status = status;
  held.context = context;
  if (pthread_create(&thread, NULL, hold, NULL) != 0) abort();
}

/* As in pmix.h, with pointers to its types. */
int PMIx_Fence_nb(const void *ranks, size_t n_ranks, const void *info, size_t n_info, Done *then,
                  void *context);
int PMIx_Fence(const void *ranks, size_t n_ranks, const void *info, size_t n_info);

int PMIx_Fence_nb(const void *ranks, size_t n_ranks, const void *info, size_t n_info, Done *then,
                  void *context) {
  __typeof__(PMIx_Fence_nb) *real = (__typeof__(PMIx_Fence_nb) *)dlsym(RTLD_NEXT, "PMIx_Fence_nb");
  const int is_late = is_held();
  if (is_late) held.done = then;
  return real(ranks, n_ranks, info, n_info, is_late ? late : then, context);
}

int PMIx_Fence(const void *ranks, size_t n_ranks, const void *info, size_t n_info) {
  __typeof__(PMIx_Fence) *real = (__typeof__(PMIx_Fence) *)dlsym(RTLD_NEXT, "PMIx_Fence");
  int status = real(ranks, n_ranks, info, n_info);
  if (is_held()) hold(NULL);
  return status;
}
