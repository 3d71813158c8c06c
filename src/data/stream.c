#include "stream.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* 258 bytes, the longest match, take two bits at least. */
enum { BUFFER = 1 << 16, DEFLATE_RATIO = 1032, GZIP_WINDOW = 15 + 16 };

struct Stream {
  char *path;
  int fd, is_gzip;
  int member_ended;
  uint64_t size;     /* of the file when it was opened */
  uint64_t file_end; /* offset in the file of the end of the buffer */
  z_stream z; /* next_in and avail_in are the unread rest of the buffer for plain files too */
  uint8_t buffer[BUFFER];
};

static Status read_some(Stream *stream, uint8_t *out, size_t bytes, size_t *got) {
  ssize_t n;
  *got = 0;
  do n = read(stream->fd, out, bytes);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return status_errno(STATUS_FILE, errno, "%s: cannot read at byte %llu", stream->path,
                        (unsigned long long)stream->file_end);
  *got = (size_t)n;
  stream->file_end += (uint64_t)n;
  return status_ok();
}

/* Replaces an empty buffer by at least LEAST bytes, or by what is left of the file. */
static Status fill(Stream *stream, size_t least) {
  size_t done = 0, got = 1;
  for (; done < least && got > 0; done += got)
    TRY(read_some(stream, stream->buffer + done, BUFFER - done, &got));
  stream->z.next_in = stream->buffer;
  stream->z.avail_in = (uInt)done;
  return status_ok();
}

static Status open_file(Stream *stream, const char *path) {
  stream->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (stream->fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", path);
  struct stat about;
  if (fstat(stream->fd, &about) != 0)
    return status_errno(STATUS_FILE, errno, "%s: cannot look at it", path);
  if (S_ISDIR(about.st_mode))
    return status_error(STATUS_FILE, "%s: expected a file, found a folder", path);
  if (!S_ISREG(about.st_mode))
    return status_error(STATUS_FILE, "%s: expected a file, found a pipe, socket or device", path);
  stream->size = (uint64_t)about.st_size;
  stream->path = strdup(path);
  if (!stream->path) return status_error(STATUS_MEMORY, "%s: no memory for its name", path);
  TRY(fill(stream, 2));
  stream->is_gzip =
      stream->z.avail_in >= 2 && stream->buffer[0] == 0x1f && stream->buffer[1] == 0x8b;
  if (stream->is_gzip && inflateInit2(&stream->z, GZIP_WINDOW) != Z_OK) {
    stream->is_gzip = 0;
    return status_error(STATUS_MEMORY, "%s: no memory to decompress it", path);
  }
  return status_ok();
}

Status stream_open(Stream **stream, const char *path) {
  TRY(memory_allocate(stream, 1, sizeof **stream, path));
  (*stream)->fd = -1;
  Status status = open_file(*stream, path);
  if (status.code != STATUS_OK) {
    stream_close(*stream);
    *stream = NULL;
  }
  return status;
}

void stream_close(Stream *stream) {
  if (!stream) return;
  if (stream->is_gzip) inflateEnd(&stream->z);
  if (stream->fd >= 0) close(stream->fd);
  free(stream->path);
  free(stream);
}

static Status read_plain(Stream *stream, uint8_t *out, size_t bytes, size_t *got) {
  size_t done = stream->z.avail_in < bytes ? stream->z.avail_in : bytes;
  memcpy(out, stream->z.next_in, done);
  stream->z.next_in += done;
  stream->z.avail_in -= (uInt)done;
  while (done < bytes) {
    size_t n = 0;
    TRY(read_some(stream, out + done, bytes - done, &n));
    if (n == 0) break;
    done += n;
  }
  *got = done;
  return status_ok();
}

static Status next_member(Stream *stream) {
  unsigned long long at = stream->file_end - stream->z.avail_in;
  if (stream->z.next_in[0] != 0x1f)
    return status_error(STATUS_DATA,
                        "%s: byte %llu of the file: expected its end after the gzip data, found "
                        "%02x",
                        stream->path, at, stream->z.next_in[0]);
  if (inflateReset(&stream->z) != Z_OK)
    return status_error(STATUS_MEMORY, "%s: cannot decompress it", stream->path);
  stream->member_ended = 0;
  return status_ok();
}

static Status decompress(Stream *stream) {
  int result = inflate(&stream->z, Z_NO_FLUSH);
  if (result == Z_STREAM_END) stream->member_ended = 1;
  if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return status_ok();
  if (result == Z_MEM_ERROR)
    return status_error(STATUS_MEMORY, "%s: no memory to decompress it", stream->path);
  return status_error(STATUS_DATA,
                      "%s: byte %llu of the file: expected intact gzip data, found damage (%s)",
                      stream->path, (unsigned long long)(stream->file_end - stream->z.avail_in),
                      stream->z.msg ? stream->z.msg : "needs a dictionary");
}

static Status read_gzip(Stream *stream, uint8_t *out, size_t bytes, size_t *got) {
  z_stream *z = &stream->z;
  size_t done = 0;
  while (done < bytes) {
    if (z->avail_in == 0) {
      TRY(fill(stream, 1));
      if (z->avail_in == 0 && stream->member_ended) break;
      if (z->avail_in == 0)
        return status_error(STATUS_DATA,
                            "%s: byte %llu of the file: expected more gzip data, found its end "
                            "(truncated)",
                            stream->path, (unsigned long long)stream->file_end);
    }
    if (stream->member_ended) TRY(next_member(stream));
    size_t piece = bytes - done < (1u << 30) ? bytes - done : 1u << 30;
    z->next_out = out + done;
    z->avail_out = (uInt)piece;
    TRY(decompress(stream));
    done += piece - z->avail_out;
  }
  *got = done;
  return status_ok();
}

Status stream_read(Stream *stream, void *out, size_t bytes, size_t *got) {
  *got = 0;
  return stream->is_gzip ? read_gzip(stream, out, bytes, got) : read_plain(stream, out, bytes, got);
}

Status stream_text(char *text, size_t most, const char *path) {
  Stream *stream;
  size_t n, n_more = 0;
  char more;
  TRY(stream_open(&stream, path));
  Status status = stream_read(stream, text, most, &n);
  if (status.code == STATUS_OK && n == most) status = stream_read(stream, &more, 1, &n_more);
  stream_close(stream);
  TRY(status);
  text[n] = '\0';
  if (n_more > 0)
    return status_error(STATUS_DATA, "%s: byte %zu: expected its end, found more", path, most);
  if (strlen(text) < n)
    return status_error(STATUS_DATA, "%s: byte %zu: expected text, found a NUL", path,
                        strlen(text));
  return status_ok();
}

const char *stream_path(const Stream *stream) {
  return stream->path;
}

int stream_is_gzip(const Stream *stream) {
  return stream->is_gzip;
}

uint64_t stream_limit(const Stream *stream) {
  return stream->is_gzip ? stream->size * DEFLATE_RATIO : stream->size;
}

const char *stream_unit(const Stream *stream) {
  return stream->is_gzip ? " of the decompressed content" : "";
}
