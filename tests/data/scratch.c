#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[256];

int scratch_setup(void **state) {
  (void)state;
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/normlab-test-XXXXXX", parent ? parent : "/tmp");
  return mkdtemp(folder) ? 0 : 1;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place) {
  (void)about;
  (void)type;
  (void)place;
  return remove(path);
}

int scratch_teardown(void **state) {
  (void)state;
  return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(const char *name) {
  static char path[8][512];
  static int next;
  next = (next + 1) % 8;
  snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
  return path[next];
}

void write_bytes(const char *path, const void *bytes, size_t n) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
    fail_msg("cannot write %s", path);
}

uint8_t *read_bytes(const char *path, size_t *n) {
  FILE *file = fopen(path, "rb");
  struct stat about;
  if (!file || fstat(fileno(file), &about) != 0) fail_msg("cannot open %s", path);
  *n = (size_t)about.st_size;
  uint8_t *bytes = malloc(*n + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, file), *n);
  fclose(file);
  return bytes;
}

uint8_t *compress_bytes(const void *bytes, size_t n, size_t *n_compressed) {
  z_stream z = {0};
  assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  size_t room = deflateBound(&z, n) + 32;
  uint8_t *out = malloc(room);
  assert_non_null(out);
  z.next_in = (Bytef *)(uintptr_t)bytes;
  z.avail_in = (uInt)n;
  z.next_out = out;
  z.avail_out = (uInt)room;
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  *n_compressed = room - z.avail_out;
  deflateEnd(&z);
  return out;
}

uint8_t *idx_image(IdxShape shape, size_t *n) {
  size_t header = idx_header_bytes(shape);
  *n = header + idx_bytes(shape);
  uint8_t *bytes = malloc(*n + IDX_HEADER);
  assert_non_null(bytes);
  idx_header(bytes, shape);
  uint32_t word = 1;
  for (size_t i = header; i < *n; i++) {
    word = word * 1664525u + 1013904223u;
    bytes[i] = (uint8_t)(shape.n_dims == 1 ? (word >> 16) % 3 : word >> 24);
  }
  return bytes;
}

static void write_file(const char *path, const uint8_t *bytes, size_t n, int gzip) {
  if (!gzip) {
    write_bytes(path, bytes, n);
    return;
  }
  size_t n_compressed;
  uint8_t *compressed = compress_bytes(bytes, n, &n_compressed);
  char *name;
  assert_true(asprintf(&name, "%s.gz", path) > 0);
  write_bytes(name, compressed, n_compressed);
  free(name);
  free(compressed);
}

const char *make_set(const char *name, int n, int n_test, int h, int w, int n_classes, int gzip) {
  static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  const char *path = scratch(name);
  mkdir(path, 0777);
  for (int i = 0; i < 4; i++) {
    int items = i < 2 ? n : n_test;
    IdxShape shape = i % 2 ? (IdxShape){1, items, 1, 1} : (IdxShape){3, items, h, w};
    size_t bytes;
    uint8_t *file = idx_image(shape, &bytes);
    for (int k = 0; i % 2 && k < items; k++) file[8 + k] = (uint8_t)(k % n_classes);
    char *place;
    assert_true(asprintf(&place, "%s/%s", path, names[i]) > 0);
    write_file(place, file, bytes, gzip);
    free(place);
    free(file);
  }
  return path;
}

void expect_failure(Status status, StatusCode code, ...) {
  if (status.code != code)
    fail_msg("expected status %d, got %d: %s", code, status.code, status.text);
  va_list pieces;
  va_start(pieces, code);
  for (const char *piece; (piece = va_arg(pieces, const char *));)
    if (!strstr(status.text, piece)) fail_msg("\"%s\" is not in: %s", piece, status.text);
  va_end(pieces);
}

void expect_success(Status status) {
  if (status.code != STATUS_OK) fail_msg("status %d: %s", status.code, status.text);
}
