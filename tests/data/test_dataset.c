/* Whole data folders, read by one rank; dataset_ranks.c does it with several. */
#include "data/dataset.h"
#include "data/digits.h"
#include "data/folder.h"

#include "base/memory.h"
#include "scratch.h"
#include "support/ranks.h"
#include <math.h>
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

/* Path of a file of a folder, to be used at once. */
static const char *in(const char *folder, const char *name) {
  static char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void change_byte(const char *path, size_t at, uint8_t value) {
  size_t n;
  uint8_t *bytes = read_bytes(path, &n);
  assert_true(at < n);
  bytes[at] = value;
  write_bytes(path, bytes, n);
  free(bytes);
}

static uint64_t hash_of(const char *folder) {
  DataSet set;
  expect_success(dataset_load(&set, folder));
  uint64_t hash = set.hash;
  dataset_free(&set);
  return hash;
}

static void expect_load_failure(const char *folder, StatusCode code, const char *piece,
                                const char *another) {
  DataSet set;
  expect_failure(dataset_load(&set, folder), code, folder, piece, another, NULL);
}

static void other_sizes(void **state) {
  (void)state;
  DataSet set;
  for (int gzip = 0; gzip < 2; gzip++) {
    const char *folder = make_set(gzip ? "gzip" : "plain", 300, 40, 12, 20, 3, gzip);
    expect_success(dataset_load(&set, folder));
    assert_string_equal(set.source, folder);
    assert_string_equal(set.title, "MNIST format, 300 training images");
    assert_int_equal(set.n_classes, 3);
    assert_int_equal(set.train.n, 300);
    assert_int_equal(set.test.n, 40);
    assert_int_equal(set.train.c, 1);
    assert_int_equal(set.train.h, 12);
    assert_int_equal(set.test.w, 20);
    for (int k = 0; k < 2; k++) {
      const ImageSet *part = k ? &set.test : &set.train;
      size_t n;
      uint8_t *expected = idx_image((IdxShape){3, part->n, 12, 20}, &n);
      assert_memory_equal(part->pixels, expected + 16, n - 16);
      for (int i = 0; i < part->n; i++) assert_int_equal(part->labels[i], i % 3);
      free(expected);
    }
    dataset_free(&set);
  }
  assert_true(hash_of(scratch("plain")) == hash_of(scratch("gzip")));
}

static void moments_and_table(void **state) {
  (void)state;
  DataSet set;
  expect_success(dataset_load(&set, make_set("moments", 300, 40, 12, 20, 3, 0)));
  size_t n = 300 * 12 * 20;
  double mean = 0, squares = 0;
  for (size_t i = 0; i < n; i++) mean += set.train.pixels[i] / 255.0 / (double)n;
  for (size_t i = 0; i < n; i++) {
    double d = set.train.pixels[i] / 255.0 - mean;
    squares += d * d;
  }
  assert_true(fabs(set.mean[0] - mean) < 1e-13);
  assert_true(fabs(set.deviation[0] - sqrt(squares / (double)n)) < 1e-13);
  float table[512];
  const double means[] = {0.25, 0.5}, deviations[] = {0.5, 2};
  dataset_table(table, means, deviations, 2);
  assert_true(table[0] == -0.5f && table[255] == 1.5f && table[256] == -0.25f &&
              table[511] == 0.25f);
  dataset_free(&set);
}

/* Two channels of known moments: [n][c] planes are told apart. */
static void moments_of_channels(void **state) {
  (void)state;
  const uint8_t pixels[] = {0, 255, 10, 10, 0, 255, 20, 20}, labels[] = {0, 1};
  ImageSet set = {2, 2, 1, 2, pixels, labels};
  double mean[4], deviation[4];
  dataset_moments(mean, deviation, &set);
  assert_true(mean[0] == 0.5 && deviation[0] == 0.5);
  assert_true(fabs(mean[1] * 255 - 15) < 1e-13 && fabs(deviation[1] * 255 - 5) < 1e-13);
}

static void the_end_is_held_out(void **state) {
  (void)state;
  DataSet whole, set;
  const char *folder = make_set("held-out", 300, 40, 12, 20, 3, 0);
  expect_success(dataset_load(&whole, folder));
  expect_success(dataset_load(&set, folder));
  assert_int_equal(set.validation.n, 0);
  expect_success(dataset_hold_out(&set, 101));
  assert_int_equal(set.train.n, 199);
  assert_int_equal(set.validation.n, 101);
  assert_int_equal(set.test.n, 40);
  assert_true(set.hash == whole.hash && set.n_classes == 3);
  assert_memory_equal(set.train.pixels, whole.train.pixels, 199 * 240);
  assert_memory_equal(set.train.labels, whole.train.labels, 199);
  assert_memory_equal(set.validation.pixels, whole.train.pixels + 199 * 240, 101 * 240);
  assert_memory_equal(set.validation.labels, whole.train.labels + 199, 101);
  double mean[4], deviation[4];
  whole.train.n = 199;
  dataset_moments(mean, deviation, &whole.train);
  assert_true(set.mean[0] == mean[0] && set.deviation[0] == deviation[0]);
  assert_true(set.mean[0] != whole.mean[0]);
  dataset_free(&set);
  dataset_free(&whole);
}

/* A set whose last image alone is not black. */
static void nothing_but_black_is_left(void **state) {
  (void)state;
  const char *folder = make_set("black", 3, 2, 1, 2, 2, 0);
  for (size_t i = 16; i < 22; i++)
    change_byte(scratch("black/train-images-idx3-ubyte"), i, i == 21 ? 9 : 0);
  DataSet set;
  expect_success(dataset_load(&set, folder));
  expect_failure(dataset_hold_out(&set, 1), STATUS_DATA, folder, "without its last 1 images",
                 "channel 0", NULL);
  dataset_free(&set);
}

static void images_have_a_hash(void **state) {
  (void)state;
  uint8_t pixels[] = {0, 255, 10, 10, 0, 255, 20, 20}, labels[] = {0, 1};
  ImageSet set = {2, 2, 1, 2, pixels, labels}, other = {2, 2, 2, 1, pixels, labels};
  uint64_t hash = dataset_images_hash(&set);
  assert_true(dataset_images_hash(&set) == hash);
  assert_true(dataset_images_hash(&other) != hash);
  pixels[7]++;
  assert_true(dataset_images_hash(&set) != hash);
  pixels[7]--;
  labels[1]++;
  assert_true(dataset_images_hash(&set) != hash);
}

static void every_item_counts_in_the_hash(void **state) {
  (void)state;
  const char *folder = make_set("hash", 30, 10, 3, 3, 3, 0);
  uint64_t before = hash_of(folder);
  static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  for (int i = 0; i < 4; i++) {
    const char *path = in(folder, names[i]);
    size_t n;
    uint8_t *bytes = read_bytes(path, &n);
    change_byte(path, n - 1, bytes[n - 1] ^ 1);
    assert_true(hash_of(folder) != before);
    change_byte(path, n - 1, bytes[n - 1]);
    assert_true(hash_of(folder) == before);
    free(bytes);
  }
}

static void files_that_do_not_fit_together(void **state) {
  (void)state;
  const char *folder = make_set("fit", 30, 10, 4, 5, 3, 0);
  make_set("fit", 30, 10, 4, 5, 3, 1);
  assert_int_equal(rename(in(make_set("fewer", 29, 9, 4, 5, 3, 0), "train-labels-idx1-ubyte"),
                          scratch("fit/train-labels-idx1-ubyte")),
                   0);
  expect_load_failure(folder, STATUS_DATA, "train-labels-idx1-ubyte: byte 4: expected 30 labels",
                      "fit/train-images-idx3-ubyte has images, found 29");
  /* the compressed file was there all the time: a plain one comes first */
  unlink(scratch("fit/train-labels-idx1-ubyte"));
  DataSet set;
  expect_success(dataset_load(&set, folder));
  dataset_free(&set);
  make_set("fit", 30, 10, 4, 5, 3, 0);
  assert_int_equal(
      rename(scratch("fewer/t10k-labels-idx1-ubyte"), scratch("fit/t10k-labels-idx1-ubyte")), 0);
  expect_load_failure(folder, STATUS_DATA, "expected 10 labels", "fit/t10k-images-idx3-ubyte");
  static const int sizes[][2] = {{4, 6}, {3, 5}, {5, 4}};
  for (int i = 0; i < 3; i++) {
    char found[32];
    snprintf(found, sizeof found, "found %d x %d", sizes[i][0], sizes[i][1]);
    make_set("fit", 30, 10, 4, 5, 3, 0);
    make_set("other", 30, 10, sizes[i][0], sizes[i][1], 3, 0);
    assert_int_equal(
        rename(scratch("other/t10k-images-idx3-ubyte"), scratch("fit/t10k-images-idx3-ubyte")), 0);
    expect_load_failure(folder, STATUS_DATA, "expected images of 4 x 5 pixels", found);
  }
}

static void labels(void **state) {
  (void)state;
  const char *folder = make_set("labels", 30, 10, 4, 5, 3, 0);
  change_byte(scratch("labels/t10k-labels-idx1-ubyte"), 8 + 7, 3);
  expect_load_failure(folder, STATUS_DATA, "t10k-labels-idx1-ubyte: byte 15", "0 .. 2");
  change_byte(scratch("labels/train-labels-idx1-ubyte"), 8, 255);
  DataSet set;
  expect_success(dataset_load(&set, folder));
  assert_int_equal(set.n_classes, 256);
  dataset_free(&set);
  expect_success(dataset_load(&set, make_set("one", 5, 5, 4, 5, 1, 0)));
  assert_int_equal(set.n_classes, 2);
  dataset_free(&set);
}

static void one_gray_everywhere(void **state) {
  (void)state;
  const char *folder = make_set("gray", 2, 2, 1, 2, 2, 0);
  for (size_t i = 16; i < 20; i++) change_byte(scratch("gray/train-images-idx3-ubyte"), i, 77);
  expect_load_failure(folder, STATUS_DATA, "train-images-idx3-ubyte", "the same in every pixel");
}

static void missing_files(void **state) {
  (void)state;
  expect_load_failure(scratch("nowhere"), STATUS_FILE, "No such file", "synthesize DIR");
  mkdir(scratch("empty"), 0777);
  expect_load_failure(scratch("empty"), STATUS_FILE, "found an empty folder", "NORMLAB_DATA");
  mkdir(scratch("strange"), 0777);
  write_bytes(scratch("strange/cat.jpg"), "", 0);
  expect_load_failure(scratch("strange"), STATUS_FILE, "found cat.jpg", "--data DIR");
  expect_load_failure(scratch("strange/cat.jpg"), STATUS_FILE, "expected a folder", "found a file");
  const char *folder = make_set("three", 30, 10, 4, 5, 3, 1);
  unlink(scratch("three/t10k-images-idx3-ubyte.gz"));
  expect_load_failure(
      folder, STATUS_FILE,
      "beside train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
      "t10k-labels-idx1-ubyte.gz, found none",
      "three: expected t10k-images-idx3-ubyte (or t10k-images.idx3-ubyte), plain or");
  symlink("nothing", scratch("three/t10k-images-idx3-ubyte"));
  expect_load_failure(folder, STATUS_FILE, "t10k-images-idx3-ubyte: cannot open", "No such file");
}

static void other_names(void **state) {
  (void)state;
  const char *folder = make_set("names", 30, 10, 4, 5, 3, 0);
  assert_int_equal(
      rename(scratch("names/train-images-idx3-ubyte"), scratch("names/train-images.idx3-ubyte")),
      0);
  uint64_t hash = hash_of(folder);
  mkdir(scratch("above"), 0777);
  assert_int_equal(rename(folder, scratch("above/mnist")), 0);
  assert_true(hash_of(scratch("above")) == hash);
}

static Status write_small(const char *folder, int n, int gzip, int overwrite) {
  uint8_t pixels[20 * 784], item_labels[20];
  digits_draw(pixels, item_labels, 0, n, 1);
  const IdxShape shape[] = {{3, n, 28, 28}, {1, n, 1, 1}, {3, n, 28, 28}, {1, n, 1, 1}};
  const uint8_t *items[] = {pixels, item_labels, pixels, item_labels};
  return folder_write(folder, shape, items, gzip, overwrite);
}

static int count_files(const char *folder) {
  int n = 0;
  for (int i = 0; i < FOLDER_FILES; i++)
    for (int k = 0; k < FOLDER_SPELLINGS; k++) {
      char *path = folder_path(folder, i, k);
      n += access(path, F_OK) == 0;
      free(path);
    }
  return n;
}

static void folders_are_written(void **state) {
  (void)state;
  const char *folder = scratch("deep/er/new");
  expect_success(write_small(folder, 20, 1, 0));
  uint64_t hash = hash_of(folder);
  expect_failure(write_small(folder, 10, 1, 0), STATUS_FILE, folder, "--overwrite", NULL);
  expect_failure(write_small(folder, 10, 0, 0), STATUS_FILE, folder, "--overwrite", NULL);
  assert_true(hash_of(folder) == hash);
  expect_success(write_small(folder, 20, 0, 1));
  assert_int_equal(count_files(folder), 4);
  assert_true(hash_of(folder) == hash);
  expect_success(write_small(folder, 10, 1, 1));
  assert_int_equal(count_files(folder), 4);
  assert_true(hash_of(folder) != hash);
  write_bytes(scratch("in-the-way"), "", 0);
  expect_failure(write_small(scratch("in-the-way"), 10, 1, 1), STATUS_FILE, scratch("in-the-way"),
                 NULL);
  expect_failure(write_small("/proc/none", 10, 1, 1), STATUS_FILE, "/proc/none", NULL);
}

static void synthetic_digits(void **state) {
  (void)state;
  DataSet set;
  expect_success(dataset_load(&set, "synthetic"));
  assert_string_equal(set.title, "synthetic digits");
  assert_int_equal(set.train.n, 60000);
  assert_int_equal(set.test.n, 10000);
  assert_int_equal(set.n_classes, 10);
  uint8_t pixels[784], label;
  digits_draw(pixels, &label, DIGITS_TEST_FIRST + 9999, 1, 1);
  assert_memory_equal(pixels, set.test.pixels + 9999 * 784, 784);
  assert_int_equal(label, set.test.labels[9999]);
  dataset_free(&set);
}

static void published_mnist(void **state) {
  (void)state;
  const char *folder = getenv("NORMLAB_DATA");
  if (!folder) {
    print_message("left out: NORMLAB_DATA is not set: MNIST is not read\n");
    skip();
  }
  DataSet set;
  expect_success(dataset_load(&set, folder));
  assert_string_equal(set.title, "MNIST");
  assert_int_equal(set.train.n, 60000);
  assert_int_equal(set.n_classes, 10);
  assert_true(fabs(set.mean[0] - 0.1307) < 5e-5 && fabs(set.deviation[0] - 0.3081) < 5e-5);
  dataset_free(&set);
  assert_in_range(memory_peak(), 1, 200000000);
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(published_mnist),
                                     cmocka_unit_test(other_sizes),
                                     cmocka_unit_test(moments_and_table),
                                     cmocka_unit_test(moments_of_channels),
                                     cmocka_unit_test(the_end_is_held_out),
                                     cmocka_unit_test(nothing_but_black_is_left),
                                     cmocka_unit_test(images_have_a_hash),
                                     cmocka_unit_test(every_item_counts_in_the_hash),
                                     cmocka_unit_test(files_that_do_not_fit_together),
                                     cmocka_unit_test(labels),
                                     cmocka_unit_test(one_gray_everywhere),
                                     cmocka_unit_test(missing_files),
                                     cmocka_unit_test(other_names),
                                     cmocka_unit_test(folders_are_written),
                                     cmocka_unit_test(synthetic_digits)};
  int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
  ranks_end();
  return failed;
}
