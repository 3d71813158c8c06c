/* CIFAR-10's binary version: files and folders, read by one rank. */
#include "data/dataset.h"
#include "support/ranks.h"

#include "cifar_files.h"
#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t hash_of(const char *folder) {
  DataSet set;
  expect_success(dataset_load(&set, folder));
  uint64_t hash = set.hash;
  dataset_free(&set);
  return hash;
}

static void good_folders(void **state) {
  (void)state;
  expect_small_set(make_folder("plain", ""));
  expect_small_set(make_folder("gzip", ".gz"));
  assert_true(hash_of(scratch("plain")) == hash_of(scratch("gzip")));
}

static void several_gzip_members_are_one_file(void **state) {
  (void)state;
  const char *folder = make_folder("members", "");
  const char *path = place("members", "data_batch_2.bin");
  size_t n, n_first, n_second;
  uint8_t *bytes = read_bytes(path, &n);
  /* Cut in the middle of a record. */
  uint8_t *first = compress_bytes(bytes, 5000, &n_first);
  uint8_t *second = compress_bytes(bytes + 5000, n - 5000, &n_second);
  uint8_t *both = malloc(n_first + n_second);
  memcpy(both, first, n_first);
  memcpy(both + n_first, second, n_second);
  write_bytes(path, both, n_first + n_second);
  expect_small_set(folder);
  free(bytes);
  free(first);
  free(second);
  free(both);
}

static void two_files_of_one_name_are_the_same(void **state) {
  (void)state;
  const char *folder = make_folder("both", "");
  make_folder("both", ".gz");
  expect_small_set(folder);
  write_records("both", "test_batch.bin.gz", 9, 5);
  expect_load_failure("both", STATUS_DATA, "test_batch.bin and ",
                      "test_batch.bin.gz: expected the");
  make_folder("both", ".gz");
  write_records("both", "data_batch_2.bin.gz", 4, 101);
  expect_load_failure("both", STATUS_DATA, "data_batch_2.bin and ", "found a difference");
}

static void what_is_not_whole_is_refused(void **state) {
  (void)state;
  static const char *const LEFT[] = {"data_batch_3.bin.part", "test_batch.bin.aria2",
                                     "data_batch_2.bin.crdownload", ".data_batch_2.bin.x7Yz01",
                                     "data_batch_3.bin.gz.tmp"};
  make_folder("left", "");
  for (size_t i = 0; i < sizeof LEFT / sizeof *LEFT; i++) {
    write_bytes(place("left", LEFT[i]), "", 0);
    expect_load_failure("left", STATUS_DATA, LEFT[i], "has not ended");
    unlink(place("left", LEFT[i]));
  }
  expect_small_set(scratch("left"));
  assert_int_equal(rename(scratch("left/data_batch_2.bin"), scratch("left/data_batch_3.bin")), 0);
  expect_load_failure("left", STATUS_FILE, "expected data_batch_2.bin", "before data_batch_3.bin");
  unlink(scratch("left/data_batch_1.bin"));
  expect_load_failure("left", STATUS_FILE, "expected data_batch_1.bin", "before data_batch_3.bin");
}

static void batches_of_the_published_length_agree(void **state) {
  (void)state;
  DataSet set;
  write_records("published", "data_batch_1.bin", 10000, 1);
  write_records("published", "data_batch_2.bin", 9999, 2);
  write_records("published", "test_batch.bin", 10, 3);
  expect_load_failure("published", STATUS_DATA, "data_batch_2.bin: expected 10000 images",
                      "found 9999");
  for (int i = 1; i <= 5; i++) {
    char name[64];
    snprintf(name, sizeof name, "data_batch_%d.bin", i);
    write_records("five", name, i == 1 ? 5 : 6, i);
  }
  write_records("five", "test_batch.bin", 2, 3);
  expect_load_failure("five", STATUS_DATA, "data_batch_1.bin: expected 6 images", "found 5");
  write_records("five", "data_batch_1.bin", 6, 1);
  expect_success(dataset_load(&set, scratch("five")));
  assert_string_equal(set.title, "CIFAR-10 format, 30 training images");
  dataset_free(&set);
  unlink(place("published", "data_batch_2.bin"));
  expect_success(dataset_load(&set, scratch("published")));
  assert_string_equal(set.title, "CIFAR-10 format, 10,000 of 50,000 training images");
  dataset_free(&set);
}

static void subfolders(void **state) {
  (void)state;
  mkdir(scratch("above"), 0777);
  make_folder("above/cifar10", ".gz");
  expect_small_set(scratch("above"));
  DataSet set;
  expect_success(dataset_load(&set, scratch("above")));
  assert_string_equal(set.source, scratch("above/cifar10"));
  dataset_free(&set);
  make_folder("above/cifar-10-batches-bin", "");
  expect_success(dataset_load(&set, scratch("above")));
  assert_string_equal(set.source, scratch("above/cifar-10-batches-bin"));
  dataset_free(&set);
}

static void batches_in_the_order_of_their_numbers(void **state) {
  (void)state;
  static const int numbers[] = {10, 9, 2, 5, 1, 3, 4, 6, 7, 8};
  static const int in_order[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (int i = 0; i < 10; i++) {
    char name[64];
    snprintf(name, sizeof name, "data_batch_%d.bin%s", numbers[i], i % 2 ? ".gz" : "");
    write_records("order", name, 2, numbers[i]);
  }
  write_records("order", "test_batch.bin", 1, 1);
  static const char *const others[] = {
      "data_batch_0.bin",  "data_batch_01.bin",    "data_batch_10000.bin",
      "data_batch_.bin",   "data_batch_1.bin.md5", "data_batch_3.txt",
      "data_batch_3x.bin", "xdata_batch_3.bin",    "test_batch.bin.orig"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    write_bytes(place("order", others[i]), "not a record", 12);
  static const char NAMES[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";
  write_bytes(place("order", "batches.meta.txt"), NAMES, sizeof NAMES - 1);
  DataSet set;
  expect_success(dataset_load(&set, scratch("order")));
  assert_string_equal(set.class_name[9], "j");
  assert_int_equal(set.train.n, 20);
  for (int i = 0; i < 10; i++) expect_images(&set.train, 2 * i, 2, in_order[i]);
  dataset_free(&set);
}

static void the_end_is_held_out(void **state) {
  (void)state;
  DataSet set;
  expect_success(dataset_load(&set, make_folder("held-out", "")));
  uint64_t end = dataset_images_hash(
      &(ImageSet){2, 3, 32, 32, set.train.pixels + 5 * (RECORD - 1), set.train.labels + 5});
  double mean = set.mean[2];
  expect_success(dataset_hold_out(&set, 2));
  assert_int_equal(set.train.n, 5);
  assert_int_equal(set.test.n, 2);
  assert_true(dataset_images_hash(&set.validation) == end);
  assert_true(set.mean[2] != mean);
  dataset_free(&set);
}

static void every_byte_counts_in_the_hash(void **state) {
  (void)state;
  char folder[512];
  snprintf(folder, sizeof folder, "%s", make_folder("hash", ""));
  uint64_t before = hash_of(folder);
  static const size_t places[] = {0, 1, 3072, 3073, 3074, 3 * 3073 - 1};
  char path[512];
  snprintf(path, sizeof path, "%s", place("hash", "data_batch_1.bin"));
  size_t n;
  uint8_t *bytes = read_bytes(path, &n);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    bytes[places[i]] ^= 1;
    write_bytes(path, bytes, n);
    assert_true(hash_of(folder) != before);
    bytes[places[i]] ^= 1;
  }
  /* An image moved from one set to the other is another set, one moved between batches is not. */
  write_bytes(path, bytes, n);
  assert_true(hash_of(folder) == before);
  free(bytes);
  uint8_t *all = malloc(9 * RECORD);
  uint8_t *parts[] = {records(3, 0), records(4, 100), records(2, 200)};
  memcpy(all, parts[0], 3 * RECORD);
  memcpy(all + 3 * RECORD, parts[1], 4 * RECORD);
  memcpy(all + 7 * RECORD, parts[2], 2 * RECORD);
  write_bytes(path, all, 5 * RECORD);
  write_bytes(place("hash", "data_batch_2.bin"), all + 5 * RECORD, 2 * RECORD);
  assert_true(hash_of(folder) == before);
  write_bytes(place("hash", "data_batch_2.bin"), all + 5 * RECORD, 3 * RECORD);
  write_bytes(place("hash", "test_batch.bin"), all + 8 * RECORD, RECORD);
  assert_true(hash_of(folder) != before);
  for (int i = 0; i < 3; i++) free(parts[i]);
  free(all);
}

static void missing_files(void **state) {
  (void)state;
  write_records("no-test", "data_batch_1.bin", 1, 0);
  expect_load_failure("no-test", STATUS_FILE, "found data_batch_1.bin, but no test_batch.bin",
                      "--data DIR");
  write_records("no-test", "data_batch_2.bin.gz", 1, 0);
  expect_load_failure("no-test", STATUS_FILE, "data_batch_1.bin and more", "no test_batch.bin");
  write_records("no-train", "test_batch.bin.gz", 1, 0);
  expect_load_failure("no-train", STATUS_FILE, "found test_batch.bin.gz", "no data_batch_N.bin");
  mkdir(scratch("neither"), 0777);
  expect_load_failure("neither", STATUS_FILE, "data_batch_1.bin", "train-images-idx3-ubyte");
}

static void what_is_no_file(void **state) {
  (void)state;
  make_folder("odd", "");
  const char *path = place("odd", "data_batch_2.bin");
  unlink(path);
  symlink("nothing", path);
  expect_load_failure("odd", STATUS_FILE, "data_batch_2.bin: cannot open", "No such file");
  unlink(path);
  mkdir(path, 0777);
  expect_load_failure("odd", STATUS_FILE, "data_batch_2.bin", "found a folder");
  rmdir(path);
  assert_int_equal(mkfifo(path, 0666), 0);
  expect_load_failure("odd", STATUS_FILE, "data_batch_2.bin", "found a pipe");
}

static void both_kinds_are_refused(void **state) {
  (void)state;
  make_set("mixed", 10, 5, 4, 5, 3, 0);
  write_records("mixed", "test_batch.bin.gz", 1, 0);
  expect_load_failure("mixed", STATUS_DATA, "found", "mixed/train-images-idx3-ubyte");
  expect_load_failure("mixed", STATUS_DATA, "mixed/test_batch.bin.gz", "either");
  mkdir(scratch("two"), 0777);
  make_folder("two/cifar10", "");
  make_set("two/mnist", 10, 5, 4, 5, 3, 0);
  expect_load_failure("two", STATUS_DATA, "two/mnist/train-images-idx3-ubyte",
                      "two/cifar10/data_batch_1.bin");
  /* What is in the folder itself comes before what is below. */
  DataSet set;
  make_set("two", 10, 5, 4, 5, 3, 0);
  expect_success(dataset_load(&set, scratch("two")));
  assert_true(set.train.c == 1 && set.train.n == 10);
  dataset_free(&set);
  mkdir(scratch("other"), 0777);
  make_folder("other", "");
  make_set("other/mnist", 10, 5, 4, 5, 3, 0);
  expect_small_set(scratch("other"));
}

static void one_colour_everywhere(void **state) {
  (void)state;
  make_folder("dull", "");
  uint8_t *bytes = records(3, 0);
  unlink(place("dull", "data_batch_2.bin"));
  for (int i = 0; i < 3; i++) memset(bytes + i * RECORD + 1 + 1024, 9, 1024);
  write_bytes(place("dull", "data_batch_1.bin"), bytes, 3 * RECORD);
  expect_load_failure("dull", STATUS_DATA, "data_batch_1.bin: byte 1025", "the same green");
  free(bytes);
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(good_folders),
                                     cmocka_unit_test(several_gzip_members_are_one_file),
                                     cmocka_unit_test(two_files_of_one_name_are_the_same),
                                     cmocka_unit_test(what_is_not_whole_is_refused),
                                     cmocka_unit_test(batches_of_the_published_length_agree),
                                     cmocka_unit_test(subfolders),
                                     cmocka_unit_test(batches_in_the_order_of_their_numbers),
                                     cmocka_unit_test(the_end_is_held_out),
                                     cmocka_unit_test(every_byte_counts_in_the_hash),
                                     cmocka_unit_test(missing_files),
                                     cmocka_unit_test(what_is_no_file),
                                     cmocka_unit_test(both_kinds_are_refused),
                                     cmocka_unit_test(one_colour_everywhere)};
  int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
  ranks_end();
  return failed;
}
