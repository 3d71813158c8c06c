#include "store/replace.h"

#include "contents.h"
#include "header.h"
#include "lock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Names {
  char *path, *temporary, *folder;
} Names;

static void free_names(Names *names) {
  free(names->path);
  free(names->temporary);
  free(names->folder);
}

/* With every link of the path followed: a rename would replace the link itself. */
static char *resolve(const char *path) {
  struct stat info;
  int is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
  return is_link ? realpath(path, NULL) : strdup(path);
}

static Status make_names(Names *names, const char *path) {
  Owner self;
  lock_self(&self);
  *names = (Names){.path = resolve(path)};
  if (!names->path) return status_errno(STATUS_FILE, errno, "%s: cannot be written", path);
  const char *slash = strrchr(names->path, '/');
  int length = slash ? (int)(slash - names->path) : 0;
  if (!slash)
    names->folder = strdup(".");
  else if (asprintf(&names->folder, "%.*s", length ? length : 1, names->path) < 0)
    names->folder = NULL;
  if (asprintf(&names->temporary, "%s.tmp.%s.%ld", names->path, self.host, self.pid) < 0)
    names->temporary = NULL;
  if (names->folder && names->temporary) return status_ok();
  free_names(names);
  return status_error(STATUS_MEMORY, "%s: no memory for its name", path);
}

static int holds_result(const char *path) {
  char text[HEADER_BYTES];
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  size_t n = fread(text, 1, sizeof text, file);
  fclose(file);
  return header_is_ours(text, n);
}

static Status check(const Names *names) {
  struct stat info;
  if (stat(names->path, &info) == 0 && !S_ISREG(info.st_mode))
    return status_error(STATUS_FILE, "%s: cannot be written: it is %s", names->path,
                        S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
  if (stat(names->folder, &info) != 0)
    return status_errno(STATUS_FILE, errno, "%s: cannot be written: folder %s", names->path,
                        names->folder);
  if (holds_result(names->path))
    return status_error(STATUS_USAGE,
                        "%s is a result file, which would be lost; name another file to write",
                        names->path);
  TRY(contents_write(names->temporary, "", 0));
  (void)unlink(names->temporary);
  return status_ok();
}

static Status write_all(const Names *names, const void *bytes, size_t n) {
  (void)unlink(names->temporary);
  TRY(contents_write(names->temporary, bytes, n));
  if (rename(names->temporary, names->path) == 0) return contents_sync_folder(names->folder);
  int error = errno;
  (void)unlink(names->temporary);
  return status_errno(STATUS_FILE, error, "%s: cannot be written", names->path);
}

Status file_replace_check(const char *path) {
  Names names;
  TRY(make_names(&names, path));
  Status status = check(&names);
  free_names(&names);
  return status;
}

Status file_replace(const char *path, const void *bytes, size_t n) {
  Names names;
  TRY(make_names(&names, path));
  Status status = write_all(&names, bytes, n);
  free_names(&names);
  return status;
}
