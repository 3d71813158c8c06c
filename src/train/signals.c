#include "signals.h"

#include "store/file.h"
#include "train/stop_signal.h"
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const StopSignal SIGNALS[] = {
    {SIGINT, "SIGINT", 1, 1},   {SIGQUIT, "SIGQUIT", 1, 1}, {SIGHUP, "SIGHUP", 0, 1},
    {SIGTERM, "SIGTERM", 0, 0}, {SIGUSR1, "SIGUSR1", 0, 0}, {SIGUSR2, "SIGUSR2", 0, 0},
    {SIGALRM, "SIGALRM", 0, 0}, {SIGXCPU, "SIGXCPU", 0, 0}, {SIGPWR, "SIGPWR", 0, 0}};
enum { N_SIGNALS = sizeof SIGNALS / sizeof *SIGNALS };

const StopSignal *stop_signal(int i) {
  return i < N_SIGNALS ? &SIGNALS[i] : NULL;
}

int stop_signal_is_ignored(const StopSignal *row) {
  struct sigaction action;
  return row->may_be_ignored && sigaction(row->number, NULL, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

/* first: the row of the first signal, from 1. */
static volatile sig_atomic_t stop_wanted, first, n_from_keyboard;

static void (*volatile call_on_stop)(void);

static void on_signal(int number) {
  for (int i = 0; i < N_SIGNALS; i++) {
    if (SIGNALS[i].number != number) continue;
    if (!first) first = i + 1;
    if (SIGNALS[i].from_keyboard && ++n_from_keyboard > 1) {
      result_abandon();
      _exit(128 + number);
    }
  }
  stop_wanted = 1;
  if (call_on_stop) call_on_stop();
}

static sigset_t stop_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < N_SIGNALS; i++) sigaddset(&set, SIGNALS[i].number);
  return set;
}

static void install(const StopSignal *row) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  if (!stop_signal_is_ignored(row)) sigaction(row->number, &action, NULL);
}

void signals_install(void) {
  sigset_t set = stop_signals();
  for (int i = 0; i < N_SIGNALS; i++) install(&SIGNALS[i]);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int signals_stop_wanted(void) {
  return stop_wanted;
}

const char *signals_name(void) {
  return first ? SIGNALS[first - 1].name : NULL;
}

void signals_on_stop(void (*function)(void)) {
  call_on_stop = function;
}

void signals_request_stop(void) {
  stop_wanted = 1;
}
