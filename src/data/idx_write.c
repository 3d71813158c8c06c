#include "data/idx.h"

#include <errno.h>
#include <fcntl.h>
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

static Status write_gzip(Output *output, const uint8_t *header, size_t n_header,
                         const uint8_t *items, size_t n_items) {
  z_stream z = {0};
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return status_error(STATUS_MEMORY, "%s: no memory to compress it", output->path);
  Status status = deflate_all(output, &z, header, n_header, 0);
  if (status.code == STATUS_OK) status = deflate_all(output, &z, items, n_items, 1);
  deflateEnd(&z);
  return status;
}

static Status write_plain(Output *output, const uint8_t *header, size_t n_header,
                          const uint8_t *items, size_t n_items) {
  TRY(write_all(output, header, n_header));
  return write_all(output, items, n_items);
}

Status idx_write(const char *path, IdxShape shape, const uint8_t *items, int gzip) {
  Output output = {path, open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (output.fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot create", path);
  uint8_t header[IDX_HEADER];
  idx_header(header, shape);
  Status status = (gzip ? write_gzip : write_plain)(&output, header, idx_header_bytes(shape), items,
                                                    idx_bytes(shape));
  if (status.code == STATUS_OK && fsync(output.fd) != 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot sync", path);
  if (close(output.fd) != 0 && status.code == STATUS_OK)
    status = status_errno(STATUS_FILE, errno, "%s: cannot close", path);
  if (status.code != STATUS_OK) unlink(path);
  return status;
}
