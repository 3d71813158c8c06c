/* Data folders as archives unpack to and programs leave them, and what is given in their place. */
#include "cifar_files.h"
#include "data/dataset.h"
#include "scratch.h"
#include "support/cmocka_all.h"
#include "support/ranks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const NAMES[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

static void refused(const char *folder, StatusCode code, const char *piece, const char *another) {
  DataSet set;
  expect_failure(dataset_load(&set, scratch(folder)), code, piece, another, NULL);
}

static uint64_t hash_of(const char *folder) {
  DataSet set;
  expect_success(dataset_load(&set, scratch(folder)));
  uint64_t hash = set.hash;
  dataset_free(&set);
  return hash;
}

static void move(const char *from, const char *to) {
  char path[512];
  snprintf(path, sizeof path, "%s", scratch(from));
  assert_int_equal(rename(path, scratch(to)), 0);
}

/* A folder of each name that holds the file, beside files with a point, as Kaggle's archive has. */
static void files_in_folders_of_their_names(void **state) {
  (void)state;
  make_set("kaggle", 30, 10, 4, 5, 3, 0);
  uint64_t hash = hash_of("kaggle");
  for (int i = 0; i < 4; i++) {
    char name[200], pointed[200], inner[420];
    snprintf(name, sizeof name, "kaggle/%s", NAMES[i]);
    snprintf(pointed, sizeof pointed, "%s", name);
    *strstr(pointed, "-idx") = '.';
    snprintf(inner, sizeof inner, "%s/%s", name, NAMES[i]);
    move(name, pointed);
    mkdir(scratch(name), 0777);
    if (i % 2) move(pointed, inner);
  }
  assert_true(hash_of("kaggle") == hash);
  write_bytes(scratch("kaggle/train-images-idx3-ubyte/train-images.idx3-ubyte"), "other", 5);
  refused("kaggle", STATUS_DATA, "train-images.idx3-ubyte and ", "expected the same content");
}

static void folders_of_other_programs(void **state) {
  (void)state;
  make_set("raw-set", 30, 10, 4, 5, 3, 0);
  uint64_t hash = hash_of("raw-set");
  mkdir(scratch("torch"), 0777);
  mkdir(scratch("torch/MNIST"), 0777);
  move("raw-set", "torch/MNIST/raw");
  assert_true(hash_of("torch") == hash);
  assert_true(hash_of("torch/MNIST") == hash);
  mkdir(scratch("torch/FashionMNIST"), 0777);
  make_set("torch/FashionMNIST/raw", 20, 10, 4, 5, 3, 0);
  refused("torch", STATUS_DATA, "torch/MNIST/raw and ", "expected one data set");
}

static void only_what_is_missing_is_named(void **state) {
  (void)state;
  make_set("missing", 30, 10, 4, 5, 3, 0);
  unlink(scratch("missing/train-labels-idx1-ubyte"));
  DataSet set;
  Status status = dataset_load(&set, scratch("missing"));
  assert_int_equal(status.code, STATUS_FILE);
  const char *wanted =
      "expected train-labels-idx1-ubyte (or train-labels.idx1-ubyte), plain or .gz";
  assert_non_null(strstr(status.text, wanted));
  assert_null(strstr(status.text, "t10k-images.idx3-ubyte"));
}

static void downloads_that_have_not_ended(void **state) {
  (void)state;
  static const char *const LEFT[] = {
      "t10k-images-idx3-ubyte.gz.part", "train-images-idx3-ubyte.aria2",
      "train-labels-idx1-ubyte.gz.crdownload", ".train-images-idx3-ubyte.gz.aB3xY9"};
  make_set("left-idx", 30, 10, 4, 5, 3, 0);
  for (int i = 0; i < 4; i++) {
    write_bytes(place("left-idx", LEFT[i]), "", 0);
    refused("left-idx", STATUS_DATA, LEFT[i], "has not ended");
    unlink(place("left-idx", LEFT[i]));
  }
  /* The program's own, which it replaces files by when all are written. */
  write_bytes(place("left-idx", "t10k-labels-idx1-ubyte.4711.tmp"), "", 0);
  (void)hash_of("left-idx");
}

static void twins(void **state) {
  (void)state;
  make_set("twins", 30, 10, 4, 5, 3, 0);
  make_set("twins", 30, 10, 4, 5, 3, 1);
  (void)hash_of("twins");
  size_t n;
  uint8_t *labels = read_bytes(scratch("twins/t10k-labels-idx1-ubyte"), &n);
  labels[n - 1] = (uint8_t)((labels[n - 1] + 1) % 3);
  write_bytes(scratch("twins/t10k-labels-idx1-ubyte"), labels, n);
  free(labels);
  refused("twins", STATUS_DATA, "t10k-labels-idx1-ubyte and ", "found a difference");
}

static const struct {
  const char *head;
  size_t n;
  const char *what;
} KINDS[] = {{"PK\3\4", 4, "is a zip archive"},
             {"PK\3\4--------------------------x_test.npy", 40, "is a NumPy archive"},
             {"\xff\xd8\xff\xe0", 4, "is a JPEG image"},
             {"\x89PNG\r\n\x1a\n", 8, "is a PNG image"},
             {"BM\x36\0", 4, "is a BMP image"},
             {"GIF89a", 6, "is a GIF image"},
             {"\x93NUMPY\1\0", 8, "is a NumPy array"},
             {"PAR1", 4, "is a Parquet table"},
             {"\x80\4\x95", 3, "is a Python pickle"},
             {"\x89HDF\r\n\x1a\n", 8, "is an HDF5 file"},
             {"BZh91AY", 7, "compressed by bzip2"},
             {"\n<!DOCTYPE html><html>404", 24, "is a web page"},
             {"label,1x1,1x2,1x3\n5,0,0,0\n", 26, "is a text (CSV?)"},
             {"version https://git-lfs.github.com/spec/v1\n", 43, "is a pointer of Git LFS"}};
enum { N_KINDS = sizeof KINDS / sizeof *KINDS };

static void make_kind(uint8_t bytes[600], int i) {
  memset(bytes, KINDS[i].head[0] == '\n' || KINDS[i].n > 20 ? ' ' : 3, 600);
  memcpy(bytes, KINDS[i].head, KINDS[i].n);
}

static void other_kinds_of_files(void **state) {
  (void)state;
  uint8_t bytes[600];
  make_set("idx-kinds", 30, 10, 4, 5, 3, 0);
  make_folder("cifar-kinds", "");
  for (int i = 0; i < N_KINDS; i++) {
    make_kind(bytes, i);
    write_bytes(place("idx-kinds", NAMES[i % 4]), bytes, sizeof bytes);
    refused("idx-kinds", STATUS_DATA, KINDS[i].what, NAMES[i % 4]);
    make_set("idx-kinds", 30, 10, 4, 5, 3, 0);
    write_bytes(place("cifar-kinds", "data_batch_2.bin"), bytes, sizeof bytes);
    refused("cifar-kinds", STATUS_DATA, KINDS[i].what, "data_batch_2.bin");
    write_bytes(scratch("file-kind"), bytes, sizeof bytes);
    refused("file-kind", STATUS_FILE, KINDS[i].what, "expected a folder");
  }
  memset(bytes, 0, sizeof bytes);
  strcpy((char *)bytes, "cifar-10-batches-py/");
  memcpy(bytes + 257, "ustar", 5);
  make_folder("cifar-kinds", "");
  write_gzip(place("cifar-kinds", "test_batch.bin"), bytes, sizeof bytes);
  refused("cifar-kinds", STATUS_DATA, "test_batch.bin: expected records", "is a tar archive");
  write_gzip(place("packed", "cifar-10-python.tar.gz"), bytes, sizeof bytes);
  refused("packed", STATUS_FILE, "cifar-10-python.tar.gz there is a tar archive", "unpack it");
  mkdir(scratch("python"), 0777);
  mkdir(scratch("python/cifar-10-batches-py"), 0777);
  refused("python", STATUS_FILE, "cifar-10-batches-py there is of CIFAR's Python version",
          "cifar-10-binary.tar.gz");
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(files_in_folders_of_their_names),
                                     cmocka_unit_test(folders_of_other_programs),
                                     cmocka_unit_test(only_what_is_missing_is_named),
                                     cmocka_unit_test(downloads_that_have_not_ended),
                                     cmocka_unit_test(twins),
                                     cmocka_unit_test(other_kinds_of_files)};
  int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
  ranks_end();
  return failed;
}
