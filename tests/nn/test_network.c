#include "nn/kinds.h"
#include "nn/network.h"

#include "fixture.h"
#include "nn/summary.h"
#include "support/norm_specs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_parameters(const char *text, const char *norm, size_t n) {
  Config *config = config_make(text, norm, NULL);
  Network network;
  expect_ok(network_build(&network, config, 1, 28, 28));
  if (network.n_parameters != n) print_error("%s: %zu parameters\n", norm, network.n_parameters);
  assert_int_equal(network.n_parameters, n);
  assert_int_equal(network.n_classes, 10);
  network_free(&network);
  config_free(config);
}

/* The figures of the published systems. */
static void test_parameters_of_published_networks(void **state) {
  (void)state;
  static const char *const per_channel[] = {"batch",   "batch:32",  "layer",   "group:1",
                                            "group:2", "group:c/2", "instance"};
  for (size_t i = 0; i < sizeof per_channel / sizeof *per_channel; i++) {
    check_parameters(NETWORK_S6, per_channel[i], 7652);
    check_parameters(NETWORK_RELU_FIRST, per_channel[i], 10832);
    check_parameters(NETWORK_WIDE, per_channel[i], 9264);
  }
  check_parameters(NETWORK_S6, "none", 7384);
  check_parameters(NETWORK_S6, "layer:w", 7594);
  check_parameters(NETWORK_RELU_FIRST, "none", 10632);
  check_parameters(NETWORK_RELU_FIRST, "layer:chw", 75080);
}

static const Tensor *tensor_named(const Network *network, const char *name) {
  for (int i = 0; i < network->n_tensors; i++)
    if (strcmp(network->tensors[i].name, name) == 0) return &network->tensors[i];
  return NULL;
}

static int is_norm(const Tensor *tensor) {
  return strstr(tensor->name, ".norm.") != NULL;
}

/* Convolutions and linear layers begin with the same bits whatever the norm; other seeds with
 * others. */
static void test_initial_weights_are_common_to_all_norms(void **state) {
  (void)state;
  Config *config = config_make(NETWORK_ALL_LAYERS, "none", NULL);
  Network plain;
  expect_ok(network_build(&plain, config, 2, 13, 12));
  const NormSpecs specs = norm_specs(32, (const char *[]){NULL});
  for (int s = 0; s < specs.n; s++)
    for (int seed = 1; seed <= 2; seed++) {
      Config *other =
          config_make(NETWORK_ALL_LAYERS, specs.text[s], seed == 1 ? "seed=1" : "seed=2", NULL);
      Network network;
      int n_common = 0;
      expect_ok(network_build(&network, other, 2, 13, 12));
      for (int i = 0; i < network.n_tensors; i++) {
        const Tensor *tensor = &network.tensors[i], *same = tensor_named(&plain, tensor->name);
        if (is_norm(tensor)) continue;
        assert_non_null(same);
        assert_int_equal(tensor->n, same->n);
        int differs = memcmp(network.parameters + tensor->offset, plain.parameters + same->offset,
                             tensor->n * sizeof(float)) != 0;
        assert_int_equal(differs, seed != 1);
        n_common++;
      }
      assert_int_equal(n_common, plain.n_tensors);
      network_free(&network);
      config_free(other);
    }
  network_free(&plain);
  config_free(config);
}

/* Uniform in +-1 / sqrt(fan in): range, mean and deviation; gamma 1, beta 0, running 0 and 1. */
static void test_initial_values(void **state) {
  (void)state;
  Config *config = config_make(NETWORK_WIDE, "batch", NULL);
  Network network;
  expect_ok(network_build(&network, config, 1, 28, 28));
  for (int i = 0; i < network.n_tensors; i++) {
    const Tensor *tensor = &network.tensors[i];
    const float *value = network.parameters + tensor->offset;
    if (is_norm(tensor)) {
      float wanted = strstr(tensor->name, ".weight") ? 1 : 0;
      for (size_t k = 0; k < tensor->n; k++) assert_true(value[k] == wanted);
      continue;
    }
    double bound = 1 / sqrt((double)tensor->n / tensor->dims[0]), sum = 0, square = 0;
    for (size_t k = 0; k < tensor->n; k++) {
      double v = (double)value[k] / bound;
      assert_true(fabs(v) <= 1 + 1e-6);
      sum += v, square += v * v;
    }
    double n = (double)tensor->n;
    /* Four standard errors; of v^2, uniform v, the deviation is sqrt(4 / 45). */
    assert_true(fabs(sum / n) <= 4 / sqrt(3 * n));
    assert_true(fabs(square / n - 1 / 3.0) <= 4 * sqrt(4 / 45.0 / n));
  }
  for (int i = 0; i < network.n_running; i++)
    for (int c = 0; c < network.running[i].n_groups; c++) {
      assert_true(network.running[i].mean[c] == 0);
      assert_true(network.running[i].variance[c] == 1);
    }
  network_free(&network);
  config_free(config);
}

static const char *const NAMES[] = {
    "layers.0.conv.weight", "layers.0.conv.bias",     "layers.0.norm.weight",
    "layers.0.norm.bias",   "layers.1.conv.weight",   "layers.1.norm.weight",
    "layers.1.norm.bias",   "layers.2.norm.weight",   "layers.2.norm.bias",
    "layers.5.conv.weight", "layers.5.conv.bias",     "layers.6.conv.weight",
    "layers.6.norm.weight", "layers.6.norm.bias",     "layers.9.linear.weight",
    "layers.9.linear.bias", "layers.11.linear.weight"};

/* Names are PyTorch's, views follow one another and fill the block. */
static void test_names_and_views(void **state) {
  (void)state;
  const char *const texts[] = {NETWORK_ALL_LAYERS, NETWORK_ALL_LAYERS_RELU_NORM};
  for (int k = 0; k < 2; k++) {
    Config *config = config_make(texts[k], "group:2", NULL);
    Network network;
    size_t end = 0;
    expect_ok(network_build(&network, config, 2, 13, 12));
    assert_int_equal(network.n_tensors, sizeof NAMES / sizeof *NAMES);
    for (int i = 0; i < network.n_tensors; i++) {
      assert_string_equal(network.tensors[i].name, NAMES[i]);
      assert_int_equal(network.tensors[i].offset, end);
      size_t n = 1;
      for (int d = 0; d < network.tensors[i].n_dims; d++) n *= (size_t)network.tensors[i].dims[d];
      assert_int_equal(network.tensors[i].n, n);
      end += n;
    }
    assert_int_equal(end, network.n_parameters);
    network_free(&network);
    config_free(config);
  }
}

/* The layer at fault stands in line 4 and is number 1. */
static const struct {
  const char *layer, *norm, *pieces[3];
} REFUSED[] = {
    {"{type: block, channels: 4, kernel: 11}", "batch", {"(block)", "kernel of 11", "map of 10"}},
    {"{type: conv, channels: 4, kernel: 15, padding: 2}",
     "batch",
     {"(conv)", "kernel of 15", "padding"}},
    {"{type: max-pool, size: 11}", "batch", {"(max-pool)", "window of 11", "map of 10"}},
    {"{type: avg-pool, size: 12}", "batch", {"(avg-pool)", "window of 12", "map of 10"}},
    {"{type: block, channels: 6}", "group:4", {"(block)", "group:4", "6 channels"}},
    {"{type: block, channels: 6}", "group:c/4", {"(block)", "group:c/4", "6 channels"}},
    {"{type: block, channels: 6, padding: 1, skip: true}",
     "none",
     {"(block)", "8 x 10 x 10", "6 x 10 x 10"}},
    {"{type: block, channels: 8, skip: true}", "none", {"(block)", "8 x 10 x 10", "8 x 8 x 8"}},
    {"{type: conv, channels: 8, stride: 2, padding: 1, skip: true}",
     "none",
     {"(conv)", "8 x 10 x 10", "8 x 5 x 5"}},
    {"{type: conv, channels: 10}", "batch", {"(conv)", "10 x 8 x 8", "global-avg-pool"}},
    {"{type: conv, channels: 10, kernel: 9}", "batch", {"(conv)", "10 x 2 x 2", "linear"}},
    {"{type: linear, channels: 257}", "batch", {"(linear)", "257", "256"}},
    {"{type: linear, channels: 65536}", "batch", {"(linear)", "65536", "256"}},
};

static void test_impossible_shapes_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
    char text[400];
    snprintf(text, sizeof text, "network:\n  layers:\n    - {type: block, channels: 8}\n    - %s\n",
             REFUSED[i].layer);
    Config *config = config_make(text, NULL, NULL);
    ConfigChange change = {"--norm", "network.norm", REFUSED[i].norm};
    config_free(config);
    expect_ok(config_parse(&config, &NETWORK_KINDS, text, "test.yaml", &change, 1));
    Network network;
    Status status = network_build(&network, config, 1, 12, 12);
    if (status.code != STATUS_USAGE) print_error("accepted: %s\n", REFUSED[i].layer);
    assert_int_equal(status.code, STATUS_USAGE);
    const char *place = "test.yaml:4: network.layers.1 (";
    if (strncmp(status.text, place, strlen(place)) != 0) print_error("%s\n", status.text);
    assert_memory_equal(status.text, place, strlen(place));
    for (int k = 0; k < 3; k++) {
      if (!strstr(status.text, REFUSED[i].pieces[k])) print_error("%s\n", status.text);
      assert_non_null(strstr(status.text, REFUSED[i].pieces[k]));
    }
    config_free(config);
  }
}

/* The last one that fits. */
/* Layer 2 normalizes maps of 1 x 1. */
static const char ONE_PIXEL[] = "network:\n"
                                "  layers:\n"
                                "    - {type: block, channels: 8, norm: none}\n"
                                "    - {type: global-avg-pool}\n"
                                "    - {type: norm}\n"
                                "    - {type: linear, channels: 10}\n";

static void check_batches(const char *norm, const char *batch, int n_train, const char *words) {
  Config *config = config_make(ONE_PIXEL, norm, batch, NULL);
  Network network;
  expect_ok(network_build(&network, config, 1, 28, 28));
  Status status = network_check(&network, n_train);
  assert_int_equal(status.code, words ? STATUS_USAGE : STATUS_OK);
  if (words && (!strstr(status.text, words) || !strstr(status.text, ":5: network.layers.2 (norm)")))
    fail_msg("%s: expected \"%s\"", status.text, words);
  network_free(&network);
  config_free(config);
}

static void test_batches_that_a_norm_cannot_do(void **state) {
  (void)state;
  const char *last = "the last batch of an epoch is 1 of 129 training images";
  check_batches("batch", "training.batch=128", 0, NULL);
  check_batches("batch", "training.batch=128", 128, NULL);
  check_batches("batch", "training.batch=128", 129, last);
  check_batches("batch:32", "training.batch=128", 129, last);
  check_batches("batch", "training.batch=128", 130, NULL);
  check_batches("batch", "training.batch=129", 129, NULL);
  check_batches("batch", "training.batch=200", 129, NULL);
  check_batches("batch", "training.batch=200", 1, "norm batch on 8 x 1 x 1 and 1 sample ");
  check_batches("batch", "training.batch=1", 0, "and 1 sample ");
  check_batches("batch:1", "training.batch=128", 0, "and 128 samples ");
  check_batches("instance", "training.batch=128", 0, "norm instance on 8 x 1 x 1 has one element");
  check_batches("instance", "training.batch=128", 129, "norm instance on 8 x 1 x 1 has");
  check_batches("group:8", "training.batch=128", 0, "one element a group");
  check_batches("group:4", "training.batch=128", 129, NULL);
  check_batches("layer", "training.batch=1", 0, NULL);
  check_batches("none", "training.batch=1", 1, NULL);
}

static void test_tight_shapes_are_accepted(void **state) {
  (void)state;
  static const char *const layers[] = {"{type: block, channels: 10, kernel: 10}",
                                       "{type: conv, channels: 2, kernel: 14, padding: 2}",
                                       "{type: max-pool, size: 10}",
                                       "{type: linear, channels: 256}",
                                       "{type: avg-pool, size: 10, stride: 1}",
                                       "{type: global-avg-pool}"};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    char text[400];
    snprintf(text, sizeof text, "network:\n  layers:\n    - {type: block, channels: 8}\n    - %s\n",
             layers[i]);
    Config *config = config_make(text, "none", NULL);
    Network network;
    expect_ok(network_build(&network, config, 1, 12, 12));
    network_free(&network);
    config_free(config);
  }
}

static char *summary_of(const char *text, const char *norm) {
  Config *config = config_make(text, norm, NULL);
  Network network;
  char *printed = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&printed, &bytes);
  assert_non_null(out);
  expect_ok(network_build(&network, config, 1, 28, 28));
  summary_print(out, &network);
  fclose(out);
  network_free(&network);
  config_free(config);
  return printed;
}

/* The last column of the lines that begin with a layer's number, in the table of layers. */
static int receptive_fields(const char *printed, int *field) {
  int n = 0;
  const char *end = strstr(printed, "\nparameters");
  assert_non_null(end);
  for (const char *line = printed; line && line < end; line = strchr(line, '\n') + 1) {
    int number, length = (int)strcspn(line, "\n"), at = length;
    if (sscanf(line, "%d", &number) != 1) continue;
    assert_int_equal(number, n);
    while (at > 0 && line[at - 1] != ' ') at--;
    field[n++] = atoi(line + at);
  }
  return n;
}

static void test_receptive_fields(void **state) {
  (void)state;
  static const int wide[] = {5, 5, 6, 10, 10, 12, 20, 28, 32};
  static const int s6[] = {3, 5, 7, 8, 12, 16, 16, 20, 20, 28, 28};
  int field[32];
  char *printed = summary_of(NETWORK_WIDE, "batch");
  assert_int_equal(receptive_fields(printed, field), 9);
  assert_memory_equal(field, wide, sizeof wide);
  free(printed);
  printed = summary_of(NETWORK_S6, "batch");
  assert_int_equal(receptive_fields(printed, field), 11);
  assert_memory_equal(field, s6, sizeof s6);
  free(printed);
}

static void expect_piece(const char *printed, const char *piece) {
  if (!strstr(printed, piece)) print_error("no '%s' in:\n%s", piece, printed);
  assert_non_null(strstr(printed, piece));
}

/* What the published system of s6 prints. */
static void test_totals_of_s6(void **state) {
  (void)state;
  char *printed = summary_of(NETWORK_S6, "batch");
  expect_piece(printed, "7,652");
  expect_piece(printed, "input size                0.00 MB");
  expect_piece(printed, "forward/backward pass     0.55 MB");
  expect_piece(printed, "params size               0.03 MB");
  expect_piece(printed, "torchsummary's total      0.58 MB");
  free(printed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parameters_of_published_networks),
      cmocka_unit_test(test_initial_weights_are_common_to_all_norms),
      cmocka_unit_test(test_initial_values),
      cmocka_unit_test(test_names_and_views),
      cmocka_unit_test(test_impossible_shapes_are_refused),
      cmocka_unit_test(test_batches_that_a_norm_cannot_do),
      cmocka_unit_test(test_tight_shapes_are_accepted),
      cmocka_unit_test(test_receptive_fields),
      cmocka_unit_test(test_totals_of_s6),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
