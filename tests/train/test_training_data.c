/* How pixels become numbers, which set is evaluated, and what is refused. Sets are made by hand:
 * the folder's files are the tests of data. */
#include "nn/kinds.h"
#include "support/cmocka_all.h"
#include "training_data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG[] = "network:\n"
                             "  order: [conv, norm, relu]\n"
                             "  layers:\n"
                             "    - {type: conv, channels: 3, kernel: 1}\n"
                             "training: {batch: 10}\n";

static Config *config_of(const char *key, const char *value) {
  Config *config;
  const ConfigChange changes[2] = {{"--set", "data.deviation", "[0.5, 0.25]"},
                                   {"--set", key, value}};
  int is_mean = key && strcmp(key, "data.mean") == 0;
  Status status = config_parse(&config, &NETWORK_KINDS, CONFIG, "data.yaml",
                               is_mean ? changes : changes + 1, key ? 1 + is_mean : 0);
  assert_string_equal(status.text, "");
  return config;
}

static TrainingData data_of(int n, int channels, int h, int w) {
  TrainingData data = {.set.train = {.n = n, .c = channels, .h = h, .w = w},
                       .set.mean = {0.1, 0.2},
                       .set.deviation = {0.3, 0},
                       .set.source = "by hand"};
  data.evaluated = &data.set.test;
  return data;
}

static void expect_failure(Status status, StatusCode code, const char *text) {
  assert_int_equal(status.code, code);
  assert_string_equal(status.text, text);
}

/* table[c][v] = (v / 255 - mean) / deviation. */
static void expect_entry(const TrainingData *data, int c, int v, double mean, double deviation) {
  double wanted = (v / 255.0 - mean) / deviation, error = data->table[256 * c + v] - wanted;
  assert_true(error < 1e-6 && error > -1e-6);
}

/* A channel whose pixels are all alike is divided by 1. */
static void mean_and_deviation_of_the_images(void **state) {
  (void)state;
  Config *config = config_of(NULL, NULL);
  TrainingData data = data_of(95, 2, 8, 8);
  assert_int_equal(training_data_prepare(&data, config).code, STATUS_OK);
  assert_true(data.mean[0] == 0.1 && data.deviation[0] == 0.3);
  assert_true(data.mean[1] == 0.2 && data.deviation[1] == 1);
  expect_entry(&data, 0, 200, 0.1, 0.3);
  expect_entry(&data, 1, 51, 0.2, 1);
  assert_int_equal(sampler_steps(&data.sampler), 10);
  training_data_free(&data);
  config_free(config);
}

static void mean_and_deviation_of_the_configuration(void **state) {
  (void)state;
  Config *config = config_of("data.mean", "[0.6, 0.7]");
  TrainingData data = data_of(95, 2, 8, 8), one = data_of(95, 1, 8, 8);
  assert_int_equal(training_data_prepare(&data, config).code, STATUS_OK);
  expect_entry(&data, 0, 200, 0.6, 0.5);
  expect_entry(&data, 1, 51, 0.7, 0.25);
  expect_failure(training_data_prepare(&one, config), STATUS_USAGE,
                 "data.yaml: data.mean: 2 values for images of 1 channels");
  training_data_free(&data);
  config_free(config);
}

static void too_many_channels(void **state) {
  (void)state;
  char text[100];
  Config *config = config_of(NULL, NULL);
  TrainingData data = data_of(95, MAX_INPUT_CHANNELS + 1, 8, 8);
  snprintf(text, sizeof text, "by hand: images of %d channels; at most %d", MAX_INPUT_CHANNELS + 1,
           MAX_INPUT_CHANNELS);
  expect_failure(training_data_prepare(&data, config), STATUS_DATA, text);
  config_free(config);
}

static void the_set_that_is_evaluated(void **state) {
  (void)state;
  TrainingData data = data_of(95, 1, 8, 8);
  assert_false(is_validated(&data));
  assert_string_equal(evaluated_name(&data), "test");
  data.set.validation.n = 5;
  assert_true(is_validated(&data));
  assert_string_equal(evaluated_name(&data), "validation");
}

static void images_that_would_be_moved_away(void **state) {
  (void)state;
  Config *config = config_of("augment.shift", "7");
  TrainingData wide = data_of(95, 1, 7, 9), high = data_of(95, 1, 9, 7);
  expect_failure(training_data_augment(&wide, config, NULL), STATUS_USAGE,
                 "data.yaml: augment.shift: 7, but images are of 7 x 9; accepted: below 7");
  expect_failure(training_data_augment(&high, config, NULL), STATUS_USAGE,
                 "data.yaml: augment.shift: 7, but images are of 9 x 7; accepted: below 7");
  config_free(config);
  config = config_of("augment.crop", "8");
  expect_failure(training_data_augment(&wide, config, NULL), STATUS_USAGE,
                 "data.yaml: augment.crop: 8, but images are of 7 x 9; accepted: below 7");
  config_free(config);
  config = config_of(NULL, NULL);
  assert_int_equal(training_data_augment(&wide, config, NULL).code, STATUS_OK);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_and_deviation_of_the_images),
      cmocka_unit_test(mean_and_deviation_of_the_configuration),
      cmocka_unit_test(too_many_channels),
      cmocka_unit_test(the_set_that_is_evaluated),
      cmocka_unit_test(images_that_would_be_moved_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
