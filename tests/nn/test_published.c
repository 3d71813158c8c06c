/* The networks of configs/ have the shapes, parameters and receptive fields of their sources. */
#include "nn/kinds.h"
#include "nn/network.h"
#include "nn/summary.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Config *read_config(const char *name, const char *norm) {
  char path[4096];
  ConfigChange change = {"--norm", "network.norm", norm};
  Config *config;
  snprintf(path, sizeof path, "%s/%s.yaml", CONFIGS, name);
  expect_ok(config_read(&config, &NETWORK_KINDS, path, &change, 1));
  return config;
}

static void parameters_are_those_of_the_sources(void **state) {
  (void)state;
  static const struct {
    const char *name, *norm;
    int channels, side;
    size_t n_parameters, n_norm;
  } CASES[] = {
      {"s6", "batch", 1, 28, 7652, 268},
      {"s6", "group:2", 1, 28, 7652, 268},
      {"s6", "instance", 1, 28, 7652, 268},
      {"s6", "layer:w", 1, 28, 7594, 210},
      {"relu-first", "batch", 1, 28, 10832, 200},
      {"relu-first", "group:2", 1, 28, 10832, 200},
      {"relu-first", "layer:chw", 1, 28, 75080, 64448},
      {"wide", "batch", 1, 28, 9264, 304},
      {"wide", "layer", 1, 28, 9264, 304},
      {"wide", "group:c/4", 1, 28, 9264, 304},
      /* No figure is published: 9 (16 c + 16 16 + 16 32 + 3 32 32 + 32 10) + 16 16 + 32 32 + 10 10,
       * and 2 (3 16 + 5 32 + 10) of the norms. */
      {"skip", "batch", 1, 28, 38964 + 436, 436},
      {"skip", "batch", 3, 32, 39252 + 436, 436},
      {"skip", "group:2", 3, 32, 39252 + 436, 436},
      {"skip", "layer", 1, 28, 38964 + 436, 436},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    Config *config = read_config(CASES[i].name, CASES[i].norm);
    Network network;
    size_t n_norm = 0;
    expect_ok(network_build(&network, config, CASES[i].channels, CASES[i].side, CASES[i].side));
    for (int t = 0; t < network.n_tensors; t++)
      if (network.tensors[t].is_norm) n_norm += network.tensors[t].n;
    assert_int_equal(network.n_parameters, CASES[i].n_parameters);
    assert_int_equal(n_norm, CASES[i].n_norm);
    assert_int_equal(network.n_classes, 10);
    network_free(&network);
    config_free(config);
  }
}

static char *summary_of(const char *name, const char *norm, int channels, int side) {
  Config *config = read_config(name, norm);
  Network network;
  char *text;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  expect_ok(network_build(&network, config, channels, side, side));
  summary_print(out, &network);
  assert_int_equal(fclose(out), 0);
  network_free(&network);
  config_free(config);
  return text;
}

/* The rows of the table but those of dropout alone: output and receptive field. */
static void expect_rows(const char *name, const char *norm, int channels, int side,
                        const char *const *rows, int n_rows) {
  char *text = summary_of(name, norm, channels, side), *rest = text;
  int n = 0;
  for (char *line; (line = strsep(&rest, "\n"));) {
    int layer, field;
    char shape[64], weights[32], norms[32], row[160];
    if (strstr(line, " total ")) break; /* what comes then are tables of another kind */
    if (sscanf(line, "%d", &layer) != 1 || strstr(line, "dropout")) continue;
    assert_int_equal(sscanf(line + 33, "%63s %31s %31s %d", shape, weights, norms, &field), 4);
    snprintf(row, sizeof row, "%s %s %s %d", shape, weights, norms, field);
    assert_true(n < n_rows);
    assert_string_equal(row, rows[n++]);
  }
  assert_int_equal(n, n_rows);
  free(text);
}

#define EXPECT_ROWS(name, norm, channels, side, rows)                                              \
  expect_rows(name, norm, channels, side, rows, (int)(sizeof(rows) / sizeof *(rows)))

static void rows_are_those_of_the_sources(void **state) {
  (void)state;
  static const char *const WIDE[] = {
      "96x28x28 2,400 192 5", "16x28x28 1,536 32 5", "16x14x14 0 0 6",
      "16x12x12 2,304 32 10", "8x12x12 128 16 10",   "8x6x6 0 0 12",
      "16x4x4 1,152 32 20",   "10x2x2 1,440 0 28",   "10x1x1 0 0 32"};
  static const char *const RELU_FIRST[] = {"16x26x26 144 21,632 3",   "32x24x24 4,608 36,864 5",
                                           "10x24x24 320 0 5",        "10x12x12 0 0 6",
                                           "12x10x10 1,080 2,400 10", "12x8x8 1,296 1,536 14",
                                           "12x6x6 1,296 864 18",     "16x6x6 1,728 1,152 22",
                                           "16x1x1 0 0 32",           "10x1x1 160 0 32"};
  static const char *const SKIP[] = {
      "16x30x30 432 32 3",    "16x28x28 2,304 32 5",  "16x28x28 256 32 5",    "16x14x14 0 0 6",
      "32x12x12 4,608 64 10", "32x10x10 9,216 64 14", "32x10x10 1,024 64 14", "32x5x5 0 0 16",
      "32x5x5 9,216 64 24",   "32x5x5 9,216 64 32",   "10x5x5 2,880 20 40",   "10x1x1 0 0 56",
      "10x1x1 100 0 56"};
  EXPECT_ROWS("wide", "batch", 1, 28, WIDE);
  EXPECT_ROWS("relu-first", "layer:chw", 1, 28, RELU_FIRST);
  EXPECT_ROWS("skip", "batch", 3, 32, SKIP);
}

static void recipes_are_those_of_the_sources(void **state) {
  (void)state;
  Config *config = read_config("wide", "batch");
  assert_int_equal(config->training.epochs, 20);
  assert_int_equal(config->training.batch, 64);
  assert_true(config->optimizer.lr == 0.01 && config->optimizer.l1 == 0.001);
  char *text;
  expect_ok(config_text(&text, config));
  assert_non_null(strstr(text, "\nschedule:\n  type: step\n  every: 5\n  gamma: 0.1\n"));
  free(text);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parameters_are_those_of_the_sources),
                                     cmocka_unit_test(rows_are_those_of_the_sources),
                                     cmocka_unit_test(recipes_are_those_of_the_sources)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
