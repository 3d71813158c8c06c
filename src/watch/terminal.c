#include "watch/screen.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[0m\033[?25h\033[?1049l"

static volatile sig_atomic_t has_entered;

int terminal_is_watched(void) {
  const char *kind = getenv("TERM");
  return isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

void terminal_restore(void) {
  if (!has_entered) return;
  has_entered = 0;
  ssize_t n = write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
  (void)n; /* a terminal that is gone needs nothing */
}

static void on_end(int number) {
  terminal_restore();
  raise(number); /* its action is the default again */
}

static void on_stop(int number) {
  (void)number;
  int error = errno;
  terminal_restore();
  raise(SIGSTOP);
  errno = error;
}

/* A signal that is ignored, as by nohup, stays so. */
static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction before, action = {.sa_handler = handler, .sa_flags = flags};
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, number);
  if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
    (void)sigaction(number, &action, NULL);
}

static sigset_t wake_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  sigaddset(&set, SIGCONT);
  return set;
}

void terminal_handle_signals(void) {
  static const int ENDS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
    handle(ENDS[i], on_end, (int)SA_RESETHAND | SA_NODEFER);
  handle(SIGTSTP, on_stop, SA_RESTART);
  sigset_t wakes = wake_signals();
  sigprocmask(SIG_BLOCK, &wakes, NULL);
}

Status terminal_show(const char *frame, size_t bytes) {
  pid_t foreground = tcgetpgrp(STDOUT_FILENO);
  if (foreground > 0 && foreground != getpgrp()) return status_ok();
  if (!has_entered) {
    has_entered = 1;
    fputs(ENTER, stdout);
  }
  fwrite(frame, 1, bytes, stdout);
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout)) return status_ok();
  return status_errno(STATUS_FILE, errno ? errno : EIO, "the terminal: cannot be written");
}

int terminal_wait(double seconds) {
  sigset_t wakes = wake_signals();
  double whole = floor(seconds);
  struct timespec time = {.tv_sec = (time_t)whole, .tv_nsec = (long)(1e9 * (seconds - whole))};
  return seconds > 0 && sigtimedwait(&wakes, NULL, &time) > 0;
}
