#include "call.h"

#include "child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20, NOT_STARTED = 127 };

extern char **environ;

static void hide(const char *const *prefixes) {
  for (char **next = environ; *next;) {
    char name[128];
    int is_hidden = 0;
    for (const char *const *p = prefixes; *p; p++) is_hidden |= strncmp(*next, *p, strlen(*p)) == 0;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(*next, "="), *next);
    if (is_hidden && unsetenv(name) == 0 && !getenv(name))
      next = environ;
    else
      next++;
  }
}

/* In the new process. */
static void become(const Call *call, int output) {
  sigset_t none;
  setpgid(0, 0);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      (call->with_errors && dup2(output, STDERR_FILENO) < 0))
    _exit(NOT_STARTED);
  if (call->hide) hide(call->hide);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(call->words[0], call->words);
  _exit(NOT_STARTED);
}

/* 0 at the end of the output, 1 to go on, -1 if time or room is over. */
static int read_more(char **text, size_t *used, size_t *room, int from, double end) {
  double left = end - child_clock();
  struct pollfd ready = {.fd = from, .events = POLLIN};
  if (left <= 0 || *used > MOST_BYTES) return -1;
  if (poll(&ready, 1, (int)(1000 * left) + 1) <= 0) return 1;
  if (*used + 4096 > *room) {
    char *more = realloc(*text, *room = 2 * *room + 8192);
    if (!more) return -1;
    *text = more;
  }
  ssize_t n = read(from, *text + *used, *room - *used - 1);
  if (n > 0) *used += (size_t)n;
  return n > 0 || (n < 0 && errno == EINTR);
}

/* Waits for its end, which may come later than that of its output. */
static int take_status(pid_t child, double end) {
  const struct timespec pause = {.tv_nsec = 2000000};
  int state = 0;
  pid_t got;
  while ((got = waitpid(child, &state, WNOHANG)) == 0 && child_clock() < end)
    nanosleep(&pause, NULL);
  if (got == child) return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  (void)waitpid(child, &state, 0);
  return -1;
}

static Status collect(char **output, int *exit_status, const Call *call, pid_t child, int from) {
  size_t used = 0, room = 8192;
  char *text = malloc(room);
  double end = child_clock() + call->seconds;
  int more = text ? 1 : -1;
  while (more == 1) more = read_more(&text, &used, &room, from, end);
  *exit_status = take_status(child, more == 0 ? end : 0);
  *output = text;
  if (!text) return status_error(STATUS_MEMORY, "no memory for what %s prints", call->words[0]);
  text[used] = '\0';
  if (*exit_status < 0)
    return status_error(STATUS_FAILED, "%s: has given no answer in %.0f s", call->words[0],
                        call->seconds);
  if (*exit_status == NOT_STARTED)
    return status_error(STATUS_FAILED, "%s: cannot be started; is it in PATH?", call->words[0]);
  return status_ok();
}

Status call_run(char **output, int *exit_status, Pool *pool, const Call *call) {
  int ends[2];
  *output = NULL;
  *exit_status = -1;
  if (pipe2(ends, O_CLOEXEC) != 0) return status_errno(STATUS_FILE, errno, "a pipe");
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) become(call, ends[1]);
  int error = errno;
  close(ends[1]);
  Status status = child > 0
                      ? collect(output, exit_status, call, child, ends[0])
                      : status_errno(STATUS_MEMORY, error, "a process for %s", call->words[0]);
  close(ends[0]);
  if (*output) TRY(pool_keep(pool, *output));
  return status;
}
