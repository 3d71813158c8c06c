/* Records in memory, and what a digest covers. */
#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_put_copies_and_replaces(void **state) {
  (void)state;
  Record record;
  record_init(&record);
  float value[2] = {1, 2};
  expect_ok(record_put(&record, "/a", FIELD_FLOAT32, 1, (size_t[]){2}, value, "first", "m"));
  expect_ok(record_put_text(&record, "/b", "text", "b"));
  value[0] = 5;
  assert_true(((float *)record_find(&record, "/a")->data)[0] == 1);
  int32_t other[3] = {7, 8, 9};
  expect_ok(record_put(&record, "/a", FIELD_INT32, 1, (size_t[]){3}, other, "second", "s"));
  assert_int_equal(record.n, 2);
  assert_string_equal(record.fields[0].path, "/a");
  assert_string_equal(record.fields[0].description, "second");
  assert_string_equal(record.fields[0].units, "s");
  assert_int_equal(field_bytes(&record.fields[0]), 12);
  assert_memory_equal(record.fields[0].data, other, 12);
  assert_null(record_find(&record, "/c"));
  record_free(&record);
  assert_int_equal(record.n, 0);
}

static void test_scale_survives_replacement(void **state) {
  (void)state;
  Record record;
  fill_record(&record, 1);
  const char *path = "/metrics/epoch/test_loss";
  double loss[2] = {1, 2};
  expect_ok(record_put(&record, path, FIELD_FLOAT64, 1, (size_t[]){2}, loss, "loss", "1"));
  assert_string_equal(record_find(&record, path)->scale[0], "/metrics/epoch/epoch");
  expect_ok(record_put(&record, path, FIELD_FLOAT64, 0, NULL, loss, "loss", "1"));
  assert_null(record_find(&record, path)->scale[0]);
  record_free(&record);
}

static void test_remove(void **state) {
  (void)state;
  Record record;
  fill_record(&record, 1);
  size_t n = record.n;
  record_remove(&record, "/config@empty");
  record_remove(&record, "/not/there");
  assert_int_equal(record.n, n - 1);
  assert_null(record_find(&record, "/config@empty"));
  assert_non_null(record_find(&record, "/environment@ranks"));
  assert_int_equal(field_bytes(record_find(&record, "/layers/layer")), 7 + 1 + 3);
  record_free(&record);
}

static void test_sizes(void **state) {
  (void)state;
  Record record;
  fill_record(&record, 1);
  assert_int_equal(field_elements(record_find(&record, "/model/stem.conv.weight")), 36);
  assert_int_equal(field_bytes(record_find(&record, "/model/stem.conv.weight")), 144);
  assert_int_equal(field_elements(record_find(&record, "/predictions/none")), 0);
  assert_int_equal(field_bytes(record_find(&record, "/predictions/none")), 0);
  assert_int_equal(field_elements(record_find(&record, "/optimizer/step")), 1);
  assert_int_equal(field_bytes(record_find(&record, "/config/result")), strlen("lr: 0.1\n"));
  const size_t huge[] = {(size_t)1 << 40, (size_t)1 << 40};
  expect_failure(record_put(&record, "/huge", FIELD_FLOAT32, 2, huge, NULL, "too large", "1"),
                 STATUS_MEMORY, "/huge");
  assert_null(record_find(&record, "/huge"));
  record_free(&record);
}

static void test_get(void **state) {
  (void)state;
  Record record;
  fill_record(&record, 9);
  int64_t step = 0;
  expect_ok(record_get(&record, "f.h5", "/optimizer/step", FIELD_INT64, 1, &step));
  assert_int_equal(step, 9);
  expect_failure(record_get(&record, "f.h5", "/none", FIELD_INT64, 1, &step), STATUS_DATA,
                 "f.h5: /none is missing");
  expect_failure(record_get(&record, "f.h5", "/optimizer/step", FIELD_INT32, 1, &step), STATUS_DATA,
                 "holds 1 of type int64; expected 1 of type int32");
  expect_failure(record_get(&record, "f.h5", "/optimizer/step", FIELD_INT64, 2, &step), STATUS_DATA,
                 "expected 2");
  record_free(&record);
}

typedef void Change(Record *record);

static void digest_after(char digest[33], Change *change) {
  Record record;
  fill_record(&record, 3);
  if (change) change(&record);
  record_digest(digest, &record);
  record_free(&record);
}

static void expect_digest(Change *change, int equal) {
  char before[33], after[33];
  digest_after(before, NULL);
  digest_after(after, change);
  assert_int_equal(strlen(before), 32);
  assert_int_equal(strspn(before, "0123456789abcdef"), 32);
  assert_int_equal(strcmp(before, after) == 0, equal);
}

static void *data_of(Record *record, const char *path) {
  const Field *field = record_find(record, path);
  assert_non_null(field);
  return field->data;
}

static void add_environment(Record *record) {
  expect_ok(record_put_text(record, "/environment/host", "node1", "host"));
  expect_ok(record_put_attribute_integer(record, "/environment@ranks", 64));
  expect_ok(record_put_attribute_text(record, "/@command", "another"));
  expect_ok(record_put_attribute_number(record, "/model/layers.2.bias@norm", 2.0));
}
static void change_timing(Record *record) {
  ((double *)data_of(record, "/timing/seconds"))[0] += 1;
}
static void change_whole_configuration(Record *record) {
  expect_ok(record_put_text(record, "/config/yaml", "checkpoint: {every: 7}\n", "YAML"));
}
static void change_notes(Record *record) {
  const Field *field = record_find(record, "/metrics/epoch/test_loss");
  field->description[0] = 'W';
  field->units[0] = 's';
}
static void reverse(Record *record) {
  for (size_t i = 0, j = record->n - 1; i < j; i++, j--) {
    Field field = record->fields[i];
    record->fields[i] = record->fields[j];
    record->fields[j] = field;
  }
}

static void test_digest_leaves_out(void **state) {
  (void)state;
  Change *changes[] = {NULL,    add_environment, change_timing, change_whole_configuration,
                       reverse, change_notes};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) expect_digest(changes[i], 1);
}

static void flip_weight_bit(Record *record) {
  ((uint8_t *)data_of(record, "/model/stem.conv.weight"))[20] ^= 1;
}
static void change_metric(Record *record) {
  double *loss = data_of(record, "/metrics/epoch/test_loss");
  loss[4] = nextafter(loss[4], 1);
}
static void change_configuration(Record *record) {
  expect_ok(record_put_text(record, "/config/result", "lr: 0.2\n", "the part"));
}
static void change_prediction(Record *record) {
  ((int64_t *)data_of(record, "/predictions/label"))[0]++;
}
static void change_optimizer(Record *record) {
  ((int64_t *)data_of(record, "/optimizer/step"))[0]++;
}
static void negate_zero(Record *record) {
  ((float *)data_of(record, "/model/layers.10.bias"))[0] = -0.0f;
}
static void add_empty_layer(Record *record) {
  expect_ok(
      record_put(record, "/layers/mean_after", FIELD_FLOAT32, 1, (size_t[]){0}, NULL, "", "1"));
}
static void change_shape(Record *record) {
  for (size_t i = 0; i < record->n; i++)
    if (strcmp(record->fields[i].path, "/model/stem.conv.weight") == 0) {
      record->fields[i].dims[0] = 2;
      record->fields[i].dims[1] = 2;
    }
}
static void rename_last(Record *record) {
  char *path = (char *)record_find(record, "/model/stem.conv.weight")->path;
  path[strlen(path) - 1] = 'u';
}
static void exchange(Record *record) {
  float *a = data_of(record, "/model/layers.10.bias"), *b = data_of(record, "/model/layers.2.bias");
  for (int i = 0; i < 10; i++) {
    float value = a[i];
    a[i] = b[i];
    b[i] = value;
  }
}

static void test_digest_covers(void **state) {
  (void)state;
  Change *changes[] = {flip_weight_bit,  change_metric, change_configuration, change_prediction,
                       change_optimizer, negate_zero,   add_empty_layer,      change_shape,
                       exchange,         rename_last};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) expect_digest(changes[i], 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_put_copies_and_replaces),
      cmocka_unit_test(test_scale_survives_replacement),
      cmocka_unit_test(test_remove),
      cmocka_unit_test(test_sizes),
      cmocka_unit_test(test_get),
      cmocka_unit_test(test_digest_leaves_out),
      cmocka_unit_test(test_digest_covers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
