/* A format that the program does not have, as one row and one line in a list: it is found, read,
 * checked and named with all others.
 *
 * The list of the program is in a library, of which the linker takes only what is missing: as
 * DATA_FORMATS is here, the whole program goes through this list. */
#include "data/dataset.h"
#include "data/format.h"

#include "scratch.h"
#include "support/cmocka_all.h"
#include "support/ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 20, N_TEST = 6, H = 3, W = 5 };
static int n_closed;

static Status find(DataPlace *place, const char *folder) {
  if (asprintf(&place->file, "%s/ramp.txt", folder) < 0) place->file = NULL;
  if (place->file && access(place->file, R_OK) == 0) return status_ok();
  free(place->file);
  place->file = NULL;
  return status_ok();
}

static Status look(ImageShape *shape, const char *folder) {
  (void)folder;
  *shape = (ImageShape){2, H, W};
  return status_ok();
}

static Status open_ramp(DataSource *source, const char *folder) {
  (void)folder;
  *source = (DataSource){.n_train = N, .n_test = N_TEST, .shape = {2, H, W}, .handle = source};
  return status_ok();
}

static Status read_ramp(DataTarget *target, DataSource *source) {
  for (int i = 0; i < source->n_train * 2 * H * W; i++) target->train_pixels[i] = (uint8_t)i;
  for (int i = 0; i < source->n_test * 2 * H * W; i++) target->test_pixels[i] = (uint8_t)(3 * i);
  for (int i = 0; i < source->n_train; i++) target->train_labels[i] = (uint8_t)(i % 4);
  for (int i = 0; i < source->n_test; i++) target->test_labels[i] = (uint8_t)(i % 3);
  target->n_classes = 4;
  snprintf(target->title, sizeof target->title, "ramps");
  return status_ok();
}

static Status check(const DataSource *source, const double *deviation) {
  if (!source->handle) return status_error(STATUS_DATA, "check comes before open");
  return deviation[0] > 0 && deviation[1] > 0 ? status_ok() : status_error(STATUS_DATA, "flat");
}

static void close_ramp(DataSource *source) {
  n_closed += source->handle != NULL;
}

static Status describe(const char *folder) {
  return status_error(STATUS_DATA, "%s: described", folder);
}

static const DataFormat RAMP = {.name = "ramp",
                                .title = "Ramp",
                                .files = "ramp.txt",
                                .about = "A folder of ramps holds ramp.txt.",
                                .usual = {2, H, W},
                                .find = find,
                                .look = look,
                                .open = open_ramp,
                                .read = read_ramp,
                                .check = check,
                                .close = close_ramp,
                                .describe = describe};

extern const DataFormat FORMAT_mnist, FORMAT_synthetic;
const DataFormat *const DATA_FORMATS[] = {&FORMAT_mnist, &RAMP, &FORMAT_synthetic, NULL};

static void make_ramp(const char *folder) {
  char name[200];
  mkdir(scratch(folder), 0777);
  snprintf(name, sizeof name, "%s/ramp.txt", folder);
  write_bytes(scratch(name), "x", 1);
}

static void is_read(void **state) {
  (void)state;
  DataSet set;
  make_ramp("ramp");
  expect_success(dataset_load(&set, scratch("ramp")));
  assert_int_equal(n_closed, 1);
  assert_string_equal(set.title, "ramps");
  assert_int_equal(set.n_classes, 4);
  assert_true(set.train.n == N && set.train.c == 2 && set.train.h == H && set.train.w == W);
  assert_int_equal(set.test.n, N_TEST);
  assert_int_equal(set.train.pixels[31], 31);
  assert_int_equal(set.test.pixels[5], 15);
  assert_int_equal(set.test.labels[4], 1);
  assert_true(set.mean[1] > set.mean[0]);
  dataset_free(&set);
}

static void is_named(void **state) {
  (void)state;
  char text[100];
  data_format_names(text, sizeof text, ", ", ", ");
  assert_string_equal(text, "mnist, ramp, synthetic");
  assert_ptr_equal(data_format_named("ramp"), &RAMP);
  assert_string_equal(data_format_about(1), RAMP.about);
  DataSet set;
  mkdir(scratch("empty"), 0777);
  expect_failure(dataset_load(&set, scratch("empty")), STATUS_FILE, "; or Ramp's ramp.txt), found",
                 NULL);
  make_set("two", 30, 20, 7, 9, 3, 0);
  make_ramp("two");
  expect_failure(dataset_load(&set, scratch("two")), STATUS_DATA,
                 "either MNIST's files or Ramp's, found", "two/ramp.txt: give", NULL);
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(is_read), cmocka_unit_test(is_named)};
  int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
  ranks_end();
  return failed;
}
