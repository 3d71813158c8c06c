#include "synthetic.h"

#include "store/file.h"
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void expect_ok(Status status) {
  if (status.code != STATUS_OK) fail_msg("failed with %d: %s", (int)status.code, status.text);
}

static void put_text(Record *record, const char *path, int number) {
  char text[32];
  snprintf(text, sizeof text, "%d", number);
  expect_ok(record_put_attribute_text(record, path, text));
}

static void put_vector(Record *record, const char *path, const double *value, int n) {
  const double none = 0;
  expect_ok(record_put(record, path, FIELD_FLOAT64, 1, &(size_t){(size_t)n}, value ? value : &none,
                       "", "1"));
}

static void set_time(const char *path, double time) {
  double whole = floor(time);
  struct timespec at = {.tv_sec = (time_t)whole, .tv_nsec = (long)(1e9 * (time - whole))};
  assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){at, at}, 0), 0);
}

static void put_metrics(Record *record, const Synthetic *run) {
  double rising[MOST_EPOCHS], falling[MOST_EPOCHS];
  static double steps[10 * MOST_EPOCHS];
  for (int i = 0; i < MOST_EPOCHS; i++) rising[i] = 0.5 + 0.02 * i, falling[i] = 1 / (1.0 + i);
  put_vector(record, "/metrics/epoch/test_accuracy", rising, run->epochs);
  put_vector(record, "/metrics/epoch/train_accuracy", rising, run->epochs);
  put_vector(record, "/metrics/epoch/test_loss", falling, run->epochs);
  put_vector(record, "/metrics/epoch/train_loss", falling, run->epochs);
  put_vector(record, "/metrics/epoch/learning_rate", falling, run->epochs);
  if (run->train) put_vector(record, "/timing/epoch_seconds", run->train, run->epochs);
  if (run->evaluate) put_vector(record, "/timing/evaluate_maximum", run->evaluate, run->epochs);
  if (run->write) put_vector(record, "/timing/write_maximum", run->write, run->epochs);
  if (run->steps > 0) put_vector(record, "/metrics/step/loss", steps, run->steps);
}

void synthetic_write(const char *path, const Synthetic *run) {
  Record record;
  ResultFile *file;
  record_init(&record);
  expect_ok(record_put_attribute_text(&record, "/@status", run->status));
  expect_ok(record_put_attribute_text(&record, "/config@name", "s6"));
  expect_ok(record_put_attribute_text(&record, "/config@network.norm", "batch"));
  put_text(&record, "/config@seed", 1);
  put_text(&record, "/config@training.epochs", run->planned);
  put_text(&record, "/config@training.batch", 10);
  expect_ok(record_put_attribute_integer(&record, "/data@train_images", 95));
  put_metrics(&record, run);
  expect_ok(result_open(&file, path, OPEN_OVERWRITE));
  expect_ok(result_write(file, &record));
  result_close(file);
  record_free(&record);
  set_time(path, run->updated);
}

void synthetic_damage(const char *path, double updated) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("no result file\n", file);
  fclose(file);
  set_time(path, updated);
}

int folder_make(void **state) {
  char name[] = "/tmp/normlab-test-XXXXXX";
  *state = mkdtemp(name) ? strdup(name) : NULL;
  return *state ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *at, int kind, struct FTW *where) {
  (void)at, (void)kind, (void)where;
  return remove(path);
}

int folder_remove(void **state) {
  int result = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  free(*state);
  return result;
}

const char *in_folder(void *const *state, const char *name) {
  static char paths[32][256];
  static int next;
  char *path = paths[next++ % 32];
  snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
  return path;
}
