#include "config/config.h"
#include "nn/kinds.h"

#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A network that is fine, on line 1. */
#define NET "network: {layers: [{type: conv, channels: 4}]}\n"
/* One layer, on line 3. */
#define LAYER(text) "network:\n  layers:\n    - {" text "}\n"
#define DROPS "0, or a number from 0.001953125 to 0.99609375"

static const struct {
  const char *yaml;
  const char *begin; /* of the message, after the file's name */
  const char *also;  /* somewhere in it */
} REFUSED[] = {
    /* the whole */
    {"", ": empty;", "network.layers"},
    {"# nothing\n", ": empty;", "network.layers"},
    {"---\n", ": empty;", "network.layers"},
    {"- 1\n- 2\n", ":1: not a configuration;", "network.layers"},
    {"hello\n", ":1: not a configuration;", "network.layers"},
    {"seed: 1\n", ":1: network.layers: missing;", "a list of 1 to 1000 layers"},
    {"network: {norm: batch}\n", ":1: network.layers: missing;", "a list"},
    {"network:\n  layers:\n", ":2: network.layers: no value;", "a list"},
    {"network: {layers: []}\n", ":1: network.layers: 0 entries;", "1 to 1000"},
    {"network: {layers: 3}\n", ":1: network.layers: a single value", "a list"},
    {"network: {layers: {a: 1}}\n", ":1: network.layers: a mapping", "a list"},
    {"network: [1]\n", ":1: network: a list", "keys and values"},
    {NET "netwrok: 1\n", ":2: netwrok: unknown key, perhaps network is meant;", "optimizer"},
    {NET "renorm: {begn: 1}\n", ":2: renorm.begn: unknown key, perhaps begin is meant;", "r_max"},
    {NET "renorm: {r_max: 0.5}\n", ":2: renorm.r_max: '0.5' is out", "at least 1"},
    {NET "x: 1\n", ":2: x: unknown key;", "name, seed, network, renorm, data"},
    /* what YAML allows and a configuration does not */
    {NET "seed: 1\nseed: 2\n", ":3: seed: given twice, first on line 2;", "once"},
    {NET "optimizer: {lr: 1, lr: 1}\n", ":2: optimizer.lr: given twice", "once"},
    {NET "seed: &a 1\n", ":2: seed: anchors (&a) are not accepted;", "write the value"},
    {NET "seed: &a 1\ndata: *a\n", ":2: seed: anchors", "write"},
    {NET "data: *a\n", ":2: data: aliases (*a) are not accepted;", "write the value"},
    {NET "data: &d {<<: *d}\n", ":2: data: anchors", "write"},
    {NET "seed: !!int 1\n", ":2: seed: tags", "write the value alone"},
    {NET "---\nseed: 1\n", ":2: a second document", "one document"},
    {NET "? [a, b]\n: 1\n", ":2: a key is not a word;", "key: value"},
    {NET "\"\": 1\n", ":2: a key is empty;", "key: value"},
    {NET "name: \"a\\0b\"\n", ":2: name: a NUL character;", "text"},
    {NET "data: [[[[[[[[[[1]]]]]]]]]]\n", ":2: data.0.0", "nested deeper than 8 levels"},
    /* broken YAML */
    {"seed: [1, 2\n", ":2: not YAML at column 1: ", "flow sequence"},
    {NET "optimizer:\n  lr: 1\n momentum: 0\n", ":4: not YAML at column 2: ", "block mapping"},
    {NET "seed: \"1\n", ":3: not YAML at column 1: ", "quoted scalar"},
    {NET "\tseed: 1\n", ":2: not YAML at column 1: ", "token"},
    {NET "seed: 1: 2\n", ":2: not YAML at column 8: ", "mapping values"},
    {NET "\xff\xfe\n", ":2: not a text in UTF-8", "YAML"},
    {NET "seed: \x01\n", ":2: not a text in UTF-8 (control characters", "YAML"},
    /* numbers */
    {NET "seed: -1\n", ":2: seed: '-1'", "0 to 18446744073709551615"},
    {NET "seed: 18446744073709551616\n", ":2: seed: '18446744073709551616'", "whole number"},
    {NET "seed: 010\n", ":2: seed: '010'", "whole number"},
    {NET "seed: 0x10\n", ":2: seed: '0x10'", "whole number"},
    {NET "seed:\n", ":2: seed: no value;", "whole number"},
    {NET "seed: ~\n", ":2: seed: no value;", "whole number"},
    {NET "optimizer: {lr: abc}\n", ":2: optimizer.lr: 'abc' is not a number;", "of at least 0"},
    {NET "optimizer:\n  lr: [0.1]\n", ":3: optimizer.lr: a list cannot", "a number of at least 0"},
    {NET "optimizer:\n\n  lr:\n    a: 1\n", ":4: optimizer.lr: a mapping", "a number"},
    {NET "optimizer: {lr: -0.1}\n", ":2: optimizer.lr: '-0.1' is out of range;", "at least 0"},
    {NET "optimizer: {lr: 1e999}\n", ":2: optimizer.lr: '1e999' is out of range;", "number"},
    {NET "optimizer: {lr: nan}\n", ":2: optimizer.lr: 'nan' is not a number;", "number"},
    {NET "optimizer: {lr: .inf}\n", ":2: optimizer.lr: '.inf' is not a number;", "number"},
    {NET "optimizer: {lr: 0.1x}\n", ":2: optimizer.lr: '0.1x' is not a number;", "number"},
    {NET "optimizer: {lr: \"0,1\"}\n", ":2: optimizer.lr: '0,1' is not a number;", "number"},
    {NET "optimizer: {momentum: 1}\n", ":2: optimizer.momentum: '1' is out", "from 0 to below 1"},
    {NET "optimizer: {weight_decay: -1}\n", ":2: optimizer.weight_decay: '-1' is out",
     "at least 0"},
    {NET "optimizer: {l1: -1}\n", ":2: optimizer.l1: '-1' is out of range;", "at least 0"},
    {NET "optimizer: {nesterov: on}\n", ":2: optimizer.nesterov: 'on' is not known",
     "true, false, yes, no"},
    {NET "optimizer: {nesterov: true, momentum: 0}\n", ":2: optimizer.nesterov: true, but",
     "momentum above 0"},
    {NET "optimizer: {momentm: 0}\n", ":2: optimizer.momentm: unknown key, perhaps momentum",
     "nesterov"},
    {NET "training: {epochs: 1.5}\n", ":2: training.epochs: '1.5' is not a whole", "0 to 100000"},
    {NET "training: {epochs: -1}\n", ":2: training.epochs: '-1' is out", "from 0 to 100000"},
    {NET "training: {epochs: 100001}\n", ":2: training.epochs: '100001' is out", "to 100000"},
    {NET "training: {batch: 0}\n", ":2: training.batch: '0' is out of range;", "1 to 1000000"},
    {NET "training: {batch: 99999999999999999999}\n", ":2: training.batch: '9999", "1 to 1000000"},
    {NET "training: 5\n", ":2: training: a single value", "keys and values"},
    /* schedule, data and the rest */
    {NET "schedule: {type: onecycle}\n", ":2: schedule.type: 'onecycle' is not known, perhaps",
     "constant, step, multi-step, cosine, one-cycle"},
    {NET "schedule: {type: step, gamma: 0}\n", ":2: schedule.gamma: '0' is out",
     "above 0 and below 1000"},
    {NET "schedule: {type: one-cycle, rise: 1}\n", ":2: schedule.rise: '1' is out",
     "above 0 and below 1"},
    {NET "schedule: {type: one-cycle, div: 0}\n", ":2: schedule.div: '0' is out of range;",
     "a number above 0"},
    {NET "schedule: {warmup: -1}\n", ":2: schedule.warmup: '-1' is out of range;", "at least 0"},
    {NET "schedule: {type: step, every: 0}\n", ":2: schedule.every: '0' is out of range;",
     "from 1"},
    {NET "schedule: {type: multi-step, milestones: 3}\n", ":2: schedule.milestones: a single value",
     "a list"},
    {NET "schedule: {type: multi-step, milestones: [3, 3]}\n",
     ":2: schedule.milestones: 3 comes after 3", "ascend"},
    {NET "schedule: {type: multi-step, milestones: [0, 3]}\n",
     ":2: schedule.milestones.0: '0' is out", "from 1"},
    {NET "schedule:\n  type: multi-step\n  milestones: [3,\n    x]\n",
     ":5: schedule.milestones.1: 'x' is", "whole"},
    {NET "schedule: {rise: 0.3}\n", ":2: schedule.rise: means nothing for constant; accepted: type",
     "type, warmup"},
    {NET "schedule: {type: step, final: 0}\n", ":2: schedule.final: means nothing for step;",
     "type, every, gamma, warmup"},
    {NET "schedule: {type: one-cycle, rice: 1}\n", ":2: schedule.rice: unknown key, perhaps rise",
     "type, rise, div, final_div, warmup"},
    {NET "schedule: {type: multi-step}\n", ":2: schedule.milestones: empty", "[5, 10]"},
    {NET "data: {mean: [0.1]}\n", ":2: data.deviation: 0 entries, but data.mean has 1;", "as many"},
    {NET "data: {mean: [0], deviation: [0]}\n", ":2: data.deviation.0: '0' is out", "above 0"},
    {NET "data: {mean: [1, 2, 3, 4, 5]}\n", ":2: data.mean: 5 entries;", "0 to 4 entries"},
    {NET "data: {validation: -1}\n", ":2: data.validation: '-1' is out", "0 to 2147483647"},
    {NET "data:\n  validation: 1.5\n", ":3: data.validation: '1.5' is not a whole", "whole number"},
    {NET "data: {validation: 2147483648}\n", ":2: data.validation: '2147483648' is out", "whole"},
    {NET "data: {shuffle: flase}\n", ":2: data.shuffle: 'flase' is not known, perhaps false",
     "true, false, yes, no"},
    {NET "augment: {rotation: -1}\n", ":2: augment.rotation: '-1' is out", "0 to 180"},
    {NET "augment: {rotation: 181}\n", ":2: augment.rotation: '181' is out", "0 to 180"},
    {NET "augment: {rotation: nan}\n", ":2: augment.rotation: 'nan' is", "0 to 180"},
    {NET "augment: {shift: -0.5}\n", ":2: augment.shift: '-0.5' is out", "0 to 4096"},
    {NET "augment: {scale: 1}\n", ":2: augment.scale: '1' is out", "0 to 0.9"},
    {NET "augment: {shear: 90}\n", ":2: augment.shear: '90' is out", "0 to 60"},
    {NET "augment: {crop: 0.5}\n", ":2: augment.crop: '0.5' is not a whole", "0 to 4096"},
    {NET "augment: {crop: -1}\n", ":2: augment.crop: '-1' is out", "0 to 4096"},
    {NET "augment: {flip: 1}\n", ":2: augment.flip: '1' is not known", "true, false, yes, no"},
    {NET "augment: true\n", ":2: augment: a single value", "keys and values"},
    {NET "conv: {backend: cuda}\n", ":2: conv.backend: 'cuda'", "auto, direct, winograd, gemm"},
    {NET "checkpoint: {every: -5}\n", ":2: checkpoint.every: '-5' is not", "30s, 10min, 2h"},
    {NET "checkpoint: {every: 5 s}\n", ":2: checkpoint.every: '5 s' is not", "30s, 10min, 2h"},
    {NET "checkpoint: {every: 5days}\n", ":2: checkpoint.every: '5days' is not", "30s"},
    {NET "checkpoint: {every: min}\n", ":2: checkpoint.every: 'min' is not", "30s"},
    {NET "watchdog: {seconds: 0.5}\n", ":2: watchdog.seconds: '0.5' is out",
     "0, or a number from 1"},
    {NET "checkpoint: {every: 1e10h}\n", ":2: checkpoint.every: '1e10h' is not", "30s"},
    {NET "name: a/b\n", ":2: name: 'a/b' is not understood;", "letters, digits"},
    {NET "name: .b\n", ":2: name: '.b' is not understood;", "letters, digits"},
    /* network and layers */
    {"network: {norm: Batch, layers: [{type: relu}]}\n", ":1: network.norm: 'Batch'", "group:c/N"},
    {"network: {layers: [{type: norm, norm: over(c,w)}]}\n", ":1: network.layers.0.w): unknown key",
     "a value with commas needs quotes"},
    {"network: {norm: 'over(c,h)', layers: [{type: relu}]}\n", ":1: network.norm: 'over(c,h)' is",
     "take h,w for whole channels"},
    {"network: {epsilon: 0, layers: [{type: relu}]}\n", ":1: network.epsilon: '0' is", "above 0"},
    {"network: {momentum: 2, layers: [{type: relu}]}\n", ":1: network.momentum: '2'", "0 to 1"},
    {"network: {dropout: 1, layers: [{type: relu}]}\n", ":1: network.dropout: '1' is out", DROPS},
    {"network: {dropout: 1e-3, layers: [{type: relu}]}\n", ":1: network.dropout: '1e-3' is", DROPS},
    {"network: {order: [norm, conv], layers: [{type: relu}]}\n", ":1: network.order: conv is not",
     "begin"},
    {"network: {order: [conv, norm, norm], layers: [{type: relu}]}\n", ":1: network.order: an oper",
     "once"},
    {"network: {order: [conv, nrm], layers: [{type: relu}]}\n", ":1: network.order.1: 'nrm' is not",
     "conv, norm, dropout, relu"},
    {"network: {order: [], layers: [{type: relu}]}\n", ":1: network.order: 0 entries", "1 to 4"},
    {"network:\n  layers:\n    - relu\n", ":3: network.layers.0: not a layer;", "{type: conv"},
    {LAYER("channels: 3"), ":3: network.layers.0.type: missing;", "global-avg-pool"},
    {LAYER("type: convx"), ":3: network.layers.0.type: 'convx' is not known, perhaps conv",
     "block"},
    {LAYER("type: block"), ":3: network.layers.0.channels: missing;", "from 1 to 65536"},
    {LAYER("type: linear"), ":3: network.layers.0.channels: missing;", "from 1 to 65536"},
    {LAYER("type: conv, channels: 0"), ":3: network.layers.0.channels: '0' is out", "1 to 65536"},
    {LAYER("type: conv, channels: [8]"), ":3: network.layers.0.channels: a list", "1 to 65536"},
    {LAYER("type: conv, channels: 8, kernel: 256"), ":3: network.layers.0.kernel:", "1 to 255"},
    {LAYER("type: conv, channels: 8, stride: 3"), ":3: network.layers.0.stride: '3'", "1 to 2"},
    {LAYER("type: conv, channels: 8, padding: 3"), ":3: network.layers.0.padding: 3 is", "0 to 2"},
    {LAYER("type: conv, channels: 8, norm: batch"),
     ":3: network.layers.0.norm: means nothing for "
     "conv;",
     "kernel, stride"},
    {LAYER("type: conv, channels: 8, skip: maybe"), ":3: network.layers.0.skip: 'maybe'", "yes"},
    {LAYER("type: max-pool, kernel: 2"), ":3: network.layers.0.kernel: means nothing for max-pool;",
     "accepted: type, size, stride"},
    {LAYER("type: avg-pool, size: 0"), ":3: network.layers.0.size: '0' is out", "1 to 4096"},
    {LAYER("type: relu, channels: 8"), ":3: network.layers.0.channels: means nothing for relu;",
     "accepted: type"},
    {LAYER("type: dropout, dropout: 0.999"), ":3: network.layers.0.dropout: '0.999'", DROPS},
    {LAYER("type: dropout, p: 0.1"), ":3: network.layers.0.p: unknown key;", "type, dropout"},
    {LAYER("type: norm, norm: 'group:c/0'"), ":3: network.layers.0.norm: 'group:c/0'", "group:c/N"},
    {LAYER("type: global-avg-pool, size: 2"), ":3: network.layers.0.size: means nothing", "type"},
    {"network:\n  order: [conv, relu]\n  layers:\n  - type: block\n    channels: 8\n    dropout: "
     "0.5\n",
     ":6: network.layers.0.dropout: means nothing here; it does only if network.order has dropout;",
     "channels"},
};

static void are_refused_with_place_and_remedy(void **state) {
  (void)state;
  enum { N = sizeof REFUSED / sizeof *REFUSED };
  assert_true(N > 60);
  int n_wrong = 0;
  for (size_t i = 0; i < N; i++) {
    Config *config = (Config *)1;
    Status status = config_parse(&config, &NETWORK_KINDS, REFUSED[i].yaml, "t.yaml", NULL, 0);
    char begin[200];
    snprintf(begin, sizeof begin, "t.yaml%s", REFUSED[i].begin);
    if (status.code == STATUS_USAGE && !config && strstr(status.text, REFUSED[i].also) &&
        strncmp(status.text, begin, strlen(begin)) == 0)
      continue;
    n_wrong++;
    print_error("%s  expected '%s' and '%s',\n  got %d '%s'\n", REFUSED[i].yaml, begin,
                REFUSED[i].also, (int)status.code, status.text);
    if (status.code == STATUS_OK) config_free(config);
  }
  assert_int_equal(n_wrong, 0);
}

static void refuse_text(const char *text, const char *also) {
  Config *config;
  Status status = config_parse(&config, &NETWORK_KINDS, text, "t.yaml", NULL, 0);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_null(config);
  if (!strstr(status.text, also)) fail_msg("no '%s' in '%s'", also, status.text);
}

/* Text made of repetitions of a piece, between two others. */
static char *repeat(const char *first, const char *piece, int n, const char *last) {
  size_t length = strlen(piece);
  char *text = malloc(strlen(first) + (size_t)n * length + strlen(last) + 1);
  assert_non_null(text);
  strcpy(text, first);
  char *at = text + strlen(first);
  for (int i = 0; i < n; i++, at += length) memcpy(at, piece, length);
  strcpy(at, last);
  return text;
}

static void large_ones_are_bounded(void **state) {
  (void)state;
  static const struct {
    const char *first, *piece;
    int n;
    const char *last, *also;
  } LARGE[] = {
      {"network: {layers: [", "{type: relu}, ", 1001, "]}\n", "1001 entries"},
      {"a: [", "1,", 200000, "]\n", "more than 10000 entries"},
      {"a: ", "[", 200000, "\n", "nested deeper"},
      {"", "- ", 200000, "\n", "nested deeper"},
      {"", "? ", 200000, "\n", "a key is not a word"},
      {"a: ", "{b: ", 100000, "\n", "nested deeper"},
      {"seed: ", "9", 500000, "\n", "999..."},
      {"", "x", 500000, ": 1\n", "not"},
      {"", "a: 1\n", 3000, "", "given twice"},
      {"seed: \"", "\xc3\xa9", 100000, "\"\n", "..."},
  };
  for (size_t i = 0; i < sizeof LARGE / sizeof *LARGE; i++) {
    char *text = repeat(LARGE[i].first, LARGE[i].piece, LARGE[i].n, LARGE[i].last);
    refuse_text(text, LARGE[i].also);
    free(text);
  }
  char *fine = repeat("network: {layers: [", "{type: relu}, ", 1000, "]}\n");
  Config *config;
  assert_int_equal(config_parse(&config, &NETWORK_KINDS, fine, "t.yaml", NULL, 0).code, STATUS_OK);
  assert_int_equal(config->network.n_layers, 1000);
  config_free(config);
  free(fine);
}

static void many_keys_are_bounded(void **state) {
  (void)state;
  char *text = calloc(1, 4096);
  assert_non_null(text);
  for (int i = 0; i < 150; i++) sprintf(text + strlen(text), "k%d: 1\n", i);
  refuse_text(text, "more than 100 keys");
  free(text);
}

static Status read_status(const char *file) {
  Config *config = (Config *)1;
  Status status = config_read(&config, &NETWORK_KINDS, file, NULL, 0);
  assert_null(config);
  return status;
}

static void files_that_are_none(void **state) {
  (void)state;
  Status status = read_status("/nonexistent/x.yaml");
  assert_int_equal(status.code, STATUS_FILE);
  assert_string_equal(status.text, "/nonexistent/x.yaml: No such file or directory");
  status = read_status("/");
  assert_int_equal(status.code, STATUS_FILE);
  assert_non_null(strstr(status.text, "a folder"));
  status = read_status("/dev/null");
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "empty"));
  status = read_status("/proc/self/exe");
  assert_int_equal(status.code, STATUS_USAGE);
}

static void large_files_are_refused(void **state) {
  (void)state;
  char name[] = "/tmp/normlab-test-XXXXXX";
  int file = mkstemp(name);
  assert_true(file >= 0);
  assert_int_equal(write(file, NET "#", sizeof NET), sizeof NET);
  assert_int_equal(ftruncate(file, (1 << 20) + 1), 0);
  close(file);
  Status status = read_status(name);
  unlink(name);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "more than 1048576 bytes"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(are_refused_with_place_and_remedy),
      cmocka_unit_test(large_ones_are_bounded),
      cmocka_unit_test(many_keys_are_bounded),
      cmocka_unit_test(files_that_are_none),
      cmocka_unit_test(large_files_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
