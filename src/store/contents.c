#include "contents.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void contents_free(Contents *contents) {
  free(contents->bytes);
  contents->bytes = NULL;
}

/* Reads until n bytes or the end of the file; -1 with errno on failure. */
static ssize_t read_fully(int descriptor, char *bytes, size_t n) {
  size_t done = 0;
  while (done < n) {
    ssize_t got = read(descriptor, bytes + done, n - done);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    done += (size_t)got;
  }
  return (ssize_t)done;
}

static Status cannot_read(Contents *contents, const char *path, int error) {
  contents->condition = error == EIO ? CONTENTS_DAMAGED : CONTENTS_REFUSED;
  return status_errno(STATUS_FILE, error, "%s: cannot be read", path);
}

static Status read_body(Contents *contents, int descriptor, const char *path, const char *header) {
  size_t body = contents->header.length;
  TRY(memory_allocate(&contents->bytes, HEADER_BYTES + body, 1, path));
  for (int i = 0; i < HEADER_BYTES; i++) contents->bytes[i] = header[i];
  ssize_t got = read_fully(descriptor, contents->bytes + HEADER_BYTES, body);
  if (got < 0) return cannot_read(contents, path, errno);
  contents->condition = CONTENTS_DAMAGED;
  if ((size_t)got != body)
    return status_error(STATUS_DATA, "%s: truncated: %zd bytes after the header, expected %zu",
                        path, got, body);
  contents->has_length = 1;
  uint64_t hash = header_hash(contents->bytes + HEADER_BYTES, body);
  if (hash != contents->header.hash)
    return status_error(STATUS_DATA,
                        "%s: damaged: XXH3 of its content is %016" PRIx64 ", expected %016" PRIx64,
                        path, hash, contents->header.hash);
  contents->n = HEADER_BYTES + body;
  contents->condition = CONTENTS_GOOD;
  return status_ok();
}

static Status find_size(uint64_t *size, Contents *contents, int descriptor, const char *path) {
  struct stat info;
  if (fstat(descriptor, &info) != 0) return cannot_read(contents, path, errno);
  if (!S_ISREG(info.st_mode)) return status_error(STATUS_FILE, "%s: not a regular file", path);
  *size = (uint64_t)info.st_size;
  return status_ok();
}

static Status read_any(Contents *contents, int descriptor, const char *path) {
  uint64_t size = 0;
  TRY(find_size(&size, contents, descriptor, path));
  TRY(memory_allocate(&contents->bytes, size, 1, path));
  ssize_t got = read_fully(descriptor, contents->bytes, size);
  if (got < 0) return cannot_read(contents, path, errno);
  contents->n = (size_t)got;
  contents->condition = CONTENTS_GOOD;
  return status_ok();
}

static Status read_checked(Contents *contents, int descriptor, const char *path) {
  uint64_t size = 0;
  TRY(find_size(&size, contents, descriptor, path));
  char header[HEADER_BYTES];
  ssize_t got = read_fully(descriptor, header, sizeof header);
  if (got < 0) return cannot_read(contents, path, errno);
  int newer;
  contents->condition = CONTENTS_DAMAGED;
  Status status = header_read(&contents->header, &newer, path, header, (size_t)got);
  if (newer) contents->condition = CONTENTS_REFUSED;
  if (status.code) return status;
  uint64_t body = size - HEADER_BYTES;
  if (body != contents->header.length)
    return status_error(
        STATUS_DATA, "%s: %s: %" PRIu64 " bytes after the header, expected %" PRIu64, path,
        body < contents->header.length ? "truncated" : "damaged", body, contents->header.length);
  contents->condition = CONTENTS_REFUSED;
  return read_body(contents, descriptor, path, header);
}

typedef Status Read(Contents *contents, int descriptor, const char *path);

static Status open_and_read(Contents *contents, const char *path, Read *read_open) {
  *contents = (Contents){.condition = CONTENTS_REFUSED};
  /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
  int descriptor = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (descriptor < 0) {
    int error = errno;
    Status status = cannot_read(contents, path, error);
    if (error == ENOENT || error == ENOTDIR) contents->condition = CONTENTS_MISSING;
    return status;
  }
  Status status = read_open(contents, descriptor, path);
  close(descriptor);
  if (status.code) contents_free(contents);
  return status;
}

Status contents_read(Contents *contents, const char *path) {
  return open_and_read(contents, path, read_checked);
}

Status contents_read_any(Contents *contents, const char *path) {
  return open_and_read(contents, path, read_any);
}

static Status cannot_write(const char *path, const char *what, int error) {
  const char *advice = error == ENOENT ? " (its folder is gone)" : "";
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    advice = " (free some space or choose another place)";
  return status_errno(STATUS_FILE, error, "%s: cannot %s%s", path, what, advice);
}

/* 0, or errno. */
static int write_fully(int descriptor, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t put = write(descriptor, bytes, n);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    if (put == 0) return EIO;
    bytes += put;
    n -= (size_t)put;
  }
  return 0;
}

Status contents_write(const char *path, const char *bytes, size_t n) {
  int descriptor = TEMP_FAILURE_RETRY(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (descriptor < 0) return cannot_write(path, "be made", errno);
  const char *what = "be written";
  int error = write_fully(descriptor, bytes, n);
  if (!error && TEMP_FAILURE_RETRY(fsync(descriptor)) != 0) {
    error = errno;
    what = "be synced to the disk";
  }
  /* After EINTR it is closed all the same, and what it holds has been synced. */
  if (close(descriptor) != 0 && !error && errno != EINTR) error = errno;
  if (!error) return status_ok();
  (void)unlink(path);
  return cannot_write(path, what, error);
}

Status contents_sync_folder(const char *folder) {
  int descriptor = TEMP_FAILURE_RETRY(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor < 0) return cannot_write(folder, "be opened", errno);
  int error = TEMP_FAILURE_RETRY(fsync(descriptor)) == 0 ? 0 : errno;
  close(descriptor);
  /* Some file systems cannot sync folders, and say so with these. */
  if (error == 0 || error == EINVAL || error == ENOTSUP) return status_ok();
  return cannot_write(folder, "be synced to the disk", error);
}
