#include "apart.h"

#include "hdf5_help.h"
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60, CPU_SECONDS = 3 }; /* HDF5 reads a megabyte in some milliseconds */
#define MEGABYTE ((size_t)1 << 20)

/* Of this process, in bytes; 0 if it is not known. */
static size_t address_space(void) {
  char text[64] = "";
  int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  ssize_t n = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  size_t pages = 0;
  if (n <= 0 || sscanf(text, "%zu", &pages) != 1) return 0;
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, size_t value) {
  struct rlimit now;
  if (getrlimit(what, &now) != 0 || now.rlim_cur <= value) return;
  now.rlim_cur = value;
  (void)setrlimit(what, &now);
}

/* HDF5 holds a copy of the file, beside what has been read of it. */
static void limit_child(size_t n) {
  static const int DEADLY[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGXCPU};
  sigset_t deadly;
  sigemptyset(&deadly);
  for (size_t i = 0; i < sizeof DEADLY / sizeof *DEADLY; i++) {
    signal(DEADLY[i], SIG_DFL);
    sigaddset(&deadly, DEADLY[i]);
  }
  (void)sigprocmask(SIG_UNBLOCK, &deadly, NULL);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  size_t now = address_space();
  if (now > 0) limit(RLIMIT_AS, now + 256 * MEGABYTE + 12 * n);
  limit(RLIMIT_CPU, CPU_SECONDS + n / (8 * MEGABYTE));
  limit(RLIMIT_CORE, 0);
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) (void)dup2(nowhere, STDERR_FILENO);
  alarm(SECONDS + (unsigned)(n / (8 * MEGABYTE)));
}

static void read_in_child(char *memory, size_t room, const char *file, const Contents *contents,
                          ReadBytes *read_bytes) {
  Record record;
  limit_child(contents->n);
  record_init(&record);
  Status status = read_bytes(&record, file, contents);
  transfer_write(memory, room, &status, &record);
  _exit(0);
}

static Status wait_for(pid_t child, const char *file) {
  int end = 0;
  pid_t done;
  do done = waitpid(child, &end, 0);
  while (done < 0 && errno == EINTR);
  /* Where nobody may wait for children, what the child has handed over tells. */
  if (done < 0 || (WIFEXITED(end) && WEXITSTATUS(end) == 0)) return status_ok();
  int number = WIFSIGNALED(end) ? WTERMSIG(end) : 0;
  int is_late = number == SIGALRM || number == SIGXCPU;
  return status_error(STATUS_DATA, "%s: damaged: HDF5 fails on it (%s)", file,
                      !number   ? "it ended"
                      : is_late ? "it takes too long"
                                : strsignal(number));
}

Status read_apart(Record *record, const char *file, const Contents *contents,
                  ReadBytes *read_bytes) {
  size_t room = 8 * contents->n + MEGABYTE;
  char *memory =
      mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return status_errno(STATUS_MEMORY, errno, "%s: no memory of %zu bytes to read it", file, room);
  hdf5_start(); /* once, and not in each child */
  pid_t child = fork();
  if (child == 0) read_in_child(memory, room, file, contents, read_bytes);
  Status status = child < 0 ? status_errno(STATUS_MEMORY, errno, "%s: no process to read it", file)
                            : wait_for(child, file);
  if (!status.code) status = transfer_read(record, file, memory, room);
  (void)munmap(memory, room);
  return status;
}
