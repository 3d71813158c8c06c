#include "data/cifar.h"

#include "base/memory.h"
#include "data/idx.h"
#include "recognize.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 256 * CIFAR_RECORD };

struct CifarFile {
  Stream *stream;
  int n;
};

/* Length of the content, or what of it goes beyond the most that is accepted. */
static Status measure(Stream *stream, uint64_t *bytes) {
  *bytes = stream_limit(stream);
  if (!stream_is_gzip(stream)) return status_ok();
  uint8_t *piece;
  TRY(memory_allocate(&piece, PIECE, 1, stream_path(stream)));
  Status status = status_ok();
  size_t got = PIECE;
  for (*bytes = 0; got == PIECE && *bytes <= IDX_MAX_BYTES && status.code == STATUS_OK;
       *bytes += got)
    status = stream_read(stream, piece, PIECE, &got);
  free(piece);
  return status;
}

static Status check_length(const Stream *stream, uint64_t bytes) {
  const char *path = stream_path(stream), *unit = stream_unit(stream);
  unsigned long long more = bytes % CIFAR_RECORD;
  if (bytes == 0)
    return status_error(STATUS_DATA,
                        "%s: byte 0%s: expected records of %d bytes (CIFAR-10), found nothing "
                        "(empty)",
                        path, unit, CIFAR_RECORD);
  if (bytes > IDX_MAX_BYTES)
    return status_error(STATUS_DATA,
                        "%s: byte %llu%s: expected at most 16 GiB of records, found %s", path,
                        (unsigned long long)IDX_MAX_BYTES, unit, "more");
  if (more)
    return status_error(STATUS_DATA,
                        "%s: byte %llu%s: expected whole records of %d bytes (CIFAR-10), found its "
                        "end after %llu bytes of record %llu (truncated, or of another kind)",
                        path, (unsigned long long)bytes, unit, CIFAR_RECORD, more,
                        (unsigned long long)(bytes / CIFAR_RECORD));
  return status_ok();
}

/* A label is below 10, where no other kind of file begins. */
static Status check_kind(const char *path) {
  Stream *stream;
  uint8_t first = 0;
  size_t got;
  TRY(stream_open(&stream, path));
  Status status = stream_read(stream, &first, 1, &got);
  stream_close(stream);
  TRY(status);
  return first < CIFAR_CLASSES ? status : recognize_refuse(path, "records of CIFAR-10");
}

static Status open_checked(CifarFile *file, const char *path) {
  uint64_t bytes;
  TRY(check_kind(path));
  TRY(stream_open(&file->stream, path));
  TRY(measure(file->stream, &bytes));
  TRY(check_length(file->stream, bytes));
  file->n = (int)(bytes / CIFAR_RECORD);
  if (!stream_is_gzip(file->stream)) return status_ok();
  stream_close(file->stream);
  file->stream = NULL;
  return stream_open(&file->stream, path);
}

Status cifar_open(CifarFile **file, const char *path) {
  TRY(memory_allocate(file, 1, sizeof **file, path));
  Status status = open_checked(*file, path);
  if (status.code != STATUS_OK) {
    cifar_close(*file);
    *file = NULL;
  }
  return status;
}

void cifar_close(CifarFile *file) {
  if (!file) return;
  stream_close(file->stream);
  free(file);
}

const char *cifar_path(const CifarFile *file) {
  return stream_path(file->stream);
}

int cifar_is_gzip(const CifarFile *file) {
  return stream_is_gzip(file->stream);
}

int cifar_count(const CifarFile *file) {
  return file->n;
}

static Status take_apart(const CifarFile *file, const uint8_t *records, int first, int n,
                         uint8_t *pixels, uint8_t *labels) {
  for (int i = 0; i < n; i++) {
    const uint8_t *record = records + (size_t)i * CIFAR_RECORD;
    size_t place = (size_t)first + (size_t)i;
    if (record[0] >= CIFAR_CLASSES)
      return status_error(STATUS_DATA,
                          "%s: byte %zu%s: expected a label of 0 .. %d (CIFAR-10), found %d",
                          cifar_path(file), place * CIFAR_RECORD, stream_unit(file->stream),
                          CIFAR_CLASSES - 1, record[0]);
    labels[place] = record[0];
    memcpy(pixels + place * CIFAR_PIXELS, record + 1, CIFAR_PIXELS);
  }
  return status_ok();
}

static Status read_all(CifarFile *file, uint8_t *piece, uint8_t *pixels, uint8_t *labels) {
  size_t got;
  for (int done = 0, n; done < file->n; done += n) {
    n = file->n - done < PIECE / CIFAR_RECORD ? file->n - done : PIECE / CIFAR_RECORD;
    size_t wanted = (size_t)n * CIFAR_RECORD;
    TRY(stream_read(file->stream, piece, wanted, &got));
    if (got < wanted)
      return status_error(STATUS_DATA, "%s: byte %zu%s: expected %d records, found its end",
                          cifar_path(file), (size_t)done * CIFAR_RECORD + got,
                          stream_unit(file->stream), file->n);
    TRY(take_apart(file, piece, done, n, pixels, labels));
  }
  TRY(stream_read(file->stream, piece, 1, &got));
  if (got)
    return status_error(STATUS_DATA, "%s: byte %zu%s: expected its end, found more",
                        cifar_path(file), (size_t)file->n * CIFAR_RECORD,
                        stream_unit(file->stream));
  return status_ok();
}

Status cifar_read(CifarFile *file, uint8_t *pixels, uint8_t *labels) {
  uint8_t *piece;
  TRY(memory_allocate(&piece, PIECE, 1, cifar_path(file)));
  Status status = read_all(file, piece, pixels, labels);
  free(piece);
  return status;
}
