#include "store/file.h"

#include "base/log.h"
#include "base/memory.h"
#include "contents.h"
#include "image.h"
#include "lock.h"
#include "stale.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct ResultFile {
  char *path, *folder;
  char *previous;         /* FILE.prev */
  char *temporary;        /* what will be FILE */
  char *kept;             /* what will be FILE.prev */
  char *note;             /* FILE.progress */
  int has_note;           /* this run has written it */
  int replaces_other_run; /* until the first write: what is there belongs to another run */
  Lock lock;
  Owner self;
  double seconds;
};

/* What result_abandon() finds. */
static ResultFile *volatile open_file;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static Status format_text(char **out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static Status format_text(char **out, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(out, format, arguments) < 0) *out = NULL;
  va_end(arguments);
  return *out ? status_ok() : status_error(STATUS_MEMORY, "no memory for a file name");
}

/* A symbolic link is followed once and for all: a rename would replace the link itself. */
static Status resolve(char **resolved, const char *path) {
  struct stat info;
  if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode)) return format_text(resolved, "%s", path);
  *resolved = realpath(path, NULL);
  return *resolved ? status_ok() : status_errno(STATUS_FILE, errno, "%s: points nowhere", path);
}

static Status name_files(ResultFile *file, const char *path) {
  lock_self(&file->self);
  const char *host = file->self.host;
  long pid = file->self.pid;
  TRY(resolve(&file->path, path));
  const char *slash = strrchr(file->path, '/');
  int length = slash ? (int)(slash - file->path) : 0;
  if (!slash)
    TRY(format_text(&file->folder, "."));
  else
    TRY(format_text(&file->folder, "%.*s", length ? length : 1, file->path));
  TRY(format_text(&file->previous, "%s.prev", file->path));
  TRY(format_text(&file->note, "%s" NOTE_SUFFIX, file->path));
  TRY(format_text(&file->temporary, "%s.tmp.%s.%ld", file->path, host, pid));
  return format_text(&file->kept, "%s.prev.tmp.%s.%ld", file->path, host, pid);
}

static Status cannot_make(const char *folder, int error) {
  return status_errno(STATUS_FILE, error, "%s: the folder cannot be made", folder);
}

Status result_make_folder(const char *folder) {
  char *part;
  TRY(format_text(&part, "%s", folder));
  int error = 0;
  for (char *c = part + 1; !error; c++) {
    char end = *c;
    if (end != '/' && end != '\0') continue;
    *c = '\0';
    struct stat info;
    error = mkdir(part, 0777) == 0 ? 0 : errno;
    if (error && stat(part, &info) == 0)
      error = 0; /* whatever mkdir had against it, it is there */
    else if (error == EEXIST)
      error = errno;
    *c = end;
    if (end == '\0') break;
  }
  free(part);
  return error ? cannot_make(folder, error) : status_ok();
}

/* Whether there is one; STATUS_FILE if it is something that can never be a result file. */
static Status look(int *exists, const char *path) {
  struct stat info;
  *exists = stat(path, &info) == 0;
  if (!*exists && errno != ENOENT) return status_errno(STATUS_FILE, errno, "%s", path);
  if (*exists && !S_ISREG(info.st_mode))
    return status_error(STATUS_FILE, "%s: not a regular file", path);
  return status_ok();
}

static Status check_mode(ResultFile *file, OpenMode mode) {
  int exists, previous_exists;
  TRY(look(&exists, file->path));
  TRY(look(&previous_exists, file->previous));
  if (mode == OPEN_NEW && (exists || previous_exists))
    return status_error(STATUS_FILE, "%s exists; use --resume or --overwrite",
                        exists ? file->path : file->previous);
  if (mode == OPEN_RESUME && !exists && !previous_exists)
    return status_error(STATUS_FILE, "%s: there is none to resume; start without --resume",
                        file->path);
  file->replaces_other_run = mode == OPEN_OVERWRITE;
  return status_ok();
}

static uint64_t attempt_of(const char *path) {
  Contents contents;
  Status status = contents_read(&contents, path);
  (void)status; /* an unreadable one counts as far as its header can be read */
  contents_free(&contents);
  return contents.header.attempt;
}

/* With the lock held. */
static Status prepare(ResultFile *file, OpenMode mode, const Owner *before) {
  TRY(check_mode(file, mode));
  uint64_t attempts[] = {before->attempt, attempt_of(file->path), attempt_of(file->previous)};
  for (int i = 0; i < 3; i++)
    if (attempts[i] >= file->self.attempt) file->self.attempt = attempts[i] + 1;
  TRY(lock_sign(&file->lock, &file->self));
  stale_remove(file->path, &file->self);
  (void)unlink(file->note);
  /* A name that is too long or a folder that takes no files shows now, not after an epoch. */
  TRY(contents_write(file->kept, "", 0));
  (void)unlink(file->kept);
  return status_ok();
}

Status result_open(ResultFile **out, const char *path, OpenMode mode) {
  *out = NULL;
  ResultFile *file;
  TRY(memory_allocate(&file, 1, sizeof *file, path));
  file->lock.descriptor = -1;
  Owner before = {0};
  Status status = name_files(file, path);
  file->self.attempt = 1;
  if (!status.code && mode != OPEN_RESUME) status = result_make_folder(file->folder);
  if (!status.code) status = lock_take(&file->lock, &before, file->path);
  if (!status.code) status = prepare(file, mode, &before);
  if (status.code)
    result_close(file);
  else
    *out = open_file = file;
  return status;
}

/* Why a folder that is not there cannot be made in `parent`; 0 if it can. */
static int why_not_made(const char *path, const char *parent) {
  struct stat info;
  if (lstat(path, &info) == 0) return ENOENT; /* a link to nowhere */
  return faccessat(AT_FDCWD,
                   *parent          ? parent
                   : path[0] == '/' ? "/"
                                    : ".",
                   W_OK | X_OK, AT_EACCESS) == 0
             ? 0
             : errno;
}

/* As result_make_folder. Sets *exists to whether it is there already. */
static Status look_at_folder(int *exists, const char *folder) {
  char *part, *parent;
  TRY(format_text(&part, "%s", folder));
  Status status = format_text(&parent, "%s", folder);
  if (!status.code) *parent = '\0';
  *exists = 1;
  for (size_t i = 1; !status.code && *exists; i++) {
    const char end = folder[i];
    if (end != '/' && end != '\0') continue;
    struct stat info;
    part[i] = '\0';
    *exists = stat(part, &info) == 0;
    int error = *exists ? 0 : errno;
    if (error == ENOENT) error = why_not_made(part, parent);
    if (error) status = cannot_make(folder, error);
    part[i] = end;
    memcpy(parent, folder, i);
    parent[i] = '\0';
    if (end == '\0') break;
  }
  free(part);
  free(parent);
  return status;
}

/* Of a name that the folder takes no files of. */
static Status check_length(const char *path, const char *suffix) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  if (strlen(name) + strlen(suffix) <= NAME_MAX) return status_ok();
  return status_errno(STATUS_FILE, ENAMETOOLONG, "%s%s: cannot be made", path, suffix);
}

Status result_look(const char *path, OpenMode mode) {
  ResultFile *file;
  TRY(memory_allocate(&file, 1, sizeof *file, path));
  file->lock.descriptor = -1;
  int exists = 1;
  Status status = name_files(file, path);
  if (!status.code && mode != OPEN_RESUME) status = look_at_folder(&exists, file->folder);
  if (!status.code) status = check_length(file->path, ".lock");
  if (!status.code && exists) status = lock_look_free(file->path);
  if (!status.code) status = check_mode(file, mode);
  if (!status.code) status = check_length(file->kept, "");
  result_close(file);
  return status;
}

void result_abandon(void) {
  const ResultFile *file = open_file;
  if (!file) return;
  (void)unlink(file->temporary);
  (void)unlink(file->kept);
  (void)unlink(file->note);
  lock_abandon(&file->lock);
}

void result_note(ResultFile *file, const RunNote *note) {
  Status status = lock_check(&file->lock, &file->self, file->path);
  file->has_note = status.code == STATUS_OK;
  if (file->has_note) note_write(file->note, file->temporary, note);
}

/* Unless it is another run's by now. */
static void remove_note(ResultFile *file) {
  if (!file->has_note) return;
  Status status = lock_check(&file->lock, &file->self, file->path);
  if (status.code == STATUS_OK) (void)unlink(file->note);
}

void result_close(ResultFile *file) {
  if (!file) return;
  if (open_file == file) open_file = NULL;
  remove_note(file);
  lock_release(&file->lock);
  free(file->path);
  free(file->folder);
  free(file->previous);
  free(file->temporary);
  free(file->kept);
  free(file->note);
  free(file);
}

/* The generation that FILE holds under a second name. */
static Status keep(const ResultFile *file, const Contents *old) {
  (void)unlink(file->kept);
  if (link(file->path, file->kept) == 0) return status_ok();
  return contents_write(file->kept, old->bytes, old->n); /* a file system without hard links */
}

static Status put_in_place(ResultFile *file, const Contents *old) {
  /* A damaged file never takes the place of a good generation before it. */
  int keeps = old->condition == CONTENTS_GOOD && !file->replaces_other_run;
  if (keeps) TRY(keep(file, old));
  if (rename(file->temporary, file->path) != 0) {
    int error = errno;
    if (keeps) (void)unlink(file->kept);
    return status_errno(STATUS_FILE, error, "%s: cannot be replaced", file->path);
  }
  int failed = 0;
  if (keeps) {
    failed = rename(file->kept, file->previous) != 0;
    int error = errno;
    (void)unlink(file->kept); /* still there if both names were the same file */
    errno = error;
  } else if (file->replaces_other_run) {
    failed = unlink(file->previous) != 0 && errno != ENOENT;
  }
  if (failed) return status_errno(STATUS_FILE, errno, "%s: cannot be replaced", file->previous);
  file->replaces_other_run = 0;
  return contents_sync_folder(file->folder);
}

static Status replace(ResultFile *file) {
  TRY(lock_check(&file->lock, &file->self, file->path));
  Contents old;
  Status status = contents_read(&old, file->path);
  if (old.condition != CONTENTS_REFUSED || file->replaces_other_run) status = status_ok();
  if (!status.code && old.header.attempt > file->self.attempt)
    status = status_error(STATUS_FILE,
                          "%s: a newer start of this run has taken it over; nothing was written",
                          file->path);
  if (!status.code) status = put_in_place(file, &old);
  contents_free(&old);
  return status;
}

Status result_write(ResultFile *file, const Record *record) {
  double start = now();
  char *image;
  size_t bytes;
  TRY(image_build(&image, &bytes, record));
  Header header = {.length = bytes - HEADER_BYTES,
                   .hash = header_hash(image + HEADER_BYTES, bytes - HEADER_BYTES),
                   .attempt = file->self.attempt};
  header_write(image, &header);
  (void)unlink(file->temporary);
  Status status = contents_write(file->temporary, image, bytes);
  free(image);
  if (!status.code) {
    status = replace(file);
    if (status.code) (void)unlink(file->temporary);
  }
  file->seconds = now() - start;
  return status;
}

Status result_length(size_t *bytes, const Record *record) {
  char *image;
  TRY(image_build(&image, bytes, record));
  free(image);
  return status_ok();
}

int result_is_in_use(char *by, size_t bytes, const char *path) {
  char *real = realpath(path, NULL); /* a link's lock is beside what it points to */
  Owner owner;
  int in_use = lock_look(&owner, real ? real : path);
  free(real);
  if (owner.pid > 0)
    snprintf(by, bytes, "process %ld on %s", owner.pid, owner.host);
  else
    snprintf(by, bytes, "another process");
  return in_use;
}

double result_write_seconds(const ResultFile *file) {
  return file->seconds;
}
