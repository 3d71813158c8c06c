#include "watchdog.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text_buffer.h"
#include "dist/dist.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds: between two looks; for other nodes to report, before all are ended. */
static const double TICK = 0.25;
enum { GRACE = 2 };

/* What a rank shows the others of its node. A stopped one cannot tell where it is. */
typedef struct Seat {
  PassSign sign;
  _Atomic int64_t step; /* of all epochs, from 0 */
  _Atomic int64_t pid;  /* 0: a rank of another node */
  char apart[104];      /* two cache lines a rank */
} Seat;

typedef struct Board {
  _Atomic int64_t is_reported;
  Seat seats[]; /* by rank */
} Board;

struct Watchdog {
  double seconds;
  int n_steps; /* of an epoch; 0: not known yet */
  SharedMemory memory;
  Board *board;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int is_started, is_over;
};

/* A letter of proc(5); a space if it cannot be known. */
static char state_of(int64_t pid) {
  char name[64], text[512];
  snprintf(name, sizeof name, "/proc/%lld/stat", (long long)pid);
  FILE *file = fopen(name, "r");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[n] = '\0';
  const char *after = strrchr(text, ')');
  return after && after[1] == ' ' && after[2] ? after[2] : ' ';
}

typedef struct Place {
  int64_t step;
  Phase phase;
  int layer;
  char state;
} Place;

static Place place_of(Seat *seat) {
  uint64_t sign = atomic_load(&seat->sign);
  return (Place){atomic_load(&seat->step), pass_sign_phase(sign), pass_sign_layer(sign),
                 state_of(atomic_load(&seat->pid))};
}

static int is_same(const Place *a, const Place *b) {
  return a->step == b->step && a->phase == b->phase && a->layer == b->layer &&
         (a->state == 'T') == (b->state == 'T') && (a->state == 'D') == (b->state == 'D');
}

static int is_waiting(const Place *place) {
  return place->state != 'T' && (place->phase == PHASE_EXCHANGE || place->phase == PHASE_REDUCE ||
                                 (place->phase == PHASE_EVALUATE && place->layer < 0));
}

static void add_place(TextBuffer *text, const Watchdog *watchdog, const Place *place) {
  if (watchdog->n_steps > 0)
    text_add(text, "epoch %lld, step %lld, ", (long long)(place->step / watchdog->n_steps + 1),
             (long long)(place->step % watchdog->n_steps + 1));
  text_add(text, "%s", PHASE_NAMES[place->phase]);
  if (place->layer >= 0) text_add(text, ", layers.%d", place->layer);
  if (place->state == 'T') text_add(text, ", stopped by a signal");
  if (place->state == 'D') text_add(text, ", waiting for a device");
  if (is_waiting(place)) text_add(text, ", waiting for others");
}

/* One line for consecutive ranks at the same place. */
static int add_ranks(TextBuffer *text, const Watchdog *watchdog) {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) != 0) strcpy(host, "this node");
  int n_ranks = dist_size(), n_busy = 0;
  for (int first = 0, next; first < n_ranks; first = next) {
    next = first + 1;
    if (!atomic_load(&watchdog->board->seats[first].pid)) continue;
    Place place = place_of(&watchdog->board->seats[first]);
    for (; next < n_ranks && atomic_load(&watchdog->board->seats[next].pid); next++) {
      Place other = place_of(&watchdog->board->seats[next]);
      if (!is_same(&place, &other)) break;
    }
    text_add(text, "normlab:   rank%s %d", next - first > 1 ? "s" : "", first);
    if (next - first > 1) text_add(text, "-%d", next - 1);
    text_add(text, " of %s: ", host);
    add_place(text, watchdog, &place);
    text_add(text, "\n");
    n_busy += !is_waiting(&place);
  }
  return n_busy;
}

static void report(const Watchdog *watchdog) {
  TextBuffer text = {.used = 0};
  text_add(&text,
           "normlab: error: no progress for %g s (watchdog.seconds); the run ends with status %d\n",
           watchdog->seconds, STATUS_STALLED);
  if (add_ranks(&text, watchdog) == 0 && dist_size() > dist_node_size())
    text_add(&text,
             "normlab:   all ranks of this node wait; look for those that are not named here\n");
  fwrite(text.text, 1, text.used, stderr);
  fflush(stderr);
}

/* Each rank ends itself, as none can know whether the others still can. */
static void end_run(Watchdog *watchdog) {
  if (atomic_exchange(&watchdog->board->is_reported, 1) == 0) report(watchdog);
  sleep(GRACE);
  dist_abort(STATUS_STALLED);
}

static void wait_tick(Watchdog *watchdog) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_nsec += (long)(TICK * 1e9);
  end.tv_sec += end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&watchdog->wake, &watchdog->mutex, &end);
}

/* A job that was suspended as a whole did not stall: time counts by looks. */
static void *watch(void *context) {
  Watchdog *watchdog = context;
  PassSign *sign = &watchdog->board->seats[dist_rank()].sign;
  uint64_t seen = atomic_load(sign);
  double idle = 0, last = pass_clock();
  pthread_mutex_lock(&watchdog->mutex);
  while (!watchdog->is_over) {
    wait_tick(watchdog);
    double now = pass_clock(), elapsed = now - last;
    uint64_t value = atomic_load(sign);
    idle = value != seen ? 0 : idle + (elapsed < 2 * TICK ? elapsed : 2 * TICK);
    seen = value;
    last = now;
    if (idle >= watchdog->seconds && !watchdog->is_over) end_run(watchdog);
  }
  pthread_mutex_unlock(&watchdog->mutex);
  return NULL;
}

/* Signals are for the thread that trains. */
static int start_thread(Watchdog *watchdog) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&watchdog->mutex, NULL);
  pthread_cond_init(&watchdog->wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&watchdog->thread, NULL, watch, watchdog);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

Status watchdog_start(Watchdog **out, double seconds) {
  *out = NULL;
  dist_limit(seconds);
  if (!(seconds > 0)) return status_ok();
  Watchdog *watchdog;
  TRY(dist_agree(memory_allocate(&watchdog, 1, sizeof *watchdog, "watchdog")));
  watchdog->seconds = seconds;
  /* Where ranks cannot share it, each shows only itself. */
  size_t bytes = sizeof(Board) + (size_t)dist_size() * sizeof(Seat);
  Status status = dist_share(&watchdog->memory, bytes, SHARE_WRITTEN_BY_ALL, NULL);
  if (status.code != STATUS_OK) {
    free(watchdog);
    return status;
  }
  watchdog->board = watchdog->memory.data;
  if (dist_rank() == 0) memset(watchdog->board, 0, bytes);
  dist_share_publish(&watchdog->memory);
  atomic_store(&watchdog->board->seats[dist_rank()].pid, getpid());
  int error = start_thread(watchdog);
  if (error) log_warning("no watchdog: its thread cannot be started: %s", strerror(error));
  watchdog->is_started = !error;
  dist_limit(0);
  *out = watchdog;
  return status_ok();
}

PassSign *watchdog_sign(Watchdog *watchdog) {
  return watchdog ? &watchdog->board->seats[dist_rank()].sign : NULL;
}

void watchdog_mark(Watchdog *watchdog) {
  if (watchdog) atomic_fetch_add(watchdog_sign(watchdog), (uint64_t)1 << 32);
}

void watchdog_step(Watchdog *watchdog, int64_t step, int n_steps) {
  if (!watchdog) return;
  watchdog->n_steps = n_steps;
  atomic_store(&watchdog->board->seats[dist_rank()].step, step);
}

void watchdog_stop(Watchdog *watchdog) {
  if (!watchdog) return;
  dist_limit(watchdog->seconds);
  if (watchdog->is_started) {
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->is_over = 1;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->mutex);
    pthread_join(watchdog->thread, NULL);
  }
  dist_share_free(&watchdog->memory);
  free(watchdog);
}
