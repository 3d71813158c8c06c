/* Files that are not what they should be: refused with a message, never a crash, never a wait. */
#include "base/random.h"
#include "fixture.h"
#include "store/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <cmocka.h>

enum { HEADER = 512, CHECK_AT = 495, FLIPS = 900 };

static void expect_refused(const char *path, StatusCode code, const char *text) {
  Record record;
  expect_failure(result_read_exactly(&record, path), code, text);
  assert_int_equal(record.n, 0);
  assert_null(record.fields);
}

static void expect_refused_bytes(void *const *state, const char *bytes, size_t n,
                                 const char *text) {
  const char *path = in_folder(state, "damaged.h5");
  save_bytes(path, bytes, n);
  expect_refused(path, STATUS_DATA, text);
}

static char *good_bytes(void *const *state, size_t *n) {
  const char *path = in_folder(state, "good.h5");
  write_generation(path, OPEN_NEW, 5);
  return load_bytes(path, n);
}

static void test_truncated(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  for (size_t length = 0; length < n; length += length < 600 ? 1 : 97)
    expect_refused_bytes(state, bytes, length, length < 28 ? "not a result file" : "truncated");
  expect_refused_bytes(state, bytes, n - 1, "truncated");
  free(bytes);
}

static void test_lengthened(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  expect_refused_bytes(state, bytes, n + 1, "damaged");
  free(bytes);
}

static void test_flipped_bits(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  RandomStream random = random_stream(1, RANDOM_RESAMPLE, 0);
  for (int i = 0; i < FLIPS; i++) {
    size_t place = i < HEADER ? (size_t)i : random_below(&random, (uint32_t)n);
    char mask = (char)(1 << random_below(&random, 8));
    bytes[place] ^= mask;
    expect_refused_bytes(state, bytes, n, "damaged.h5: ");
    bytes[place] ^= mask;
  }
  free(bytes);
}

static void test_random_bytes(void **state) {
  char bytes[4096];
  RandomStream random = random_stream(2, RANDOM_RESAMPLE, 0);
  for (int i = 0; i < 200; i++) {
    for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (char)random_next(&random);
    expect_refused_bytes(state, bytes, random_below(&random, sizeof bytes), "not a result file");
  }
}

static void test_other_files(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  expect_refused_bytes(state, "", 0, "not a result file");
  expect_refused_bytes(state, "epoch,loss\n1,0.5\n", 17, "not a result file");
  expect_refused_bytes(state, bytes + HEADER, n - HEADER, "it is HDF5, but without");
  free(bytes);
  const char *fifo = in_folder(state, "fifo");
  assert_int_equal(mkfifo(fifo, 0666), 0);
  expect_refused(fifo, STATUS_FILE, "not a regular file");
  expect_refused(in_folder(state, ""), STATUS_FILE, "not a regular file");
  expect_refused("/dev/zero", STATUS_FILE, "not a regular file");
  expect_refused(in_folder(state, "none.h5"), STATUS_FILE, "none.h5");
  Record record;
  int used;
  expect_failure(result_read(&record, in_folder(state, "none.h5"), &used), STATUS_FILE, "none.h5");
  assert_int_equal(used, 0);
}

/* Makes the header say that all is well. */
static void seal(char *bytes, size_t n) {
  char lines[HEADER + 1];
  int used = snprintf(lines, sizeof lines, "XXH3 %016llx",
                      (unsigned long long)XXH3_64bits(bytes + HEADER, n - HEADER));
  char *place = strstr(bytes, "XXH3 ");
  assert_non_null(place);
  memcpy(place, lines, (size_t)used);
  snprintf(lines, sizeof lines, "%016llx", (unsigned long long)XXH3_64bits(bytes, CHECK_AT));
  memcpy(bytes + CHECK_AT, lines, 16);
}

static void test_newer_format(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  seal(bytes, n);
  const char *path = in_folder(state, "sealed.h5");
  save_bytes(path, bytes, n);
  Record record;
  expect_ok(result_read_exactly(&record, path));
  record_free(&record);
  char *format = strstr(bytes, "format 5");
  assert_non_null(format);
  format[7] = '6';
  seal(bytes, n);
  expect_refused_bytes(state, bytes, n, "newer normlab (format 6; this one reads 5)");
  save_bytes(path, bytes, n);
  write_generation(in_folder(state, "sealed.h5.prev"), OPEN_NEW, 1);
  int used;
  expect_failure(result_read(&record, path, &used), STATUS_DATA, "newer normlab");
  free(bytes);
}

static void test_sealed_nonsense(void **state) {
  size_t n;
  char *bytes = good_bytes(state, &n);
  memset(bytes + HEADER, 'x', n - HEADER);
  seal(bytes, n);
  expect_refused_bytes(state, bytes, n, "HDF5 cannot open it");
  free(bytes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_truncated),       TEST(test_lengthened),  TEST(test_flipped_bits),
      TEST(test_random_bytes),    TEST(test_other_files), TEST(test_newer_format),
      TEST(test_sealed_nonsense),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
