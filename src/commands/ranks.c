#include "commands/ranks.h"

#include "base/log.h"
#include "base/status.h"
#include "dist/dist.h"
#include "dist/mpirun.h"
#include "train/stop_signal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A pipe from the processes to a pipe of ours: mpirun ends all at once where nobody reads it. */
typedef struct Stream {
  int from, to; /* -1: there is none; or nobody reads it, and what comes is dropped */
  char text[PIPE_BUF];
  size_t n, done;
} Stream;

typedef struct Ranks {
  pid_t pid; /* mpirun's */
  int signals;
  Stream stream[2]; /* standard output and standard error */
  int is_stopping, n_from_keyboard, has_ended, wait_status;
} Ranks;

static const int OTHERS[] = {SIGCHLD, SIGTSTP, SIGCONT};

/* What nohup or a shell has said to be ignored stays so. */
static sigset_t wanted_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  const StopSignal *row;
  for (int i = 0; (row = stop_signal(i)); i++)
    if (!stop_signal_is_ignored(row)) sigaddset(&set, row->number);
  for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) sigaddset(&set, OTHERS[i]);
  return set;
}

/* The launcher's words, which lie in *mpirun, then those of this program. */
static char **make_words(Mpirun *mpirun, int n_ranks, char **argv, char *program) {
  size_t n_arguments = 0;
  mpirun_make(mpirun, dist_version(), n_ranks);
  while (argv[n_arguments]) n_arguments++;
  const size_t n = (size_t)mpirun->n_words;
  char **words = calloc(n + 1 + n_arguments + 1, sizeof *words);
  if (!words) return NULL;
  memcpy(words, mpirun->words, n * sizeof *words);
  words[n] = program;
  memcpy(words + n + 1, argv, n_arguments * sizeof *words);
  return words;
}

/* In the new process. SIGUSR1 must not end mpirun before it is ready for it. */
static void become(char **words, int n_ranks, const Ranks *ranks, const int *pipe_ends,
                   pid_t parent) {
  sigset_t none;
  cpu_set_t cores;
  setpgid(0, 0);
  const StopSignal *row;
  for (int i = 0; (row = stop_signal(i)); i++)
    if (!stop_signal_is_ignored(row)) signal(row->number, SIG_DFL);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGTTOU, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGUSR1);
  if (getppid() != parent) _exit(STATUS_STOPPED);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  for (int i = 0; i < 2; i++)
    if (ranks->stream[i].from >= 0) dup2(pipe_ends[i], i + 1);
  /* --oversubscribe alone would make all wait politely, also with a core for each. */
  if (sched_getaffinity(0, sizeof cores, &cores) == 0 && n_ranks <= CPU_COUNT(&cores))
    setenv("OMPI_MCA_mpi_yield_when_idle", "0", 0);
  /* Ranks that fail have said why. As an option, -q, Open MPI 5 would refuse it. */
  setenv("OMPI_MCA_orte_execute_quiet", "1", 0);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(words[0], words);
  fprintf(stderr, "normlab: error: --ranks: mpirun cannot be started: %s\n", strerror(errno));
  fflush(stderr);
  _exit(STATUS_FILE);
}

static int is_pipe(int descriptor) {
  struct stat info;
  return fstat(descriptor, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
}

/* 0, or errno. */
static int open_streams(Ranks *ranks, int pipe_ends[2]) {
  for (int i = 0; i < 2; i++) {
    Stream *stream = &ranks->stream[i];
    int ends[2];
    *stream = (Stream){.from = -1, .to = i + 1};
    if (!is_pipe(i + 1)) continue;
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    stream->from = ends[0];
    pipe_ends[i] = ends[1];
    (void)fcntl(stream->from, F_SETFL, O_NONBLOCK);
  }
  return 0;
}

static Status start(Ranks *ranks, int n_ranks, char **argv) {
  char program[PATH_MAX];
  int pipe_ends[2] = {-1, -1};
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  if (n < 0) return status_errno(STATUS_FILE, errno, "/proc/self/exe");
  program[n] = '\0';
  Mpirun mpirun;
  char **words = make_words(&mpirun, n_ranks, argv, program);
  if (!words) return status_error(STATUS_MEMORY, "--ranks: no memory for the command");
  sigset_t signals = wanted_signals();
  sigprocmask(SIG_BLOCK, &signals, NULL);
  signal(SIGPIPE, SIG_IGN);
  ranks->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  int error = ranks->signals < 0 ? errno : open_streams(ranks, pipe_ends);
  pid_t parent = getpid();
  fflush(NULL);
  if (!error && (ranks->pid = fork()) < 0) error = errno;
  if (!error && ranks->pid == 0) become(words, n_ranks, ranks, pipe_ends, parent);
  free(words);
  for (int i = 0; i < 2; i++)
    if (pipe_ends[i] >= 0) close(pipe_ends[i]);
  if (error) return status_errno(STATUS_FAILED, error, "--ranks: mpirun cannot be started");
  (void)setpgid(ranks->pid, ranks->pid); /* whoever comes first */
  return status_ok();
}

static void ask_to_stop(Ranks *ranks) {
  ranks->is_stopping = 1;
  kill(ranks->pid, SIGUSR1);
}

static int is_from_keyboard(int number) {
  const StopSignal *row;
  for (int i = 0; (row = stop_signal(i)); i++)
    if (row->number == number) return row->from_keyboard;
  return 0;
}

static void take_signal(Ranks *ranks, int number) {
  if (number == SIGCHLD) {
    pid_t ended = waitpid(ranks->pid, &ranks->wait_status, WNOHANG);
    if (ended == ranks->pid) ranks->has_ended = 1;
  } else if (number == SIGCONT) {
    kill(ranks->pid, SIGCONT);
  } else if (number == SIGTSTP) {
    kill(ranks->pid, SIGTSTP); /* mpirun suspends the processes, then itself */
    raise(SIGSTOP);
  } else if (is_from_keyboard(number) && ++ranks->n_from_keyboard > 1) {
    kill(-ranks->pid, SIGTERM); /* mpirun kills them after a second */
  } else {
    ask_to_stop(ranks);
  }
}

static void take_signals(Ranks *ranks) {
  struct signalfd_siginfo info;
  while (read(ranks->signals, &info, sizeof info) == (ssize_t)sizeof info)
    take_signal(ranks, (int)info.ssi_signo);
}

static void give_up(Ranks *ranks, Stream *stream) {
  if (stream->to == STDOUT_FILENO && !ranks->has_ended) ask_to_stop(ranks);
  stream->to = -1;
}

/* Hands on what there is, as much as goes without waiting. */
static void move(Ranks *ranks, Stream *stream, int can_write) {
  if (stream->done == stream->n) {
    ssize_t n = read(stream->from, stream->text, sizeof stream->text);
    if (n == 0) {
      close(stream->from);
      stream->from = -1;
    }
    stream->done = 0;
    stream->n = n > 0 ? (size_t)n : 0;
  } else if (can_write) {
    ssize_t n = write(stream->to, stream->text + stream->done, stream->n - stream->done);
    if (n < 0 && errno == EPIPE) give_up(ranks, stream);
    if (n > 0) stream->done += (size_t)n;
  }
  if (stream->to < 0) stream->done = stream->n;
}

/* Waits for a signal or for output, a second at most; returns how many were ready. */
static int look(Ranks *ranks, int milliseconds) {
  struct pollfd look[5] = {{.fd = ranks->signals, .events = POLLIN}};
  for (int i = 0; i < 2; i++) {
    const Stream *stream = &ranks->stream[i];
    int is_full = stream->done < stream->n;
    look[1 + 2 * i] = (struct pollfd){.fd = is_full ? -1 : stream->from, .events = POLLIN};
    look[2 + 2 * i] =
        (struct pollfd){.fd = stream->from >= 0 ? stream->to : -1, .events = is_full ? POLLOUT : 0};
  }
  int n_ready = poll(look, 5, milliseconds);
  if (n_ready <= 0) return 0;
  if (look[0].revents) take_signals(ranks);
  for (int i = 0; i < 2; i++) {
    Stream *stream = &ranks->stream[i];
    if (look[2 + 2 * i].revents & (POLLERR | POLLNVAL)) give_up(ranks, stream);
    if (look[1 + 2 * i].revents || look[2 + 2 * i].revents)
      move(ranks, stream, look[2 + 2 * i].revents & POLLOUT);
  }
  return n_ready;
}

int ranks_run(int n_ranks, char **argv) {
  enum { SECOND = 1000, MOMENT = 200 };
  Ranks ranks = {.signals = -1};
  Status status = start(&ranks, n_ranks, argv);
  if (status.code != STATUS_OK) {
    log_error("%s", status.text);
    return status.code;
  }
  while (!ranks.has_ended) {
    /* One that came before mpirun or a process was ready for it is lost. */
    if (!look(&ranks, SECOND) && ranks.is_stopping) ask_to_stop(&ranks);
  }
  while ((ranks.stream[0].from >= 0 || ranks.stream[1].from >= 0) && look(&ranks, MOMENT)) {
  }
  if (ranks.n_from_keyboard > 1) return 128 + SIGINT;
  return WIFEXITED(ranks.wait_status) ? WEXITSTATUS(ranks.wait_status)
                                      : 128 + WTERMSIG(ranks.wait_status);
}
