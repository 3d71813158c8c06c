#include "data/idx.h"

#include "base/memory.h"
#include "recognize.h"
#include "stream.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNSIGNED_BYTES = 8, PIECE = 1 << 24 };

struct IdxFile {
  Stream *stream;
  IdxShape shape;
};

size_t idx_bytes(IdxShape shape) {
  return (size_t)shape.n * (size_t)shape.h * (size_t)shape.w;
}

size_t idx_header_bytes(IdxShape shape) {
  return 4 + 4 * (size_t)shape.n_dims;
}

void idx_header(uint8_t header[IDX_HEADER], IdxShape shape) {
  const uint32_t words[] = {(uint32_t)(UNSIGNED_BYTES << 8 | shape.n_dims), (uint32_t)shape.n,
                            (uint32_t)shape.h, (uint32_t)shape.w};
  for (int i = 0; i < IDX_HEADER; i++) header[i] = (uint8_t)(words[i / 4] >> (24 - i % 4 * 8));
}

static Status wrong(const IdxFile *file, int byte, const char *expected, const char *found) {
  return status_error(STATUS_DATA, "%s: byte %d%s: expected %s, found %s",
                      stream_path(file->stream), byte, stream_unit(file->stream), expected, found);
}

static Status check_magic(const IdxFile *file, const uint8_t *header, int n_dims) {
  char expected[96], found[64];
  snprintf(found, sizeof found, "%02x %02x %02x %02x", header[0], header[1], header[2], header[3]);
  if (header[0] != 0 || header[1] != 0) {
    TRY(recognize_refuse(stream_path(file->stream), "an IDX file"));
    return wrong(file, header[0] ? 0 : 1, "00 00, the beginning of an IDX file", found);
  }
  snprintf(found, sizeof found, "%02x", header[2]);
  if (header[2] != UNSIGNED_BYTES)
    return wrong(file, 2, "IDX type code 08 (unsigned bytes)", found);
  snprintf(expected, sizeof expected, "%d (%s)", n_dims,
           n_dims == 3 ? "dimensions of images: number, rows, columns" : "dimension of labels");
  snprintf(found, sizeof found, "%d%s", header[3],
           header[3] == 1   ? ", as in a file of labels"
           : header[3] == 3 ? ", as in a file of images"
                            : "");
  if (header[3] != n_dims) return wrong(file, 3, expected, found);
  return status_ok();
}

static Status check_sizes(IdxFile *file, const uint8_t *header, int n_dims) {
  static const char *const names[] = {"number of items", "rows", "columns"};
  const uint32_t largest[] = {INT_MAX, IDX_MAX_SIDE, IDX_MAX_SIDE};
  int *const place[] = {&file->shape.n, &file->shape.h, &file->shape.w};
  char expected[96], found[64];
  uint64_t bytes = 1;
  file->shape = (IdxShape){n_dims, 1, 1, 1};
  for (int i = 0; i < n_dims; i++) {
    const uint8_t *at = header + 4 + 4 * i;
    uint32_t value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    snprintf(expected, sizeof expected, "%s: 1 .. %u", names[i], largest[i]);
    snprintf(found, sizeof found, "%u", value);
    if (value < 1 || value > largest[i]) return wrong(file, 4 + 4 * i, expected, found);
    *place[i] = (int)value;
    bytes *= value;
  }
  snprintf(found, sizeof found, "sizes whose product is %llu", (unsigned long long)bytes);
  if (bytes > IDX_MAX_BYTES) return wrong(file, 4, "at most 16 GiB of items", found);
  uint64_t limit = stream_limit(file->stream), needed = bytes + idx_header_bytes(file->shape);
  snprintf(expected, sizeof expected, "a file of %llu bytes by its header",
           (unsigned long long)needed);
  snprintf(found, sizeof found, "%s %llu (truncated)",
           stream_is_gzip(file->stream) ? "compressed data for at most" : "its end at byte",
           (unsigned long long)limit);
  if (needed > limit) return wrong(file, 4, expected, found);
  snprintf(found, sizeof found, "%llu bytes more", (unsigned long long)(limit - needed));
  if (needed < limit && !stream_is_gzip(file->stream))
    return status_error(STATUS_DATA, "%s: byte %llu: expected its end by its header, found %s",
                        stream_path(file->stream), (unsigned long long)needed, found);
  return status_ok();
}

static Status open_checked(IdxFile *file, const char *path, int n_dims) {
  TRY(stream_open(&file->stream, path));
  uint8_t header[IDX_HEADER] = {0};
  size_t got, needed = idx_header_bytes((IdxShape){.n_dims = n_dims});
  TRY(stream_read(file->stream, header, needed, &got));
  if (got >= 4) TRY(check_magic(file, header, n_dims));
  if (got < needed)
    return status_error(
        STATUS_DATA, "%s: byte %zu%s: expected an IDX header of %zu bytes, found %s", path, got,
        stream_unit(file->stream), needed, got ? "its end (truncated)" : "nothing (empty)");
  return check_sizes(file, header, n_dims);
}

static Status open_any(IdxFile **file, const char *path, int n_dims) {
  TRY(memory_allocate(file, 1, sizeof **file, path));
  Status status = open_checked(*file, path, n_dims);
  if (status.code != STATUS_OK) {
    idx_close(*file);
    *file = NULL;
  }
  return status;
}

Status idx_open_images(IdxFile **file, const char *path) {
  return open_any(file, path, 3);
}

Status idx_open_labels(IdxFile **file, const char *path) {
  return open_any(file, path, 1);
}

void idx_close(IdxFile *file) {
  if (!file) return;
  stream_close(file->stream);
  free(file);
}

const char *idx_path(const IdxFile *file) {
  return stream_path(file->stream);
}

int idx_is_gzip(const IdxFile *file) {
  return stream_is_gzip(file->stream);
}

IdxShape idx_shape(const IdxFile *file) {
  return file->shape;
}

Status idx_read(IdxFile *file, uint8_t *out) {
  size_t bytes = idx_bytes(file->shape), header = idx_header_bytes(file->shape), got;
  /* In pieces, so that pages of memory are taken only as far as the content reaches. */
  for (size_t done = 0; done < bytes; done += got) {
    size_t piece = bytes - done < PIECE ? bytes - done : PIECE;
    TRY(stream_read(file->stream, out + done, piece, &got));
    if (got < piece)
      return status_error(STATUS_DATA,
                          "%s: byte %zu%s: expected %zu bytes more by its header, found its end "
                          "(truncated)",
                          idx_path(file), header + done + got, stream_unit(file->stream),
                          bytes - done - got);
  }
  uint8_t more;
  TRY(stream_read(file->stream, &more, 1, &got));
  if (got)
    return status_error(STATUS_DATA, "%s: byte %zu%s: expected its end by its header, found more",
                        idx_path(file), header + bytes, stream_unit(file->stream));
  return status_ok();
}
