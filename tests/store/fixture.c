#include "fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void expect_ok(Status status) {
  if (status.code != STATUS_OK) fail_msg("failed with %d: %s", (int)status.code, status.text);
}

void expect_failure(Status status, StatusCode code, const char *text) {
  if (status.code != code || !strstr(status.text, text))
    fail_msg("expected status %d with \"%s\"; got %d: \"%s\"", (int)code, text, (int)status.code,
             status.text);
}

enum { EPOCHS = 5, CLASSES = 10, WEIGHTS = 4 * 1 * 3 * 3 };

static void put(Record *record, const char *path, FieldType type, int n_dims, const size_t *dims,
                const void *data) {
  expect_ok(record_put(record, path, type, n_dims, dims, data, "what it is", "1"));
}

void fill_record(Record *record, int generation) {
  float weights[WEIGHTS], logits[2 * CLASSES];
  double loss[EPOCHS];
  int64_t step = generation, labels[3] = {-1, INT64_MAX, generation};
  int32_t epochs[EPOCHS];
  uint8_t pixels[6];
  for (int i = 0; i < WEIGHTS; i++) weights[i] = (float)(generation + 1) / (float)(i + 3);
  for (int i = 0; i < 2 * CLASSES; i++) logits[i] = (float)i * (float)generation;
  for (int i = 0; i < EPOCHS; i++) epochs[i] = i, loss[i] = 1.0 / (generation + i + 1);
  for (int i = 0; i < 6; i++) pixels[i] = (uint8_t)(generation + 43 * i);
  record_init(record);
  expect_ok(record_put_attribute_text(record, "/@command", "normlab train s6.yaml"));
  expect_ok(record_put_attribute_integer(record, "/@version", 1));
  expect_ok(record_put_text(record, "/config/yaml", "optimizer: {lr: 0.1}\n# \xc3\xa9\n", "YAML"));
  expect_ok(record_put_text(record, "/config/result", "lr: 0.1\n", "the part results depend on"));
  expect_ok(record_put_attribute_number(record, "/config@optimizer.lr", 0.1));
  expect_ok(record_put_attribute_text(record, "/config@empty", ""));
  put(record, "/model/stem.conv.weight", FIELD_FLOAT32, 4, (size_t[]){4, 1, 3, 3}, weights);
  put(record, "/model/layers.10.bias", FIELD_FLOAT32, 1, (size_t[]){CLASSES}, logits);
  put(record, "/model/layers.2.bias", FIELD_FLOAT32, 1, (size_t[]){CLASSES}, logits + CLASSES);
  put(record, "/optimizer/step", FIELD_INT64, 0, NULL, &step);
  put(record, "/metrics/epoch/test_loss", FIELD_FLOAT64, 1, (size_t[]){EPOCHS}, loss);
  put(record, "/metrics/epoch/epoch", FIELD_INT32, 1, (size_t[]){EPOCHS}, epochs);
  expect_ok(record_set_scale(record, "/metrics/epoch/test_loss", 0, "/metrics/epoch/epoch"));
  expect_ok(record_put_attribute_text(record, "/metrics/epoch@signal", "test_loss"));
  expect_ok(record_put_attribute_text(record, "/metrics/epoch/test_loss@long_name", "test loss"));
  put(record, "/predictions/label", FIELD_INT64, 1, (size_t[]){3}, labels);
  put(record, "/predictions/pixels", FIELD_UINT8, 3, (size_t[]){1, 2, 3}, pixels);
  const size_t three = 3;
  expect_ok(record_put(record, "/layers/layer", FIELD_TEXT, 1, &three, "0 conv\0\0\xc3\xa9",
                       "names", "1"));
  put(record, "/predictions/none", FIELD_UINT8, 3, (size_t[]){0, 28, 28}, pixels);
  put(record, "/timing/seconds", FIELD_FLOAT64, 1, (size_t[]){EPOCHS}, loss);
  expect_ok(record_put_attribute_integer(record, "/environment@ranks", 4));
}

static void expect_same_text(const char *a, const char *b) {
  assert_int_equal(!a, !b);
  if (a) assert_string_equal(a, b);
}

void expect_equal(const Record *a, const Record *b) {
  assert_int_equal(a->n, b->n);
  for (size_t i = 0; i < a->n; i++) {
    const Field *x = &a->fields[i], *y = record_find(b, x->path);
    if (!y) fail_msg("%s is missing", x->path);
    assert_int_equal(x->type, y->type);
    assert_int_equal(x->n_dims, y->n_dims);
    for (int d = 0; d < x->n_dims; d++) assert_int_equal(x->dims[d], y->dims[d]);
    assert_int_equal(field_bytes(x), field_bytes(y));
    if (field_bytes(x)) assert_memory_equal(x->data, y->data, field_bytes(x));
    expect_same_text(x->description, y->description);
    expect_same_text(x->units, y->units);
    for (int d = 0; d < x->n_dims; d++) expect_same_text(x->scale[d], y->scale[d]);
  }
}

int expect_record(const Record *record, int generation) {
  int64_t step;
  expect_ok(record_get(record, "record", "/optimizer/step", FIELD_INT64, 1, &step));
  if (generation >= 0) assert_int_equal(step, generation);
  Record expected;
  fill_record(&expected, (int)step);
  expect_equal(&expected, record);
  record_free(&expected);
  return (int)step;
}

int make_folder(void **state) {
  char name[] = "/tmp/normlab-test-XXXXXX";
  *state = mkdtemp(name) ? strdup(name) : NULL;
  return *state ? 0 : -1;
}

static void remove_all(const char *folder) {
  DIR *listing = opendir(folder);
  if (!listing) return;
  for (struct dirent *entry; (entry = readdir(listing));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%.255s", folder, entry->d_name);
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
      remove_all(path);
    else
      (void)unlink(path);
  }
  closedir(listing);
  (void)rmdir(folder);
}

int remove_folder(void **state) {
  remove_all(*state);
  free(*state);
  return 0;
}

const char *in_folder(void *const *state, const char *name) {
  static char paths[8][512];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof *paths, "%s/%s", (const char *)*state, name);
  return path;
}

int file_exists(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

int count_files(void *const *state, const char *text) {
  DIR *listing = opendir(*state);
  assert_non_null(listing);
  int n = 0;
  for (struct dirent *entry; (entry = readdir(listing));) n += strstr(entry->d_name, text) != NULL;
  closedir(listing);
  return n;
}

char *load_bytes(const char *path, size_t *n) {
  FILE *stream = fopen(path, "rb");
  assert_non_null(stream);
  struct stat info;
  assert_int_equal(fstat(fileno(stream), &info), 0);
  *n = (size_t)info.st_size;
  char *bytes = malloc(*n + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, stream), *n);
  fclose(stream);
  return bytes;
}

void save_bytes(const char *path, const char *bytes, size_t n) {
  FILE *stream = fopen(path, "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, n, stream), n);
  assert_int_equal(fclose(stream), 0);
}

void write_generation(const char *path, OpenMode mode, int generation) {
  Record record;
  fill_record(&record, generation);
  ResultFile *file;
  expect_ok(result_open(&file, path, mode));
  expect_ok(result_write(file, &record));
  result_close(file);
  record_free(&record);
}

void expect_generation(const char *path, int generation) {
  Record record;
  expect_ok(result_read_exactly(&record, path));
  expect_record(&record, generation);
  record_free(&record);
}

ResultFile *open_third(void *const *state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 1);
  write_generation(path, OPEN_RESUME, 2);
  ResultFile *file;
  expect_ok(result_open(&file, path, OPEN_RESUME));
  return file;
}

void expect_refused_write(void *const *state, ResultFile *file, const char *text) {
  size_t n[4];
  const char *paths[] = {in_folder(state, "run.h5"), in_folder(state, "run.h5.prev")};
  char *bytes[4] = {load_bytes(paths[0], &n[0]), load_bytes(paths[1], &n[1])};
  Record record;
  fill_record(&record, 99);
  expect_failure(result_write(file, &record), STATUS_FILE, text);
  record_free(&record);
  for (int i = 0; i < 2; i++) {
    bytes[2 + i] = load_bytes(paths[i], &n[2 + i]);
    assert_int_equal(n[i], n[2 + i]);
    assert_memory_equal(bytes[i], bytes[2 + i], n[i]);
  }
  for (int i = 0; i < 4; i++) free(bytes[i]);
  assert_int_equal(count_files(state, ".tmp."), 0);
}
