/* The rows of fields, and what is put and found by them. */
#include "fixture.h"
#include "store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_rows_are_sound(void **state) {
  (void)state;
  for (int i = 0; i < N_RESULT_FIELDS; i++) {
    const FieldRow *row = result_row((ResultField)i);
    int is_attribute = strchr(row->path, '@') != NULL;
    if (row->path[0] != '/' || !row->description[0] || !row->units[0] || row->since < 1 ||
        row->since > STORE_FORMAT)
      fail_msg("row of %s", row->path);
    if (is_attribute && (row->is_covered || strchr(row->shape, '[')))
      fail_msg("attribute %s", row->path);
    if (result_field_of(row->path) != (ResultField)i)
      fail_msg("%s is a path of a row above it", row->path);
  }
}

static void expect_match(ResultField field, const char *path, const char *part) {
  char found[40] = "unset";
  if (!result_matches(field, path, found, sizeof found)) fail_msg("%s does not match", path);
  assert_string_equal(found, part);
  assert_int_equal(result_field_of(path), field);
}

static void test_paths(void **state) {
  (void)state;
  char path[RESULT_PATH];
  expect_match(RESULT_TEST_LOSS, "/metrics/epoch/test_loss", "");
  expect_match(RESULT_MODEL_TENSOR, "/model/layers.0.conv.weight", "layers.0.conv.weight");
  expect_match(RESULT_MODEL_RUNNING_MEAN, "/model/layers.0.norm.running_mean", "layers.0.norm");
  expect_match(RESULT_STATE_TENSOR, "/optimizer/exp_avg/layers.0.conv.weight", "exp_avg");
  expect_match(RESULT_WEIGHTS_TENSOR, "/optimizer/weights/layers.0.conv.weight",
               "layers.0.conv.weight");
  expect_match(RESULT_PHASE_MEAN, "/timing/forward_mean", "forward");
  expect_match(RESULT_CONFIG_KEY, "/config@network.layers.0", "network.layers.0");
  expect_match(RESULT_CONFIG_INIT, "/config@init", "");
  const char *const strangers[] = {"/model/",  "/model/a/b", "/model/a@norm", "/timing/_mean",
                                   "/config@", "/layers",    "/optimizer/x"};
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
    if (result_field_of(strangers[i]) != N_RESULT_FIELDS) fail_msg("%s has a row", strangers[i]);
  assert_string_equal(result_path(path, sizeof path, RESULT_PHASE_MAXIMUM, "write"),
                      "/timing/write_maximum");
  assert_string_equal(result_path(path, sizeof path, RESULT_STATUS, NULL), "/@status");
}

static void expect_description(const Record *record, const char *path, const char *description,
                               const char *units) {
  const Field *field = record_find(record, path);
  assert_non_null(field);
  assert_string_equal(field->description, description);
  assert_string_equal(field->units, units);
}

static void test_put(void **state) {
  (void)state;
  Record record;
  double loss[2] = {2, 1};
  int64_t epoch[2] = {1, 2};
  float weights[6] = {0};
  size_t two = 2;
  record_init(&record);
  expect_ok(result_put(&record, RESULT_TEST_LOSS, &two, loss));
  expect_description(&record, "/metrics/epoch/test_loss",
                     "mean loss over the test set, without label smoothing [epoch]", "nat");
  expect_ok(result_put_text(&record, RESULT_DATA_EVALUATED, "validation"));
  expect_ok(result_put(&record, RESULT_EPOCH_NUMBER, &two, epoch));
  expect_ok(result_put(&record, RESULT_TEST_LOSS, &two, loss));
  expect_description(
      &record, "/metrics/epoch/test_loss",
      "mean loss over the validation split (not the test set), without label smoothing [epoch]",
      "nat");
  expect_ok(result_put_path(&record, "/model/a.weight", FIELD_FLOAT32, 2, (size_t[]){2, 3}, weights,
                            "of a linear layer [out][in]"));
  expect_description(&record, "/model/a.weight",
                     "parameter that was evaluated: of a linear layer [out][in]", "1");
  expect_ok(result_put_integer(&record, RESULT_DATA_HEIGHT, 28));
  assert_null(record_find(&record, "/data@height")->description);
  assert_int_equal(result_integer(&record, RESULT_DATA_HEIGHT, -1), 28);
  record_free(&record);
}

static void expect_scales(const Record *record, const char *path, const char *first,
                          const char *second) {
  const Field *field = record_find(record, path);
  const char *const expected[] = {first, second};
  assert_non_null(field);
  for (int k = 0; k < 2; k++) {
    assert_int_equal(!field->scale[k], !expected[k]);
    if (expected[k]) assert_string_equal(field->scale[k], expected[k]);
    const Field *scale = expected[k] ? record_find(record, expected[k]) : NULL;
    assert_int_equal(!scale, !expected[k]);
    if (scale) assert_int_equal(scale->dims[0], field->dims[k]);
  }
}

/* Of the group or of the root, made or given; a size that changes changes its scale. */
static void test_scales(void **state) {
  (void)state;
  Record record;
  double mean[6] = {0};
  int64_t epoch[2] = {1, 2};
  int32_t index[3] = {4, 5, 6};
  float weights[6] = {0};
  size_t two = 2, three = 3;
  record_init(&record);
  expect_ok(result_put(&record, RESULT_MEAN_BEFORE, (size_t[]){2, 3}, mean));
  expect_ok(result_add_scales(&record));
  expect_scales(&record, "/layers/mean_before", NULL, NULL);
  expect_ok(result_put(&record, RESULT_LAYERS_EPOCH, &two, epoch));
  expect_ok(result_put_texts(&record, RESULT_LAYERS_LAYER, 3, (const char *[]){"a", "b", "c"}));
  expect_ok(result_put_path(&record, "/model/a.weight", FIELD_FLOAT32, 2, (size_t[]){2, 3}, weights,
                            "of a linear layer [out][in]"));
  expect_ok(result_put(&record, RESULT_MISCLASSIFIED_INDEX, &three, index));
  expect_ok(result_add_scales(&record));
  expect_scales(&record, "/layers/mean_before", "/layers/epoch", "/layers/layer");
  expect_scales(&record, "/model/a.weight", "/out_2", "/in_3");
  expect_scales(&record, "/predictions/misclassified_index", "/predictions/mistake", NULL);
  expect_scales(&record, "/layers/epoch", NULL, NULL);
  expect_ok(result_put(&record, RESULT_MISCLASSIFIED_INDEX, &two, index));
  expect_ok(result_add_scales(&record));
  expect_scales(&record, "/predictions/misclassified_index", "/predictions/mistake", NULL);
  assert_int_equal(((const int32_t *)record_find(&record, "/predictions/mistake")->data)[1], 1);
  record_free(&record);
}

/* A file of another version may lack a field or have it in another form: it is missing then. */
static void test_find(void **state) {
  (void)state;
  Record record;
  size_t n = 9;
  int32_t width = 32;
  double loss[2] = {2, 1};
  fill_record(&record, 1);
  assert_null(result_numbers(&n, &record, RESULT_TRAIN_LOSS, NULL));
  assert_int_equal(n, 0);
  assert_non_null(result_numbers(&n, &record, RESULT_TEST_LOSS, NULL));
  assert_int_equal(n, 5);
  assert_null(result_find(&record, RESULT_LABEL, NULL)); /* int64 in this record */
  assert_null(result_text(&record, RESULT_STATUS));
  assert_int_equal(result_integer(&record, RESULT_DATA_WIDTH, -1), -1);
  expect_ok(record_put(&record, "/data@width", FIELD_INT32, 0, NULL, &width, NULL, NULL));
  assert_int_equal(result_integer(&record, RESULT_DATA_WIDTH, -1), 32);
  expect_ok(record_put_attribute_text(&record, "/data@width", "32"));
  assert_int_equal(result_integer(&record, RESULT_DATA_WIDTH, -1), -1);
  expect_ok(record_put(&record, "/metrics/epoch/train_loss", FIELD_FLOAT64, 2, (size_t[]){1, 2},
                       loss, "two dimensions", "nat"));
  assert_null(result_numbers(&n, &record, RESULT_TRAIN_LOSS, NULL));
  expect_ok(record_put_attribute_integer(&record, "/@status", 1));
  assert_null(result_text(&record, RESULT_STATUS));
  record_free(&record);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_sound),
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_put),
      cmocka_unit_test(test_scales),
      cmocka_unit_test(test_find),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
