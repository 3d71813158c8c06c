#include "file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 1 << 16, GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8 };

typedef struct Output {
  const char *path;
  int fd;
} Output;

static Status write_all(Output *output, const uint8_t *bytes, size_t n) {
  while (n > 0) {
    ssize_t done = write(output->fd, bytes, n);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return status_errno(STATUS_FILE, errno, "%s: cannot write", output->path);
    bytes += done;
    n -= (size_t)done;
  }
  return status_ok();
}

static Status deflate_all(Output *output, z_stream *z, const uint8_t *bytes, size_t n, int last) {
  uint8_t buffer[BUFFER];
  do {
    size_t piece = n < (1u << 30) ? n : 1u << 30;
    /* zlib's interface is older than const; it does not write there. */
    z->next_in = (Bytef *)(uintptr_t)bytes;
    z->avail_in = (uInt)piece;
    bytes += piece;
    n -= piece;
    do {
      z->next_out = buffer;
      z->avail_out = BUFFER;
      deflate(z, last && n == 0 ? Z_FINISH : Z_NO_FLUSH);
      TRY(write_all(output, buffer, BUFFER - z->avail_out));
    } while (z->avail_out == 0);
  } while (n > 0);
  return status_ok();
}

static Status write_gzip(Output *output, const FilePart *parts, int n_parts) {
  z_stream z = {0};
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return status_error(STATUS_MEMORY, "%s: no memory to compress it", output->path);
  Status status = status_ok();
  for (int i = 0; i < n_parts && status.code == STATUS_OK; i++)
    status = deflate_all(output, &z, parts[i].bytes, parts[i].n, i + 1 == n_parts);
  deflateEnd(&z);
  return status;
}

static Status write_plain(Output *output, const FilePart *parts, int n_parts) {
  for (int i = 0; i < n_parts; i++) TRY(write_all(output, parts[i].bytes, parts[i].n));
  return status_ok();
}

/* Syncs and closes it, and removes it after a failure. */
static Status finish(const Output *output, Status status) {
  if (status.code == STATUS_OK && fsync(output->fd) != 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot sync", output->path);
  if (close(output->fd) != 0 && status.code == STATUS_OK)
    status = status_errno(STATUS_FILE, errno, "%s: cannot close", output->path);
  if (status.code != STATUS_OK) unlink(output->path);
  return status;
}

static Status create(Output *output, const char *path) {
  *output = (Output){path, open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (output->fd >= 0) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot create", path);
}

Status file_write(const char *path, const FilePart *parts, int n_parts, int gzip) {
  Output output;
  TRY(create(&output, path));
  return finish(&output, (gzip ? write_gzip : write_plain)(&output, parts, n_parts));
}

static Status copy_all(Output *output, int from, const char *name) {
  uint8_t buffer[BUFFER];
  for (;;) {
    ssize_t n = read(from, buffer, BUFFER);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return status_errno(STATUS_FILE, errno, "%s: cannot read", name);
    if (n == 0) return status_ok();
    TRY(write_all(output, buffer, (size_t)n));
  }
}

static Status copy(const char *from, const char *to) {
  Output output;
  int fd = open(from, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", from);
  Status status = create(&output, to);
  if (status.code == STATUS_OK) status = finish(&output, copy_all(&output, fd, from));
  close(fd);
  return status;
}

Status file_link(const char *from, const char *to) {
  if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0) return status_ok();
  if (errno == EEXIST) return status_errno(STATUS_FILE, errno, "%s: cannot create", to);
  return copy(from, to); /* another file system, or one without links */
}

Status folder_make(const char *folder) {
  char *path = strdup(folder);
  if (!path) return status_error(STATUS_MEMORY, "%s: no memory for its name", folder);
  Status status = status_ok();
  for (char *end = path; *end && status.code == STATUS_OK;) {
    end += strspn(end, "/");
    end += strcspn(end, "/");
    char kept = *end;
    *end = 0;
    struct stat about;
    if (mkdir(path, 0777) != 0 && (errno != EEXIST || stat(path, &about) != 0))
      status = status_errno(STATUS_FILE, errno, "%s: cannot make this folder", path);
    else if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
      status = status_error(STATUS_FILE, "%s: expected a folder, found a file", path);
    *end = kept;
  }
  free(path);
  return status;
}

Status folder_sync(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", folder);
  /* Some file systems cannot sync a folder, and say so by EINVAL. */
  int error = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
  close(fd);
  return error ? status_errno(STATUS_FILE, error, "%s: cannot sync", folder) : status_ok();
}
