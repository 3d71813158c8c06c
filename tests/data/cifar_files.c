#include "cifar_files.h"

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

uint8_t *records(int n, int start) {
  uint8_t *bytes = malloc((size_t)n * RECORD + 1);
  assert_non_null(bytes);
  uint32_t word = (uint32_t)start;
  for (size_t i = 0; i < (size_t)n * RECORD; i++) {
    word = word * 1664525u + 1013904223u;
    bytes[i] = i % RECORD ? (uint8_t)(word >> 24) : (uint8_t)(((size_t)start + i / RECORD) % 10);
  }
  return bytes;
}

const char *place(const char *folder, const char *name) {
  char path[256];
  mkdir(scratch(folder), 0777);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return scratch(path);
}

void write_gzip(const char *path, const uint8_t *bytes, size_t n) {
  size_t n_compressed;
  uint8_t *compressed = compress_bytes(bytes, n, &n_compressed);
  write_bytes(path, compressed, n_compressed);
  free(compressed);
}

void write_records(const char *folder, const char *name, int n, int start) {
  uint8_t *bytes = records(n, start);
  const char *path = place(folder, name);
  if (strstr(name, ".gz"))
    write_gzip(path, bytes, (size_t)n * RECORD);
  else
    write_bytes(path, bytes, (size_t)n * RECORD);
  free(bytes);
}

const char *make_folder(const char *folder, const char *suffix) {
  static const char *const names[] = {"data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"};
  static const int counts[] = {3, 4, 2};
  for (int i = 0; i < 3; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s%s", names[i], suffix);
    write_records(folder, name, counts[i], 100 * i);
  }
  return scratch(folder);
}

void expect_images(const ImageSet *set, int first, int n, int start) {
  uint8_t *expected = records(n, start);
  for (int i = 0; i < n; i++) {
    assert_int_equal(set->labels[first + i], expected[i * RECORD]);
    assert_memory_equal(set->pixels + (size_t)(first + i) * 3072, expected + i * RECORD + 1, 3072);
  }
  free(expected);
}

void expect_small_set(const char *folder) {
  DataSet set;
  expect_success(dataset_load(&set, folder));
  assert_string_equal(set.title, "CIFAR-10 format, 7 training images");
  assert_int_equal(set.train.n, 7);
  assert_int_equal(set.test.n, 2);
  assert_int_equal(set.n_classes, 10);
  for (int k = 0; k < 2; k++) {
    const ImageSet *part = k ? &set.test : &set.train;
    assert_true(part->c == 3 && part->h == 32 && part->w == 32);
  }
  expect_images(&set.train, 0, 3, 0);
  expect_images(&set.train, 3, 4, 100);
  expect_images(&set.test, 0, 2, 200);
  for (int c = 0; c < 3; c++) {
    double mean = 0, squares = 0;
    for (int i = 0; i < 7 * 1024; i++)
      mean += set.train.pixels[i / 1024 * 3072 + c * 1024 + i % 1024] / 255.0 / (7 * 1024);
    for (int i = 0; i < 7 * 1024; i++) {
      double d = set.train.pixels[i / 1024 * 3072 + c * 1024 + i % 1024] / 255.0 - mean;
      squares += d * d / (7 * 1024);
    }
    assert_true(fabs(set.mean[c] - mean) < 1e-12);
    assert_true(fabs(set.deviation[c] - sqrt(squares)) < 1e-12);
  }
  dataset_free(&set);
}

void expect_load_failure(const char *folder, StatusCode code, const char *piece,
                         const char *another) {
  DataSet set;
  expect_failure(dataset_load(&set, scratch(folder)), code, scratch(folder), piece, another, NULL);
}
