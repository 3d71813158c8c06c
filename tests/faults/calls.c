/* Preloaded into the program: numbers its calls on files below a folder, logs them, and lets one of
 * them fail or be the last of the process. Set by the environment:
 *
 *   FAULTS_FOLDER   absolute; calls on anything else are neither counted nor touched
 *   FAULTS_RANK     only in this rank of Open MPI
 *   FAULTS_LOG      a line a call: number, function, result, descriptor, file, other file, size,
 *                   offset, separated by tabs; written after the call
 *   FAULTS_DATA     what was written, one after the other, for those who play the log back
 *   FAULTS_AT       number of the call that something happens to; "7+": and to all after it
 *   FAULTS_ONLY     but only to those of this function, and the number is among these
 *   FAULTS_DO       kill-before, kill-in (half of a write has landed), kill-after, short, or a
 *                   number: errno of a call that fails
 *   FAULTS_PLANT    a fault that a test must notice: no-fsync (says that it has synced, does
 *                   not, and the log does not show it), in-place (what is written to FILE.tmp
 *                   goes into FILE at once); or no-link: a file system without hard links */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 1024 };

static const char *folder, *plant = "", *only, *action;
static char *open_paths[MAX_DESCRIPTORS];
static long target, n_calls, n_matching;
static int lasts, log_descriptor = -1, data_descriptor = -1;

static int open_output(const char *variable) {
  const char *path = getenv(variable);
  if (!path) return -1;
  return (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((constructor)) static void start(void) {
  const char *rank = getenv("FAULTS_RANK"), *mine = getenv("OMPI_COMM_WORLD_RANK");
  const char *at = getenv("FAULTS_AT");
  if (rank && (!mine || strcmp(rank, mine) != 0)) return;
  folder = getenv("FAULTS_FOLDER");
  action = getenv("FAULTS_DO");
  only = getenv("FAULTS_ONLY");
  if (getenv("FAULTS_PLANT")) plant = getenv("FAULTS_PLANT");
  target = at ? atol(at) : 0;
  lasts = at && strchr(at, '+');
  log_descriptor = open_output("FAULTS_LOG");
  data_descriptor = open_output("FAULTS_DATA");
}

static int is_planted(const char *what) {
  return strcmp(plant, what) == 0;
}

static int is_below(const char *path) {
  size_t n = folder ? strlen(folder) : 0;
  return n && path && strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Of a descriptor of a file below the folder; NULL for another. */
static const char *path_of(int descriptor) {
  return descriptor >= 0 && descriptor < MAX_DESCRIPTORS ? open_paths[descriptor] : NULL;
}

static void remember(int descriptor, const char *path) {
  if (descriptor < 0 || descriptor >= MAX_DESCRIPTORS) return;
  free(open_paths[descriptor]);
  open_paths[descriptor] = path ? strdup(path) : NULL;
}

static void die(void) {
  (void)syscall(SYS_kill, getpid(), SIGKILL);
}

typedef struct Call {
  const char *name, *path, *other;
  int descriptor, happens;
  long size, offset, number;
} Call;

/* Counts a call; whether it has to fail, with errno set. */
static int begin(Call *call) {
  call->number = ++n_calls;
  if (only && strcmp(only, call->name) != 0) return 0;
  n_matching++;
  call->happens = target > 0 && (n_matching == target || (lasts && n_matching > target));
  if (!call->happens || !action) return 0;
  if (strcmp(action, "kill-before") == 0) die();
  if (*action < '0' || *action > '9') return 0;
  errno = atoi(action);
  return 1;
}

static void end(const Call *call, long result) {
  int error = errno;
  char line[2 * PATH_MAX];
  int n = snprintf(line, sizeof line, "%ld\t%s\t%ld\t%d\t%s\t%s\t%ld\t%ld\n", call->number,
                   call->name, result, call->descriptor, call->path, call->other ? call->other : "",
                   call->size, call->offset);
  if (log_descriptor >= 0) (void)!syscall(SYS_write, log_descriptor, line, (size_t)n);
  if (call->happens && action && strcmp(action, "kill-after") == 0) die();
  errno = error;
}

static int is_halved(const Call *call) {
  return call->happens && action &&
         (strcmp(action, "kill-in") == 0 || strcmp(action, "short") == 0);
}

/* half: reads and writes can be done in part; nothing else has a middle to die in. */
static size_t part_of(const Call *call, size_t n) {
  return is_halved(call) && n > 1 ? n / 2 : n;
}

static void die_inside(const Call *call) {
  if (call->happens && action && strcmp(action, "kill-in") == 0) die();
}

#define REAL(function) __typeof__(function) *real = (__typeof__(function) *)next_of(#function)

static void *next_of(const char *function) {
  return dlsym(RTLD_NEXT, function);
}

/* FILE.tmp.HOST.PID is FILE itself, if that fault is planted; static. */
static const char *place_of(const char *path) {
  static char changed[PATH_MAX];
  const char *temporary = path ? strstr(path, ".tmp.") : NULL;
  if (!is_planted("in-place") || !temporary || !is_below(path) || strstr(path, ".prev.tmp."))
    return path;
  snprintf(changed, sizeof changed, "%.*s", (int)(temporary - path), path);
  return changed;
}

static int is_there(const char *path) {
  return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

int open(const char *path, int flags, ...) {
  REAL(open);
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  const char *place = place_of(path);
  if (place != path) flags = (flags & ~O_EXCL) | O_TRUNC;
  if (!is_below(path)) return real(path, flags, mode);
  int is_new = flags & O_CREAT && (flags & O_TRUNC || !is_there(place));
  Call call = {.name = is_new ? "create" : "open", .path = place, .descriptor = -1};
  int result = begin(&call) ? -1 : real(place, flags, mode);
  remember(result, result < 0 ? NULL : place);
  call.descriptor = result;
  end(&call, result);
  return result;
}

int close(int descriptor) {
  REAL(close);
  const char *path = path_of(descriptor);
  if (!path) return real(descriptor);
  Call call = {.name = "close", .path = path, .descriptor = descriptor};
  int fails = begin(&call), error = errno;
  int result = real(descriptor); /* also where it fails, as Linux does it */
  if (fails) errno = error, result = -1;
  end(&call, result);
  remember(descriptor, NULL);
  return result;
}

/* A call on a descriptor that transfers n bytes. */
#define TRANSFER(function, parameters, descriptor, bytes, n, where, pass)                          \
  ssize_t function parameters {                                                                    \
    REAL(function);                                                                                \
    const char *path = path_of(descriptor);                                                        \
    if (!path) return real pass;                                                                   \
    Call call = {.name = #function, .path = path, .descriptor = descriptor};                       \
    call.offset = where;                                                                           \
    int fails = begin(&call);                                                                      \
    n = part_of(&call, n);                                                                         \
    ssize_t result = fails ? -1 : real pass;                                                       \
    die_inside(&call);                                                                             \
    call.size = (long)n;                                                                           \
    end_transfer(&call, bytes, result);                                                            \
    return result;                                                                                 \
  }

static void end_transfer(const Call *call, const void *bytes, ssize_t result) {
  if (bytes && result > 0 && data_descriptor >= 0)
    (void)!syscall(SYS_write, data_descriptor, bytes, (size_t)result);
  end(call, result);
}

#define HERE lseek(descriptor, 0, SEEK_CUR)
TRANSFER(read, (int descriptor, void *bytes, size_t n), descriptor, NULL, n, HERE,
         (descriptor, bytes, n))
TRANSFER(write, (int descriptor, const void *bytes, size_t n), descriptor, bytes, n, HERE,
         (descriptor, bytes, n))
TRANSFER(pread, (int descriptor, void *bytes, size_t n, off_t at), descriptor, NULL, n, at,
         (descriptor, bytes, n, at))
TRANSFER(pwrite, (int descriptor, const void *bytes, size_t n, off_t at), descriptor, bytes, n, at,
         (descriptor, bytes, n, at))

/* A call on a descriptor that is done or not. */
#define SIMPLE(function, parameters, pass, bytes)                                                  \
  int function parameters {                                                                        \
    REAL(function);                                                                                \
    const char *path = path_of(descriptor);                                                        \
    if (!path) return real pass;                                                                   \
    Call call = {.name = #function, .path = path, .descriptor = descriptor, .size = bytes};        \
    int result = begin(&call) ? -1 : real pass;                                                    \
    end(&call, result);                                                                            \
    return result;                                                                                 \
  }

SIMPLE(fstat, (int descriptor, struct stat *info), (descriptor, info), 0)
SIMPLE(flock, (int descriptor, int operation), (descriptor, operation), 0)
SIMPLE(ftruncate, (int descriptor, off_t size), (descriptor, size), (long)size)

int fsync(int descriptor) {
  REAL(fsync);
  const char *path = path_of(descriptor);
  if (!path) return real(descriptor);
  Call call = {.name = "fsync", .path = path, .descriptor = descriptor};
  int fails = begin(&call);
  if (is_planted("no-fsync")) return fails ? -1 : 0;
  int result = fails ? -1 : real(descriptor);
  end(&call, result);
  return result;
}

/* A call on a name. */
#define NAMED(function, parameters, pass)                                                          \
  int function parameters {                                                                        \
    REAL(function);                                                                                \
    if (!is_below(path)) return real pass;                                                         \
    Call call = {.name = #function, .path = path, .descriptor = -1};                               \
    int result = begin(&call) ? -1 : place_of(path) != path ? 0 : real pass;                       \
    end(&call, result);                                                                            \
    return result;                                                                                 \
  }

NAMED(unlink, (const char *path), (path))
NAMED(access, (const char *path, int mode), (path, mode))
NAMED(mkdir, (const char *path, mode_t mode), (path, mode))
NAMED(stat, (const char *path, struct stat *info), (path, info))
NAMED(lstat, (const char *path, struct stat *info), (path, info))

int rename(const char *path, const char *other) {
  REAL(rename);
  if (!is_below(path)) return real(path, other);
  Call call = {.name = "rename", .path = path, .other = other, .descriptor = -1};
  int result = begin(&call) ? -1 : place_of(path) != path ? 0 : real(path, other);
  end(&call, result);
  return result;
}

int link(const char *path, const char *other) {
  REAL(link);
  if (!is_below(path)) return real(path, other);
  if (is_planted("no-link")) {
    errno = EPERM;
    return -1;
  }
  Call call = {.name = "link", .path = path, .other = other, .descriptor = -1};
  int result = begin(&call) ? -1 : real(path, other);
  end(&call, result);
  return result;
}

DIR *opendir(const char *path) {
  REAL(opendir);
  if (!is_below(path)) return real(path);
  Call call = {.name = "opendir", .path = path, .descriptor = -1};
  DIR *result = begin(&call) ? NULL : real(path);
  end(&call, result ? 0 : -1);
  return result;
}

int unlinkat(int descriptor, const char *path, int flags) {
  REAL(unlinkat);
  if (!folder || strchr(path, '/') || !strstr(path, ".tmp.")) return real(descriptor, path, flags);
  Call call = {.name = "unlinkat", .path = path, .descriptor = -1};
  int result = begin(&call) ? -1 : real(descriptor, path, flags);
  end(&call, result);
  return result;
}
