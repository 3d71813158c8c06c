#include "console.h"

#include "base/log.h"
#include "dist/launcher.h"
#include "signals.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int is_terminal; /* one that can be drawn on shows standard output */
static int by_mpirun, is_taken[3];
static int is_drawn, failure, has_failed;
static int nowhere = -1; /* where output goes that nobody takes */
static volatile sig_atomic_t is_writing;
static double written; /* now() when something was last written out */

/* Seconds in which a launcher, which reads both outputs by turns, has handed on what was written. A
 * stopping one kills after a second. */
static const double HANDING_ON = 0.06;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Takes the terminal behind a descriptor of the launcher's in place of our own, if there is one: on
 * this node, of this user. */
static void take_terminal(int number) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getppid(), number);
  struct stat info;
  int is_device = stat(path, &info) == 0 && S_ISCHR(info.st_mode);
  int theirs = is_device ? open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC) : -1;
  if (theirs >= 0 && isatty(theirs) && dup2(theirs, number) >= 0) is_taken[number] = 1;
  if (theirs >= 0) close(theirs);
}

/* Whether mpirun does more with the output than to hand it on. */
static int is_edited(void) {
  static const char *const NAMES[] = {"OMPI_MCA_orte_output_filename", "OMPI_MCA_orte_tag_output",
                                      "OMPI_MCA_orte_timestamp_output", "OMPI_MCA_orte_xml_output"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (getenv(NAMES[i])) return 1;
  return 0;
}

/* Under mpirun, the terminal that it has made for us is none. */
static void find_terminal(void) {
  const char *kind = getenv("TERM");
  int is_smart = kind && *kind && strcmp(kind, "dumb") != 0;
  by_mpirun = getenv("OMPI_COMM_WORLD_RANK") != NULL; /* not so under srun --pty */
  if (by_mpirun && isatty(STDOUT_FILENO) && !is_edited()) {
    take_terminal(STDOUT_FILENO);
    take_terminal(STDERR_FILENO);
  }
  is_terminal = is_smart && isatty(STDOUT_FILENO) && (!by_mpirun || is_taken[STDOUT_FILENO]);
}

/* In a signal handler: the write that waits starts again, and finds another file. */
static void let_go(void) {
  if (is_writing && nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
}

void console_begin(void) {
  enum { KEPT = 65536 };
  signal(SIGPIPE, SIG_IGN);
  console_flush();
  setvbuf(stdout, NULL, _IOFBF, KEPT);
  find_terminal();
  nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  signals_on_stop(let_go);
}

/* Whether what is printed can be written without waiting. */
static int can_write(void) {
  struct pollfd look = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&look, 1, 0) != 0;
}

int console_is_watched(void) {
  if (!is_terminal) return 0;
  pid_t foreground = by_mpirun ? -1 : tcgetpgrp(STDOUT_FILENO);
  return foreground <= 0 || foreground == getpgrp();
}

int console_columns(void) {
  struct winsize size;
  if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  const char *text = getenv("COLUMNS");
  long n = text ? strtol(text, NULL, 10) : 0;
  return n > 0 && n < 100000 ? (int)n : 80;
}

void console_flush(void) {
  written = now();
  if (signals_stop_wanted() && !can_write()) __fpurge(stdout);
  errno = 0;
  is_writing = 1;
  const int failed = fflush(stdout) != 0 || ferror(stdout);
  is_writing = 0;
  if (!failed) return;
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
  if (has_failed && failure != EPIPE && failure != EBADF)
    log_warning("standard output: a part of it could not be written%s%s", failure ? ": " : "",
                failure ? strerror(failure) : "");
  const double pause = written + HANDING_ON - now();
  if (launcher_read().name && !is_taken[STDERR_FILENO] && pause > 0)
    nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * pause)}, NULL);
}

void console_draw(const char *text) {
  log_before(console_clear);
  is_drawn = 1;
  printf("\r\033[K%s", text);
  console_flush();
}

void console_clear(void) {
  if (!is_drawn) return;
  is_drawn = 0;
  fputs("\r\033[K", stdout);
  console_flush();
}
