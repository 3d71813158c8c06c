/* The HDF5 part: what is written is what is read, here and by others. */
#include "fixture.h"
#include "store/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_round_trip(void **state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 7);
  Record record;
  expect_ok(result_read_exactly(&record, path));
  expect_record(&record, 7);
  record_free(&record);
}

static void test_order_of_model(void **state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 1);
  Record record;
  expect_ok(result_read_exactly(&record, path));
  const Field *stem = record_find(&record, "/model/stem.conv.weight");
  assert_true(stem[0].path != NULL);
  assert_string_equal(stem[1].path, "/model/layers.10.bias");
  assert_string_equal(stem[2].path, "/model/layers.2.bias");
  record_free(&record);
}

static void test_equal_bytes(void **state) {
  const char *a = in_folder(state, "a.h5"), *b = in_folder(state, "b.h5");
  write_generation(a, OPEN_NEW, 3);
  write_generation(b, OPEN_NEW, 3);
  size_t n, m;
  char *x = load_bytes(a, &n), *y = load_bytes(b, &m);
  assert_int_equal(n, m);
  assert_memory_equal(x, y, n);
  free(x);
  free(y);
}

static void test_header(void **state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 1);
  write_generation(path, OPEN_RESUME, 2);
  size_t n;
  char *bytes = load_bytes(path, &n);
  char length[64];
  snprintf(length, sizeof length, "\nlength %zu\n", n - 512);
  for (int i = 0; i < 512; i++)
    if (bytes[i] != '\n' && (bytes[i] < ' ' || bytes[i] > '~')) fail_msg("byte %d is no text", i);
  assert_int_equal(bytes[511], '\n');
  assert_memory_equal(bytes + 512, "\211HDF\r\n\032\n", 8);
  bytes[511] = '\0';
  assert_non_null(strstr(bytes, "normlab result file, format 5\n"));
  assert_non_null(strstr(bytes, length));
  assert_non_null(strstr(bytes, "\nattempt 2\n"));
  free(bytes);
}

static int run(const char *command) {
  int status = system(command);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int skip_without(const char *probe, const char *what) {
  if (run(probe) == 0) return 0;
  print_message("skipped: %s is missing\n", what);
  return 1;
}

static void test_h5py(void **state) {
  if (skip_without("/usr/bin/python3 -c 'import h5py' >/dev/null 2>&1", "h5py")) skip();
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 7);
  char command[2048];
  snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s' 7", READER_SCRIPT, path);
  assert_int_equal(run(command), 0);
}

static void test_hdf5_tools(void **state) {
  if (skip_without("h5dump --version >/dev/null 2>&1", "h5dump")) skip();
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 7);
  char command[2048];
  snprintf(command, sizeof command, "h5dump '%s' > '%s.txt' && grep -q 'stem.conv.weight' '%s.txt'",
           path, path, path);
  assert_int_equal(run(command), 0);
  snprintf(command, sizeof command, "h5ls -r '%s' | grep -q '/model/layers.10.bias *Dataset {10}'",
           path);
  assert_int_equal(run(command), 0);
}

static void test_huge_attribute_is_refused(void **state) {
  Record record;
  fill_record(&record, 1);
  char *text = malloc(100001);
  memset(text, 'x', 100000);
  text[100000] = '\0';
  expect_ok(record_put_text(&record, "/config/long", text, "a data set may be long"));
  ResultFile *file;
  expect_ok(result_open(&file, in_folder(state, "run.h5"), OPEN_NEW));
  expect_ok(result_write(file, &record));
  expect_ok(record_put_attribute_text(&record, "/config@long", text));
  expect_failure(result_write(file, &record), STATUS_FILE, "/config@long");
  free(text);
  result_close(file);
  record_free(&record);
  expect_ok(result_read_exactly(&record, in_folder(state, "run.h5")));
  assert_int_equal(field_bytes(record_find(&record, "/config/long")), 100000);
  record_free(&record);
}

static void test_data_set_below_data_set_is_refused(void **state) {
  Record record;
  record_init(&record);
  expect_ok(record_put_text(&record, "/a", "text", "a"));
  expect_ok(record_put_text(&record, "/a/b", "text", "b"));
  ResultFile *file;
  expect_ok(result_open(&file, in_folder(state, "run.h5"), OPEN_NEW));
  expect_failure(result_write(file, &record), STATUS_FILE, "/a/b");
  assert_false(file_exists(in_folder(state, "run.h5")));
  result_close(file);
  record_free(&record);
}

static void test_version(void **state) {
  (void)state;
  assert_true(result_library_version()[0] >= '1' && result_library_version()[0] <= '9');
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_round_trip),
      TEST(test_order_of_model),
      TEST(test_equal_bytes),
      TEST(test_header),
      TEST(test_h5py),
      TEST(test_hdf5_tools),
      TEST(test_huge_attribute_is_refused),
      TEST(test_data_set_below_data_set_is_refused),
      TEST(test_version),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
