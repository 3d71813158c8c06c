/* IDX files: good ones, and every way to damage one that was thought of. */
#include "data/idx.h"

#include "scratch.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const IdxShape images = {3, 7, 5, 4}, labels = {1, 7, 1, 1};

/* Takes the place of read(): after read_good calls they fail, and none gives more than read_most.
 */
ssize_t __real_read(int fd, void *buffer, size_t n);
ssize_t __wrap_read(int fd, void *buffer, size_t n);
static int read_good = -1, read_interrupts;
static size_t read_most = SIZE_MAX;
ssize_t __wrap_read(int fd, void *buffer, size_t n) {
  if (read_interrupts > 0) {
    read_interrupts--;
    errno = EINTR;
    return -1;
  }
  if (read_good == 0) {
    errno = EIO;
    return -1;
  }
  if (read_good > 0) read_good--;
  return __real_read(fd, buffer, n < read_most ? n : read_most);
}

static Status read_path(const char *path, IdxShape shape, uint8_t *out) {
  IdxFile *file;
  TRY((shape.n_dims == 3 ? idx_open_images : idx_open_labels)(&file, path));
  IdxShape found = idx_shape(file);
  uint8_t *items = malloc(idx_bytes(found));
  assert_non_null(items);
  Status status = idx_read(file, items);
  idx_close(file);
  if (status.code == STATUS_OK) {
    assert_memory_equal(&found, &shape, sizeof shape);
    memcpy(out, items, idx_bytes(shape));
  }
  free(items);
  return status;
}

/* Writes bytes as a plain or compressed file and reads it as SHAPE. */
static Status read_as(const uint8_t *bytes, size_t n, IdxShape shape, int gzip) {
  uint8_t out[256];
  const char *path = scratch("file");
  if (gzip) {
    size_t m;
    uint8_t *compressed = compress_bytes(bytes, n, &m);
    write_bytes(path, compressed, m);
    free(compressed);
  } else {
    write_bytes(path, bytes, n);
  }
  return read_path(path, shape, out);
}

static void good_files(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    IdxShape shape = k % 2 ? labels : images;
    size_t n;
    uint8_t out[256], *bytes = idx_image(shape, &n);
    expect_success(read_as(bytes, n, shape, k / 2));
    for (read_most = 1; read_most < 40; read_most += 7) {
      read_interrupts = 3;
      memset(out, 0, sizeof out);
      expect_success(read_path(scratch("file"), shape, out));
      assert_memory_equal(out, bytes + idx_header_bytes(shape), idx_bytes(shape));
    }
    read_most = SIZE_MAX;
    free(bytes);
  }
}

static void two_gzip_members(void **state) {
  (void)state;
  size_t n, m[2];
  uint8_t out[256], *bytes = idx_image(images, &n);
  uint8_t *first = compress_bytes(bytes, 50, &m[0]);
  uint8_t *second = compress_bytes(bytes + 50, n - 50, &m[1]);
  uint8_t *both = malloc(m[0] + m[1]);
  memcpy(both, first, m[0]);
  memcpy(both + m[0], second, m[1]);
  write_bytes(scratch("file"), both, m[0] + m[1]);
  expect_success(read_path(scratch("file"), images, out));
  assert_memory_equal(out, bytes + 16, n - 16);
  free(bytes);
  free(first);
  free(second);
  free(both);
}

static void every_header_bit(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    IdxShape shape = k % 2 ? labels : images;
    size_t n;
    uint8_t *bytes = idx_image(shape, &n);
    for (size_t i = 0; i < idx_header_bytes(shape); i++)
      for (int bit = 0; bit < 8; bit++) {
        bytes[i] ^= (uint8_t)(1 << bit);
        expect_failure(read_as(bytes, n, shape, k / 2), STATUS_DATA, scratch("file"), "byte ",
                       "expected", "found", NULL);
        bytes[i] ^= (uint8_t)(1 << bit);
      }
    expect_success(read_as(bytes, n, shape, k / 2));
    free(bytes);
  }
}

static void every_length(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    IdxShape shape = k % 2 ? labels : images;
    size_t n;
    uint8_t *bytes = idx_image(shape, &n);
    bytes[n] = 1;
    for (size_t length = 0; length <= n + 1; length++)
      if (length != n)
        expect_failure(read_as(bytes, length, shape, k / 2), STATUS_DATA, scratch("file"), "byte ",
                       length == 0  ? "nothing"
                       : length < n ? "its end"
                                    : "more",
                       NULL);
    free(bytes);
  }
}

static void what_is_wrong_is_said(void **state) {
  (void)state;
  static const struct {
    int at, value;
    const char *piece[2];
  } cases[] = {{0, '<', {"byte 0", "00 00"}},
               {1, 1, {"byte 1", "00 01 08 03"}},
               {2, 9, {"byte 2", "type code 08"}},
               {3, 1, {"byte 3", "as in a file of labels"}},
               {3, 4, {"byte 3", "expected 3"}},
               {7, 0, {"byte 4", "number of items: 1 .."}},
               {4, 0x80, {"byte 4", "found 2147483655"}},
               {11, 0, {"byte 8", "rows: 1 .. 4096, found 0"}},
               {10, 0x20, {"byte 8", "found 8197"}},
               {15, 0, {"byte 12", "columns: 1 .. 4096, found 0"}},
               {4, 0x7f, {"byte 4", "16 GiB"}},
               {5, 1, {"byte 4", "truncated"}},
               {7, 6, {"byte 136", "20 bytes more"}}};
  size_t n;
  uint8_t *bytes = idx_image(images, &n);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t kept = bytes[cases[i].at];
    bytes[cases[i].at] = (uint8_t)cases[i].value;
    expect_failure(read_as(bytes, n, images, 0), STATUS_DATA, scratch("file"), cases[i].piece[0],
                   cases[i].piece[1], NULL);
    bytes[cases[i].at] = kept;
  }
  expect_failure(read_as(bytes, 0, images, 0), STATUS_DATA, scratch("file"), "byte 0", "empty",
                 NULL);
  expect_failure(read_as(bytes, n, labels, 0), STATUS_DATA, "as in a file of images", NULL);
  free(bytes);
}

/* Every byte of a gzip file and every length of it. */
static void damaged_gzip(void **state) {
  (void)state;
  size_t n, m;
  uint8_t out[256], *bytes = idx_image(images, &n), *gzip = compress_bytes(bytes, n, &m);
  const char *path = scratch("file.gz");
  for (size_t i = 0; i < m; i++) {
    /* 4-9: time stamp, flags for people, and operating system: no content. 3: optional fields. */
    if (i >= 3 && i <= 9) continue;
    gzip[i] ^= 0x55;
    write_bytes(path, gzip, m);
    expect_failure(read_path(path, images, out), STATUS_DATA, path, "byte ", "expected", NULL);
    gzip[i] ^= 0x55;
  }
  for (size_t length = 0; length < m; length++) {
    write_bytes(path, gzip, length);
    expect_failure(read_path(path, images, out), STATUS_DATA, path, "byte ", NULL);
  }
  gzip[m - 8] ^= 1;
  write_bytes(path, gzip, m);
  expect_failure(read_path(path, images, out), STATUS_DATA, path, "incorrect data check", NULL);
  gzip[m - 8] ^= 1;
  uint8_t *longer = malloc(m + 1);
  memcpy(longer, gzip, m);
  for (int c = 0; c < 256; c++) {
    longer[m] = (uint8_t)c;
    write_bytes(path, longer, m + 1);
    expect_failure(read_path(path, images, out), STATUS_DATA, path, "byte ", NULL);
  }
  write_bytes(path, gzip, m);
  expect_success(read_path(path, images, out));
  free(longer);
  free(gzip);
  free(bytes);
}

/* 2^20 images of 128 x 128 = 16 GiB by the header, 1 KB of file: opened with a limit on memory. */
static void absurd_promises(void **state) {
  (void)state;
  size_t n, m;
  uint8_t out[256], *bytes = idx_image(images, &n);
  idx_header(bytes, (IdxShape){3, 1 << 20, 128, 128});
  uint8_t *gzip = compress_bytes(bytes, n, &m);
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  write_bytes(scratch("file"), bytes, n);
  expect_failure(read_path(scratch("file"), images, out), STATUS_DATA, scratch("file"),
                 "17179869200", "its end at byte 156", NULL);
  write_bytes(scratch("file"), gzip, m);
  expect_failure(read_path(scratch("file"), images, out), STATUS_DATA, scratch("file"),
                 "17179869200", "compressed data for at most", NULL);
  getrusage(RUSAGE_SELF, &after);
  assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
  free(gzip);
  free(bytes);
}

static void not_a_file(void **state) {
  (void)state;
  uint8_t out[256];
  mkdir(scratch("folder"), 0777);
  expect_failure(read_path(scratch("folder"), images, out), STATUS_FILE, scratch("folder"), NULL);
  assert_int_equal(mkfifo(scratch("fifo"), 0666), 0);
  expect_failure(read_path(scratch("fifo"), images, out), STATUS_FILE, scratch("fifo"), NULL);
  expect_failure(read_path("/dev/null", images, out), STATUS_FILE, "/dev/null", NULL);
  expect_failure(read_path(scratch("none"), images, out), STATUS_FILE, scratch("none"),
                 "No such file", NULL);
  if (geteuid() == 0) return;
  write_bytes(scratch("closed"), "", 0);
  chmod(scratch("closed"), 0);
  expect_failure(read_path(scratch("closed"), images, out), STATUS_FILE, scratch("closed"), NULL);
}

/* A disk that fails is not the end of the file. */
static void read_errors(void **state) {
  (void)state;
  for (int gzip = 0; gzip < 2; gzip++) {
    size_t n;
    uint8_t out[256], *bytes = idx_image(images, &n);
    expect_success(read_as(bytes, n, images, gzip));
    read_most = 16;
    int good = 0;
    for (;; good++) {
      read_good = good;
      Status status = read_path(scratch("file"), images, out);
      if (status.code == STATUS_OK) break;
      expect_failure(status, STATUS_FILE, scratch("file"), "cannot read", "Input/output error",
                     NULL);
    }
    assert_true(good > 5);
    read_good = -1;
    read_most = SIZE_MAX;
    free(bytes);
  }
}

static void what_is_written_is_read(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    IdxShape shape = k % 2 ? labels : images;
    size_t n, m;
    uint8_t out[256], *bytes = idx_image(shape, &n);
    const char *path = scratch("written");
    expect_success(idx_write(path, shape, bytes + idx_header_bytes(shape), k / 2));
    uint8_t *written = read_bytes(path, &m);
    if (k / 2 == 0) {
      assert_int_equal(m, n);
      assert_memory_equal(written, bytes, n);
    } else {
      assert_int_equal(written[0] << 8 | written[1], 0x1f8b);
    }
    expect_success(read_path(path, shape, out));
    assert_memory_equal(out, bytes + idx_header_bytes(shape), idx_bytes(shape));
    expect_failure(idx_write(path, shape, bytes, 0), STATUS_FILE, path, "exists", NULL);
    assert_int_equal(unlink(path), 0);
    free(written);
    free(bytes);
  }
  expect_failure(idx_write("/dev/full", labels, (const uint8_t *)"1234567", 0), STATUS_FILE,
                 "/dev/full", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(good_files),
                                     cmocka_unit_test(two_gzip_members),
                                     cmocka_unit_test(every_header_bit),
                                     cmocka_unit_test(every_length),
                                     cmocka_unit_test(damaged_gzip),
                                     cmocka_unit_test(absurd_promises),
                                     cmocka_unit_test(not_a_file),
                                     cmocka_unit_test(read_errors),
                                     cmocka_unit_test(what_is_wrong_is_said),
                                     cmocka_unit_test(what_is_written_is_read)};
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
