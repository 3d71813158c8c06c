#include "lock.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void lock_self(Owner *self) {
  *self = (Owner){.pid = (long)getpid()};
  if (gethostname(self->host, sizeof self->host - 1) != 0) strcpy(self->host, "localhost");
  const char *job = getenv("SLURM_JOB_ID"), *cluster = getenv("SLURM_CLUSTER_NAME");
  const char *start = getenv("SLURM_RESTART_COUNT");
  if (!job || !*job || strpbrk(job, " \n") || (cluster && strpbrk(cluster, " \n"))) return;
  snprintf(self->job, sizeof self->job, "%s:%s", cluster ? cluster : "", job);
  self->start = start ? strtol(start, NULL, 10) : 0;
}

/* Whether self is a later start of the job that owner is of. */
static int replaces(const Owner *self, const Owner *owner) {
  return *owner->job && strcmp(self->job, owner->job) == 0 && self->start > owner->start;
}

/* All of it; 0, or errno. */
static int read_text(char *text, size_t bytes, int descriptor) {
  size_t done = 0;
  for (ssize_t n = 1; n > 0 && done < bytes - 1; done += (size_t)n) {
    n = TEMP_FAILURE_RETRY(pread(descriptor, text + done, bytes - 1 - done, (off_t)done));
    if (n < 0) return errno;
  }
  text[done] = '\0';
  return 0;
}

/* Zeros if nobody has signed; 0, or errno. */
static int read_owner(Owner *owner, int descriptor) {
  char text[256] = "";
  *owner = (Owner){0};
  int error = read_text(text, sizeof text, descriptor);
  if (error) return error;
  int found = sscanf(text, "host %64s pid %ld attempt %" SCNu64 " job %64s start %ld", owner->host,
                     &owner->pid, &owner->attempt, owner->job, &owner->start);
  if (found < 3) *owner = (Owner){0};
  if (found < 5) owner->job[0] = '\0';
  return 0;
}

static Status held(const char *file, const Owner *owner) {
  if (owner->pid == 0) return status_error(STATUS_FILE, "%s: another run is writing it", file);
  return status_error(STATUS_FILE, "%s: another run is writing it: process %ld on %s", file,
                      owner->pid, owner->host);
}

static int is_here(const Owner *owner) {
  Owner self;
  lock_self(&self);
  return owner->pid > 0 && strcmp(owner->host, self.host) == 0;
}

/* One that has ended and is not yet waited for (state Z or X of proc(5)) writes no more. */
static int has_ended(long pid) {
  char path[64], text[512] = "";
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  ssize_t n = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  const char *name_end = n > 0 ? strrchr(text, ')') : NULL;
  return name_end && name_end[1] == ' ' && (name_end[2] == 'Z' || name_end[2] == 'X');
}

int lock_is_alive(long pid) {
  return (kill((pid_t)pid, 0) == 0 || errno == EPERM) && !has_ended(pid);
}

static int is_alive_here(const Owner *owner) {
  return is_here(owner) && lock_is_alive(owner->pid);
}

/* On a file system without flock: only a living process of this host is known to hold it. */
static Status judge_owner(const char *file, const Owner *owner) {
  Owner self;
  lock_self(&self);
  if (is_alive_here(owner) && !replaces(&self, owner)) return held(file, owner);
  log_warning("%s: its file system has no locks; take care that no other run writes it", file);
  return status_ok();
}

/* Somebody who only looks (lock_look) has the lock for a moment, too. */
static int take_flock(int descriptor) {
  enum { TRIES = 20 };
  const struct timespec pause = {.tv_nsec = 5000000};
  for (int i = 1;; i++) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK || i >= TRIES) return errno;
    nanosleep(&pause, NULL);
  }
}

static int is_at(const char *path, const struct stat *info) {
  struct stat there;
  return stat(path, &there) == 0 && there.st_ino == info->st_ino && there.st_dev == info->st_dev;
}

/* Leaves the holder with a lock on a file that has no name any more. */
static Status take_away(const Lock *lock, const Owner *holder, const struct stat *held_file,
                        const char *file) {
  if (is_at(lock->path, held_file) && unlink(lock->path) != 0 && errno != ENOENT)
    return status_errno(STATUS_FILE, errno, "%s: cannot be taken over", lock->path);
  log_note("%s: taken over from process %ld on %s, of an earlier start of this job", file,
           holder->pid, holder->host);
  return status_ok();
}

static Status unreadable(const Lock *lock) {
  return status_errno(STATUS_FILE, errno, "%s: cannot be read", lock->path);
}

/* *current = 0 if the file that was locked has been removed by the holder before. */
static Status take_open(const Lock *lock, Owner *before, int *current, const char *file) {
  struct stat mine, there;
  Owner self, holder;
  if (fstat(lock->descriptor, &mine) != 0) return unreadable(lock);
  if (!S_ISREG(mine.st_mode))
    return status_error(STATUS_FILE, "%s: not a regular file", lock->path);
  int error = take_flock(lock->descriptor);
  (void)read_owner(&holder, lock->descriptor); /* then nobody knows who holds it */
  if (holder.attempt >= before->attempt) *before = holder;
  lock_self(&self);
  if (error == EWOULDBLOCK)
    return replaces(&self, &holder) ? take_away(lock, &holder, &mine, file) : held(file, &holder);
  if (error) TRY(judge_owner(file, &holder));
  *current = is_at(lock->path, &mine);
  if (!*current && stat(lock->path, &there) != 0 && errno != ENOENT) return unreadable(lock);
  return status_ok();
}

Status lock_take(Lock *lock, Owner *before, const char *file) {
  lock->descriptor = -1;
  *before = (Owner){0};
  size_t bytes = strlen(file) + sizeof ".lock";
  TRY(memory_allocate(&lock->path, bytes, 1, file));
  snprintf(lock->path, bytes, "%s.lock", file);
  Status status = status_ok();
  for (int current = 0; !current && !status.code;) {
    lock->descriptor = TEMP_FAILURE_RETRY(
        open(lock->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
    if (lock->descriptor < 0) {
      status = status_errno(STATUS_FILE, errno, "%s: cannot be made", lock->path);
      break;
    }
    status = take_open(lock, before, &current, file);
    if (!current) close(lock->descriptor);
  }
  if (status.code) {
    free(lock->path);
    *lock = (Lock){.descriptor = -1};
  }
  return status;
}

int lock_look(Owner *owner, const char *file) {
  enum { JUST_NOW = 10 }; /* seconds in which a new lock is signed */
  struct stat info;
  char *path;
  *owner = (Owner){0};
  if (asprintf(&path, "%s.lock", file) < 0) return 0;
  int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  free(path);
  if (descriptor < 0) return 0;
  (void)read_owner(owner, descriptor);
  /* A clock that was set back must not keep it new. */
  int is_new = owner->pid == 0 && fstat(descriptor, &info) == 0 &&
               labs((long)(time(NULL) - info.st_mtime)) < JUST_NOW;
  int is_dead = is_here(owner) && !is_alive_here(owner), in_use = is_new;
  /* Only where nothing else tells is the lock tried, since that is in the way of a run that takes
   * it at this moment. */
  if (!is_new && !is_dead) {
    int error = flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? 0 : errno;
    in_use = error == EWOULDBLOCK || (error && is_alive_here(owner));
  }
  close(descriptor);
  return in_use;
}

/* Why the lock file cannot be made or opened; 0 if it can. */
static int lock_error(const char *path) {
  int descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor >= 0) {
    close(descriptor);
    return 0;
  }
  if (errno != ENOENT) return errno;
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
  int error = !folder ? ENOMEM : faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) ? errno : 0;
  free(folder);
  return error;
}

Status lock_look_free(const char *file) {
  char *path;
  Owner self, owner;
  if (asprintf(&path, "%s.lock", file) < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for its lock", file);
  Status status = status_ok();
  int error = lock_error(path);
  if (error) status = status_errno(STATUS_FILE, error, "%s: cannot be made", path);
  lock_self(&self);
  if (!status.code && lock_look(&owner, file) && !replaces(&self, &owner))
    status = held(file, &owner);
  free(path);
  return status;
}

Status lock_sign(const Lock *lock, const Owner *self) {
  char text[256];
  int n = snprintf(text, sizeof text, "host %s\npid %ld\nattempt %" PRIu64 "\n", self->host,
                   self->pid, self->attempt);
  if (*self->job)
    n += snprintf(text + n, sizeof text - (size_t)n, "job %s\nstart %ld\n", self->job, self->start);
  int failed = TEMP_FAILURE_RETRY(ftruncate(lock->descriptor, 0)) != 0;
  for (int done = 0; !failed && done < n;) {
    errno = EIO; /* what a write of nothing stands for */
    ssize_t put =
        TEMP_FAILURE_RETRY(pwrite(lock->descriptor, text + done, (size_t)(n - done), done));
    failed = put <= 0;
    done += (int)put;
  }
  if (!failed) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot be written", lock->path);
}

Status lock_check(const Lock *lock, const Owner *self, const char *file) {
  /* Opened afresh, so that a network file system fetches what another node has written. */
  int descriptor =
      TEMP_FAILURE_RETRY(open(lock->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (descriptor < 0 && errno == ENOENT) return status_ok();
  if (descriptor < 0) return unreadable(lock);
  Owner owner;
  errno = read_owner(&owner, descriptor);
  Status status = errno ? unreadable(lock) : status_ok();
  close(descriptor);
  TRY(status);
  if (owner.pid == self->pid && owner.attempt == self->attempt &&
      strcmp(owner.host, self->host) == 0)
    return status_ok();
  if (owner.pid == 0)
    return status_error(STATUS_FILE, "%s: nobody has signed it any more; nothing was written",
                        lock->path);
  return status_error(STATUS_FILE,
                      "%s: taken over by another run (process %ld on %s); nothing was written",
                      file, owner.pid, owner.host);
}

void lock_abandon(const Lock *lock) {
  struct stat mine;
  /* Removed while still locked: whoever has opened it meanwhile sees that it is gone, and retries.
   */
  if (fstat(lock->descriptor, &mine) == 0 && is_at(lock->path, &mine)) (void)unlink(lock->path);
}

void lock_release(Lock *lock) {
  if (lock->descriptor < 0) return;
  lock_abandon(lock);
  close(lock->descriptor);
  free(lock->path);
  *lock = (Lock){.descriptor = -1};
}
