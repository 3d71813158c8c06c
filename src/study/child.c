#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  TAIL_BYTES = 16384,
  LAST_OWN_STATUS = 9 /* but STATUS_STOPPED; what is above is of a launcher or a signal */
};

double child_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int stop_signal(const Child *child) {
  return child->by_mpirun ? SIGUSR1 : SIGTERM;
}

/* In the new process. */
static void become(const Child *child, const Launch *launch, int log, pid_t parent) {
  sigset_t none;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, stop_signal(child));
  if (getppid() != parent) _exit(STATUS_STOPPED);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
      dup2(log, STDERR_FILENO) < 0)
    _exit(STATUS_FAILED);
  if (launch->cpus) (void)sched_setaffinity(0, sizeof *launch->cpus, launch->cpus);
  setenv("OMPI_MCA_orte_tmpdir_base", launch->temporary, 1);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(launch->words[0], launch->words);
  fprintf(stderr, "normlab: error: %s: cannot be started: %s\n", launch->words[0], strerror(errno));
  fflush(stderr);
  _exit(STATUS_FILE);
}

Status child_start(Child *child, const Launch *launch) {
  struct stat info;
  int log = open(child->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
  if (log < 0 || fstat(log, &info) != 0) {
    int error = errno;
    if (log >= 0) close(log);
    return status_errno(STATUS_FILE, error, "%s: cannot be written", child->log);
  }
  child->log_start = info.st_size;
  child->start = child_clock();
  pid_t parent = getpid();
  fflush(NULL);
  child->pid = fork();
  if (child->pid == 0) become(child, launch, log, parent);
  int error = errno;
  close(log);
  if (child->pid < 0) {
    child->pid = 0;
    return status_errno(STATUS_MEMORY, error, "a process for %s", child->log);
  }
  (void)setpgid(child->pid, child->pid); /* whoever comes first */
  return status_ok();
}

void child_stop(const Child *child) {
  if (child->pid > 0) kill(child->pid, stop_signal(child));
}

/* mpirun kills its ranks on TERM; on KILL they would have to notice themselves. */
void child_kill(const Child *child) {
  if (child->pid > 0) kill(-child->pid, child->by_mpirun ? SIGTERM : SIGKILL);
}

/* The end of this start's part of the log, its lines ended by NUL instead of \n. */
static size_t read_tail(char tail[TAIL_BYTES + 1], const Child *child) {
  struct stat info;
  size_t n = 0;
  int log = open(child->log, O_RDONLY | O_CLOEXEC);
  if (log >= 0 && fstat(log, &info) == 0) {
    off_t from = info.st_size - TAIL_BYTES;
    ssize_t got = pread(log, tail, TAIL_BYTES, from > child->log_start ? from : child->log_start);
    if (got > 0) n = (size_t)got;
  }
  if (log >= 0) close(log);
  tail[n] = '\0';
  for (size_t i = 0; i < n; i++)
    if (tail[i] == '\n') tail[i] = '\0';
  return n;
}

int64_t child_epochs(const Child *child) {
  static char tail[TAIL_BYTES + 1];
  size_t n = read_tail(tail, child);
  long long epochs = 0, last = child->epochs_before;
  for (size_t i = 0; i < n; i += strlen(tail + i) + 1)
    if (sscanf(tail + i, "epoch %lld/", &epochs) == 1) last = epochs;
  return last;
}

/* The message of the program; of something else, the last line that says something. */
static const char *find_message(char *tail, size_t n) {
  static const char MARK[] = "normlab: error: ";
  const char *message = NULL, *last = "";
  for (size_t i = 0; i < n; i += strlen(tail + i) + 1) {
    if (strncmp(tail + i, MARK, sizeof MARK - 1) == 0) message = tail + i + sizeof MARK - 1;
    if (strspn(tail + i, " \t-") < strlen(tail + i)) last = tail + i;
  }
  return message ? message : last;
}

Status child_outcome(const Child *child, int wait_status) {
  static char tail[TAIL_BYTES + 1];
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) return status_ok();
  const char *message = find_message(tail, read_tail(tail, child));
  if (WIFSIGNALED(wait_status))
    return status_error(STATUS_FAILED, "killed by signal %d (%s); see %s", WTERMSIG(wait_status),
                        strsignal(WTERMSIG(wait_status)), child->log);
  int code = WEXITSTATUS(wait_status);
  if ((code > STATUS_FAILED && code <= LAST_OWN_STATUS) || code == STATUS_STOPPED)
    return status_error((StatusCode)code, "%.600s; see %s", message, child->log);
  return status_error(STATUS_FAILED, "exit status %d: %.600s; see %s", code, message, child->log);
}
