#include "console.h"

#include "base/log.h"
#include "dist/dist.h"
#include "signals.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int terminal = -1; /* a descriptor of it; -1: there is none */
static int is_direct;     /* it is this process's own standard output */
static int shares_errors; /* standard error is on the same terminal */
static int is_drawn, failure, has_failed;

static int is_same_file(int a, int b) {
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A descriptor of the launcher's; -1 if it is on another node or of another user. */
static int open_of_parent(int number) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getppid(), number);
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISCHR(info.st_mode)) return -1;
  return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static void find_terminal(void) {
  static int is_done;
  const char *kind = getenv("TERM");
  if (is_done) return;
  is_done = 1;
  if (!isatty(STDOUT_FILENO) || !kind || !*kind || strcmp(kind, "dumb") == 0) return;
  is_direct = !getenv("OMPI_COMM_WORLD_RANK"); /* srun --pty is direct, too */
  int out = is_direct ? STDOUT_FILENO : open_of_parent(STDOUT_FILENO);
  int errors = is_direct ? STDERR_FILENO : open_of_parent(STDERR_FILENO);
  if (out >= 0 && isatty(out)) {
    terminal = out;
    shares_errors = errors >= 0 && is_same_file(out, errors);
  }
  if (!is_direct && errors >= 0) close(errors);
}

void console_begin(void) {
  signal(SIGPIPE, SIG_IGN);
}

int console_is_watched(void) {
  find_terminal();
  if (terminal < 0) return 0;
  pid_t foreground = is_direct ? tcgetpgrp(terminal) : -1;
  return foreground <= 0 || foreground == getpgrp();
}

int console_columns(void) {
  struct winsize size;
  find_terminal();
  if (terminal >= 0 && ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  const char *text = getenv("COLUMNS");
  long n = text ? strtol(text, NULL, 10) : 0;
  return n > 0 && n < 100000 ? (int)n : 80;
}

void console_flush(void) {
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout)) return;
  if (!has_failed || errno == EPIPE) failure = errno;
  has_failed = 1;
  if (failure == EPIPE) signals_request_stop();
  __fpurge(stdout);
  clearerr(stdout);
}

int console_is_unread(void) {
  return has_failed && failure == EPIPE;
}

void console_end(void) {
  console_clear();
  console_flush();
  if (has_failed && failure != EPIPE && failure != EBADF)
    log_warning("standard output: a part of it could not be written%s%s", failure ? ": " : "",
                failure ? strerror(failure) : "");
  /* A launcher reads both by turns. */
  if (dist_is_launched()) nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

void console_draw(const char *text) {
  log_before(console_clear);
  is_drawn = 1;
  printf("\r\033[K%s", text);
  console_flush();
}

/* On standard error, if the terminal shows both: under a launcher, what is printed next there may
 * overtake standard output. */
void console_clear(void) {
  if (!is_drawn) return;
  is_drawn = 0;
  fputs("\r\033[K", stdout);
  console_flush();
  if (!shares_errors || is_direct) return;
  fputs("\r\033[K", stderr);
  fflush(stderr);
}
