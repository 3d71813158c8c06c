#include "dist/siblings.h"

#include "base/status.h"
#include "dist/launcher.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A launcher may take this long to start them all; then several looks in a row must miss one, for
 * longer than a launcher takes to end all where one has failed and said why: it asks them to, and
 * kills them a second later. */
enum { TICK_MS = 250, FIRST_LOOK = 8, N_LOOKS = 12 };
enum { MAX_WORDS = 512 };

static FILE *open_about(long pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
  return fopen(path, "r");
}

/* Returns the parent of a living process, 0 without one. */
static long parent_of(long pid) {
  char text[512], state;
  long parent;
  FILE *file = open_about(pid, "stat");
  const size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[n] = '\0';
  const char *after = strrchr(text, ')');
  if (!after || sscanf(after + 1, " %c %ld", &state, &parent) != 2) return 0;
  return state == 'Z' || state == 'X' ? 0 : parent;
}

/* A process's rank as the launcher's variable gave it at its start, -1 without one. */
static int rank_of(long pid, const char *variable) {
  const size_t length = strlen(variable);
  FILE *file = open_about(pid, "environ");
  char *text = NULL;
  size_t room = 0;
  int rank = -1;
  while (file && rank < 0 && getdelim(&text, &room, '\0', file) > 0)
    if (strncmp(text, variable, length) == 0 && text[length] == '=') rank = atoi(text + length + 1);
  if (file) fclose(file);
  free(text);
  return rank;
}

/* The launcher is the first ancestor that is not a process of a rank itself. 0 where it cannot be
 * seen, as in a container with processes of its own. */
static long find_launcher(const char *variable) {
  long pid = getpid();
  while (pid > 0 && rank_of(pid, variable) >= 0) pid = parent_of(pid);
  return pid;
}

/* Calls see for each process of a rank that the launcher has started itself, until see returns not
 * 0. */
static int visit(int (*see)(void *context, long pid, int rank), void *context) {
  const Launcher launcher = launcher_read();
  const char *variable = launcher.rank_variable;
  const long parent = variable ? find_launcher(variable) : 0;
  DIR *folder = parent > 0 ? opendir("/proc") : NULL;
  int found = 0;
  for (const struct dirent *entry; folder && !found && (entry = readdir(folder));) {
    const long pid = isdigit((unsigned char)entry->d_name[0]) ? atol(entry->d_name) : 0;
    if (pid <= 0 || parent_of(pid) != parent) continue;
    const int rank = rank_of(pid, variable);
    if (rank >= 0) found = see(context, pid, rank);
  }
  if (folder) closedir(folder);
  return found;
}

typedef int IsSuch(int argc, char **argv);

static int ask(void *is_such, long pid, int rank) {
  char *argv[MAX_WORDS + 1] = {NULL};
  size_t room;
  int argc = 0, answer = 0;
  FILE *file = pid == getpid() ? NULL : open_about(pid, "cmdline");
  (void)rank;
  while (file && argc < MAX_WORDS && getdelim(&argv[argc], (room = 0, &room), '\0', file) > 0)
    argc++;
  if (file) fclose(file);
  if (argc > 0) {
    const char *slash = strrchr(argv[0], '/');
    const int is_same = strcmp(slash ? slash + 1 : argv[0], program_invocation_short_name) == 0;
    char *ends = argv[argc];
    argv[argc] = NULL;
    answer = is_same && (*(IsSuch **)is_such)(argc, argv);
    argv[argc] = ends;
  }
  for (int i = 0; i <= argc; i++) free(argv[i]);
  return answer;
}

int siblings_any(int (*is_such)(int argc, char **argv)) {
  return launcher_read().size != 1 && visit(ask, &is_such);
}

/* What a look sees: how many there are, and the lowest rank. */
typedef struct Seen {
  int n, first;
} Seen;

static int count(void *context, long pid, int rank) {
  Seen *seen = context;
  (void)pid;
  seen->n++;
  if (seen->first < 0 || rank < seen->first) seen->first = rank;
  return 0;
}

static _Noreturn void end_process(const Launcher *launcher, const Seen *seen) {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const int n = launcher->local_size - seen->n;
  if (launcher->rank == seen->first)
    fprintf(stderr,
            "normlab: error: %d of the %d processes that %s started on %s ended before MPI could "
            "start: give all ranks the same command\n",
            n, launcher->local_size, launcher->name, *host ? host : "this node");
  fflush(stderr);
  /* The others are to see this rank still, or the next one would speak, too; and the message is to
   * be out before the launcher ends all. */
  sleep(1);
  _exit(STATUS_USAGE);
}

static _Atomic int is_watching;

static void *watch(void *unused) {
  const Launcher launcher = launcher_read();
  (void)unused;
  for (int look = 0, n_missed = 0; atomic_load(&is_watching); look++) {
    Seen seen = {0, -1};
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    if (look < FIRST_LOOK) continue;
    visit(count, &seen);
    n_missed = seen.n > 0 && seen.n < launcher.local_size ? n_missed + 1 : 0;
    if (n_missed == N_LOOKS && atomic_load(&is_watching)) end_process(&launcher, &seen);
  }
  return NULL;
}

void siblings_watch(void) {
  pthread_t thread;
  sigset_t all, before;
  if (launcher_read().local_size < 2) return;
  atomic_store(&is_watching, 1);
  sigfillset(&all); /* signals are for the thread that trains */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  /* Without it only the limit of dist_limit ends a wait in vain. */
  if (pthread_create(&thread, NULL, watch, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void siblings_unwatch(void) {
  atomic_store(&is_watching, 0);
}
