/* Damaged files of CIFAR-10's binary version. */
#include "data/cifar.h"
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

/* What is done to a good file, and what must be said about it. */
typedef struct Damage {
  const char *name; /* of a file of the folder */
  enum { CUT, EXTEND, SET, GZIP_CUT, GZIP_EXTEND, GZIP_SET, CONTENT_CUT, CONTENT_SET } kind;
  long at; /* from the end if negative */
  int value;
  const char *expected[3];
} Damage;

static const Damage damages[] = {
    {"data_batch_1.bin", CUT, 0, 0, {"byte 0: expected records of 3073", "(empty)"}},
    {"test_batch.bin", CUT, 0, 0, {"byte 0: expected records of 3073", "(empty)"}},
    {"data_batch_1.bin", CUT, 1, 0, {"byte 1: expected whole", "1 bytes of record 0"}},
    {"data_batch_1.bin", CUT, 3072, 0, {"byte 3072: expected whole", "3072 bytes of record 0"}},
    {"data_batch_1.bin", CUT, 3074, 0, {"byte 3074: expected whole", "1 bytes of record 1"}},
    {"data_batch_2.bin", CUT, -1, 0, {"byte 12291: expected whole", "3072 bytes of record 3"}},
    {"test_batch.bin", CUT, -3072, 0, {"byte 3074: expected whole", "1 bytes of record 1"}},
    {"data_batch_1.bin", EXTEND, 1, 0, {"byte 9220: expected whole", "1 bytes of record 3"}},
    {"test_batch.bin", EXTEND, 3072, 0, {"byte 9218: expected whole", "3072 bytes of record 2"}},
    {"data_batch_1.bin", SET, 0, 10, {"byte 0: expected a label of 0 .. 9", "found 10"}},
    {"data_batch_1.bin", SET, 6146, 255, {"byte 6146: expected a label", "found 255"}},
    {"data_batch_2.bin", SET, 9219, 99, {"byte 9219: expected a label", "found 99"}},
    {"test_batch.bin", SET, 3073, 11, {"byte 3073: expected a label", "found 11"}},
    {"data_batch_1.bin.gz", CONTENT_CUT, 0, 0, {"byte 0 of the decompressed", "(empty)"}},
    {"data_batch_1.bin.gz", CONTENT_CUT, 1, 0, {"byte 1 of the decompressed", "of record 0"}},
    {"data_batch_2.bin.gz", CONTENT_CUT, -1, 0, {"byte 12291 of the", "3072 bytes of record 3"}},
    {"test_batch.bin.gz", CONTENT_CUT, 3074, 0, {"byte 3074 of the", "1 bytes of record 1"}},
    {"data_batch_1.bin.gz", CONTENT_SET, 3073, 10, {"byte 3073 of the decompressed", "found 10"}},
    {"test_batch.bin.gz", CONTENT_SET, 0, 200, {"byte 0 of the decompressed", "found 200"}},
    {"data_batch_1.bin.gz", GZIP_CUT, 2, 0, {"expected more gzip data", "(truncated)"}},
    {"data_batch_1.bin.gz", GZIP_CUT, 12, 0, {"expected more gzip data", "(truncated)"}},
    {"data_batch_1.bin.gz", GZIP_CUT, 4000, 0, {"byte 4000 of the file: expected more", "trunc"}},
    {"data_batch_2.bin.gz", GZIP_CUT, -1, 0, {"expected more gzip data", "(truncated)"}},
    {"test_batch.bin.gz", GZIP_CUT, -8, 0, {"expected more gzip data", "(truncated)"}},
    {"data_batch_1.bin.gz",
     GZIP_EXTEND,
     1,
     0,
     {"expected its end after the gzip data", "found 00"}},
    {"test_batch.bin.gz", GZIP_EXTEND, 10000, 0, {"expected its end after", "found 00"}},
    {"data_batch_1.bin.gz", GZIP_SET, 2, 9, {"expected intact gzip data", "damage"}},
    {"data_batch_1.bin.gz", GZIP_SET, -1, 77, {"expected intact gzip data", "incorrect length"}},
    {"data_batch_2.bin.gz",
     GZIP_SET,
     -8,
     77,
     {"expected intact gzip data", "incorrect data check"}},
    {"test_batch.bin.gz", GZIP_SET, 1, 0, {"expected whole records", "of another kind"}},
};

static void write_damaged(const Damage *d, const char *path) {
  size_t n, longer = d->kind == EXTEND || d->kind == GZIP_EXTEND ? (size_t)d->at : 0;
  uint8_t *good = read_bytes(path, &n);
  uint8_t *bytes = calloc(n + longer + 1, 1);
  memcpy(bytes, good, n);
  size_t at = d->at < 0 ? n - (size_t)-d->at : (size_t)d->at;
  if (d->kind == CUT || d->kind == GZIP_CUT || d->kind == CONTENT_CUT)
    n = at;
  else if (longer)
    n += longer;
  else
    bytes[at] = (uint8_t)(d->value == 77 ? bytes[at] ^ 77 : d->value);
  if (d->kind == CONTENT_CUT || d->kind == CONTENT_SET) {
    char *compressed;
    assert_true(asprintf(&compressed, "%s.gz", path) > 0);
    write_gzip(compressed, bytes, n);
    free(compressed);
    unlink(path);
  } else {
    write_bytes(path, bytes, n);
  }
  free(good);
  free(bytes);
}

static void damaged_files(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    const Damage *d = &damages[i];
    char folder[32], name[64];
    snprintf(folder, sizeof folder, "damage-%zu", i);
    snprintf(name, sizeof name, "%s", d->name);
    int is_content = d->kind == CONTENT_CUT || d->kind == CONTENT_SET;
    if (is_content) name[strlen(name) - 3] = 0;
    make_folder(folder, strstr(name, ".gz") ? ".gz" : "");
    expect_small_set(scratch(folder));
    write_damaged(d, place(folder, name));
    DataSet set;
    Status status = dataset_load(&set, scratch(folder));
    if (status.code == STATUS_OK) fail_msg("damage %zu of %s was not noticed", i, d->name);
    expect_failure(status, STATUS_DATA, place(folder, d->name), d->expected[0], d->expected[1],
                   NULL);
  }
}

static void too_much_is_refused(void **state) {
  (void)state;
  make_folder("huge", "");
  /* Holes only: no disk is filled. */
  const char *path = place("huge", "data_batch_1.bin");
  if (truncate(path, (off_t)5590586 * RECORD) != 0) skip();
  expect_load_failure("huge", STATUS_DATA, "data_batch_1.bin", "at most 16 GiB");
  assert_int_equal(truncate(path, (off_t)5590581 * RECORD), 0);
  expect_load_failure("huge", STATUS_DATA, "expected at most 16 GiB of images", "found");
}

/* A file that changes between the count of its records and their reading. */
static void changed_meanwhile(void **state) {
  (void)state;
  uint8_t pixels[3 * 3072], labels[3];
  write_records("moving", "a.bin", 3, 0);
  const char *path = place("moving", "a.bin");
  for (int more = -1; more <= 1; more += 2) {
    CifarFile *file;
    assert_int_equal(truncate(path, 100 * RECORD), 0);
    expect_success(cifar_open(&file, path));
    assert_int_equal(cifar_count(file), 100);
    assert_int_equal(cifar_is_gzip(file), 0);
    uint8_t *place_of_pixels = malloc(100 * 3072), place_of_labels[100];
    assert_int_equal(truncate(path, (100 + more) * RECORD), 0);
    expect_failure(
        cifar_read(file, place_of_pixels, place_of_labels), STATUS_DATA, path,
        more < 0 ? "expected 100 records, found its end" : "expected its end, found more", NULL);
    free(place_of_pixels);
    cifar_close(file);
  }
  write_records("moving", "b.bin.gz", 3, 0);
  CifarFile *file;
  expect_success(cifar_open(&file, place("moving", "b.bin.gz")));
  assert_int_equal(cifar_is_gzip(file), 1);
  expect_success(cifar_read(file, pixels, labels));
  assert_int_equal(labels[2], 2);
  cifar_close(file);
  cifar_close(NULL);
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_files),
                                     cmocka_unit_test(too_much_is_refused),
                                     cmocka_unit_test(changed_meanwhile)};
  int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
  ranks_end();
  return failed;
}
