#include "gnuplot.h"

#include "base/memory.h"
#include "base/utf8.h"
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char PROGRAM[] = "gnuplot";
enum { MOST_SECONDS = 120 };

static int is_program(const char *folder, int length) {
  char *path;
  if (asprintf(&path, "%.*s/%s", length, folder, PROGRAM) < 0) return 0;
  struct stat info;
  int found = stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
  free(path);
  return found;
}

Status gnuplot_check(const char *option) {
  const char *folder = getenv("PATH");
  if (!folder) folder = "/usr/local/bin:/usr/bin:/bin";
  for (;;) {
    size_t length = strcspn(folder, ":");
    if (length > 0 && is_program(folder, (int)length)) return status_ok();
    if (!folder[length]) break;
    folder += length + 1;
  }
  return status_error(STATUS_FILE,
                      "%s: %s draws the plots, and it is not there; install it (Debian's package "
                      "is gnuplot-nox) or leave the option out",
                      option, PROGRAM);
}

void gnuplot_text(FILE *out, const char *text, int most) {
  fputc('\'', out);
  for (int n_characters = 0; *text; n_characters++) {
    int n = utf8_length(text);
    if (n_characters + 1 == most && text[n ? n : 1]) {
      fputs("\xe2\x80\xa6", out); /* three points */
      break;
    }
    if (*text == '\'')
      fputs("''", out);
    else if (n == 0)
      fputs(UTF8_REPLACEMENT, out);
    else if ((unsigned char)*text < ' ' || *text == 127)
      fputc('?', out);
    else
      fwrite(text, 1, (size_t)n, out);
    text += n ? n : 1;
  }
  fputc('\'', out);
}

void gnuplot_number(FILE *out, double number) {
  if (isfinite(number))
    fprintf(out, " %.9g", number);
  else
    fputs(" NaN", out);
}

/* Files in memory: pipes could stall with both processes waiting to write. */
enum { IN, OUT, ERR, N_STREAMS };

static Status open_streams(int stream[N_STREAMS], const char *script, size_t n) {
  for (int i = 0; i < N_STREAMS; i++) {
    stream[i] = memfd_create("normlab-gnuplot", MFD_CLOEXEC);
    if (stream[i] < 0) return status_errno(STATUS_MEMORY, errno, "a file in memory for plots");
  }
  while (n > 0) {
    ssize_t put = write(stream[IN], script, n);
    if (put < 0 && errno == EFBIG)
      return status_error(STATUS_FILE, "plots are larger than the limit on files (ulimit -f)");
    if (put < 0) return status_errno(STATUS_MEMORY, errno, "a file in memory for plots");
    script += put;
    n -= (size_t)put;
  }
  (void)lseek(stream[IN], 0, SEEK_SET);
  return status_ok();
}

static Status start(pid_t *pid, const int stream[N_STREAMS]) {
  /* -d: none of the user's own settings. */
  static char name[] = "gnuplot", defaults[] = "-d";
  char *words[] = {name, defaults, NULL};
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return status_errno(STATUS_MEMORY, error, "%s", PROGRAM);
  for (int i = 0; i < N_STREAMS && !error; i++)
    error = posix_spawn_file_actions_adddup2(&actions, stream[i], i);
  if (!error) error = posix_spawnp(pid, PROGRAM, &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error ? status_errno(STATUS_FILE, error, "%s: cannot be started", PROGRAM) : status_ok();
}

static Status read_stream(char **text, size_t *bytes, int stream) {
  struct stat info;
  if (fstat(stream, &info) != 0) return status_errno(STATUS_FAILED, errno, "%s", PROGRAM);
  *bytes = 0;
  TRY(memory_allocate(text, (size_t)info.st_size + 1, 1, "plots"));
  while (*bytes < (size_t)info.st_size) {
    ssize_t got = pread(stream, *text + *bytes, (size_t)info.st_size - *bytes, (off_t)*bytes);
    if (got <= 0) break;
    *bytes += (size_t)got;
  }
  return status_ok();
}

/* The last line that says something. */
static Status failure(const char *what, int stream) {
  char *text;
  size_t bytes;
  TRY(read_stream(&text, &bytes, stream));
  char *last = text, *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));)
    if (strspn(line, " \t^") < strlen(line)) last = line;
  Status status = status_error(STATUS_FAILED, "%s %s: %.300s", PROGRAM, what, last);
  free(text);
  return status;
}

static Status wait_for(pid_t pid, int errors) {
  struct timespec pause = {.tv_nsec = 5000000}, now, begin;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (;;) {
    int how;
    pid_t ended = waitpid(pid, &how, WNOHANG);
    if (ended == pid)
      return WIFEXITED(how) && WEXITSTATUS(how) == 0 ? status_ok() : failure("failed", errors);
    if (ended < 0 && errno != EINTR)
      return status_errno(STATUS_FAILED, errno, "%s: its end cannot be waited for", PROGRAM);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - begin.tv_sec > MOST_SECONDS) break;
    nanosleep(&pause, NULL);
  }
  kill(pid, SIGKILL);
  (void)waitpid(pid, NULL, 0);
  return failure("was stopped, as it took minutes", errors);
}

/* An ignored SIGCHLD, which is inherited, would take the exit status with it. */
static void take_children_back(void) {
  struct sigaction now;
  if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
}

Status gnuplot_run(char **output, size_t *bytes, const char *script, size_t n) {
  *output = NULL;
  *bytes = 0;
  int stream[N_STREAMS] = {-1, -1, -1};
  pid_t pid;
  take_children_back();
  Status status = open_streams(stream, script, n);
  if (status.code == STATUS_OK) status = start(&pid, stream);
  if (status.code == STATUS_OK) status = wait_for(pid, stream[ERR]);
  if (status.code == STATUS_OK) status = read_stream(output, bytes, stream[OUT]);
  for (int i = 0; i < N_STREAMS; i++)
    if (stream[i] >= 0) close(stream[i]);
  return status;
}
