#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static Status copy_open(int from, int to, const char *path) {
  char block[1 << 16];
  for (ssize_t got; (got = TEMP_FAILURE_RETRY(read(from, block, sizeof block))) != 0;) {
    if (got < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be read", path);
    for (ssize_t done = 0, put; done < got; done += put) {
      put = TEMP_FAILURE_RETRY(write(to, block + done, (size_t)(got - done)));
      if (put <= 0) return status_errno(STATUS_FILE, errno, "%s: cannot be copied", path);
    }
  }
  return status_ok();
}

Status part_copy(const char *from, const char *to) {
  struct stat info;
  int source = open(from, O_RDONLY | O_CLOEXEC);
  if (source < 0 || fstat(source, &info) != 0) {
    int error = errno;
    if (source >= 0) close(source);
    return status_errno(STATUS_FILE, error, "%s: cannot be read", from);
  }
  int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
  Status status = target >= 0 ? copy_open(source, target, from)
                              : status_errno(STATUS_FILE, errno, "%s: cannot be made", to);
  close(source);
  if (target >= 0 && close(target) != 0 && status.code == STATUS_OK)
    status = status_errno(STATUS_FILE, errno, "%s: cannot be written", to);
  return status;
}

Status part_write(const char *path, const char *text) {
  FILE *file = fopen(path, "we");
  if (!file) return status_errno(STATUS_FILE, errno, "%s: cannot be made", path);
  int failed = fputs(text, file) < 0 || fflush(file) != 0, error = errno;
  if (fclose(file) != 0) failed = 1;
  return failed ? status_errno(STATUS_FILE, error, "%s: cannot be written", path) : status_ok();
}
