#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_wanted, n_interrupts;

static void on_signal(int number) {
  stop_wanted = 1;
  if (number == SIGINT && ++n_interrupts > 1) _exit(128 + SIGINT);
}

void signals_install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  sigset_t blocked; /* from the start of the program on, lest one comes too early for a handler */
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

int signals_stop_wanted(void) {
  return stop_wanted;
}
