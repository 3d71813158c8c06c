#include "fixture.h"
#include "support/norm_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Layer {
  const char *kind;
  int line;
  LayerSettings settings;
} Layer;

/* Not by memory: the struct has gaps. */
static int same_settings(LayerSettings a, LayerSettings b) {
  return a.channels == b.channels && a.kernel == b.kernel && a.stride == b.stride &&
         a.padding == b.padding && a.size == b.size && a.bias == b.bias && a.skip == b.skip &&
         a.dropout == b.dropout && a.norm.kind == b.norm.kind && a.norm.n == b.norm.n;
}

static void assert_layer(const Config *config, int i, const Layer *layer) {
  assert_true(layer_is(config, i, layer->kind));
  assert_true(same_settings(layer_settings(config, i), layer->settings));
  assert_int_equal(config->network.layers[i].line, layer->line);
}

/* Every value differs from its default. */
static const char EVERYTHING[] =
    "name: other-name_1.2+\n"
    "seed: 18446744073709551615\n"
    "network:\n"
    "  norm: group:c/4\n"
    "  epsilon: 0.001\n"
    "  momentum: 0.30000000000000004\n"
    "  dropout: 0.1\n"
    "  order: [conv, relu, norm, dropout]\n"
    "  layers:\n"
    "    - {type: block, channels: 16, kernel: 5, stride: 2, padding: 2,"
    " bias: yes, skip: true, norm: renorm:32, dropout: 0.25}\n"
    "    - {type: conv, channels: 9, kernel: 1, stride: 2, bias: true,"
    " skip: yes}\n"
    "    - {type: norm, norm: layer:chw}\n"
    "    - {type: norm}\n"
    "    - {type: relu}\n"
    "    - {type: dropout}\n"
    "    - {type: dropout, dropout: 0.5}\n"
    "    - {type: max-pool, size: 3, stride: 1}\n"
    "    - {type: avg-pool, size: 4}\n"
    "    - {type: global-avg-pool}\n"
    "    - {type: linear, channels: 10, bias: no}\n"
    "  weights: standardized\n"
    "renorm: {r_max: 2, d_max: 1.5, begin: 0.1, r_end: 0.5, d_end: 300}\n"
    "data: {shuffle: no, validation: 50, mean: [0.1, -0.2, 1e-300], "
    "deviation: [1, 2.5, 0.333333333333333314829616256247]}\n"
    "training: {epochs: 3, steps: 70, batch: 100, label_smoothing: 0.1, ema: 0.99}\n"
    "optimizer: {lr: 0.1, momentum: 0.5, nesterov: true, "
    "weight_decay: 5e-324, decay_norm: false, l1: 1e-3, l1_on: conv}\n"
    "schedule: {type: multi-step, gamma: 0.5, milestones: [3, 6, 9], warmup: 1.5}\n"
    "conv: {backend: gemm}\nevaluate: {statistics: batch, each_epoch: true}\n"
    "checkpoint: {every: 10min}\nwatchdog: {seconds: 60}\n";

static void everything_is_read(void **state) {
  (void)state;
  Config *c = parse(EVERYTHING);
  assert_string_equal(c->name, "other-name_1.2+");
  assert_string_equal(c->file, "t.yaml");
  assert_true(c->seed == UINT64_MAX);
  const NetworkConfig *n = &c->network;
  assert_ptr_equal(n->norm.kind, &NORM_GROUP_CHANNELS);
  assert_int_equal(n->norm.n, 4);
  assert_true(n->norm_epsilon == 0.001 && n->norm_momentum == 0.30000000000000004);
  assert_true(n->dropout == 0.1);
  const BlockOp order[] = {BLOCK_CONV, BLOCK_RELU, BLOCK_NORM, BLOCK_DROPOUT};
  assert_int_equal(n->n_order, BLOCK_OP_COUNT);
  assert_memory_equal(n->order, order, sizeof order);
  const Layer layers[] = {
      {"block", 10, {16, 5, 2, 2, 0, 1, 1, 0.25, {.kind = &NORM_RENORM, .n = 32}}},
      {"conv", 11, {9, 1, 2, 0, 0, 1, 1, 0, {0}}},
      {"norm", 12, {0, 0, 0, 0, 0, 0, 0, 0, {.kind = &NORM_LAYER_CHW, .n = 0}}},
      {"norm", 13, {0, 0, 0, 0, 0, 0, 0, 0, {.kind = &NORM_GROUP_CHANNELS, .n = 4}}},
      {"relu", 14, {0, 0, 0, 0, 0, 0, 0, 0, {0}}},
      {"dropout", 15, {0, 0, 0, 0, 0, 0, 0, 0.1, {0}}},
      {"dropout", 16, {0, 0, 0, 0, 0, 0, 0, 0.5, {0}}},
      {"max-pool", 17, {0, 0, 1, 0, 3, 0, 0, 0, {0}}},
      {"avg-pool", 18, {0, 0, 4, 0, 4, 0, 0, 0, {0}}},
      {"global-avg-pool", 19, {0, 0, 0, 0, 0, 0, 0, 0, {0}}},
      {"linear", 20, {10, 0, 0, 0, 0, 0, 0, 0, {0}}},
  };
  assert_int_equal(n->n_layers, sizeof layers / sizeof *layers);
  for (int i = 0; i < n->n_layers; i++) assert_layer(c, i, &layers[i]);
  assert_int_equal(n->weights, WEIGHTS_STANDARDIZED);
  assert_true(c->renorm.r_max == 2 && c->renorm.d_max == 1.5 && c->renorm.begin == 0.1);
  assert_true(c->renorm.r_end == 0.5 && c->renorm.d_end == 300);
  assert_true(!c->data.shuffle && c->data.validation == 50);
  assert_int_equal(c->data.n_mean, 3);
  assert_true(c->data.mean[1] == -0.2 && c->data.mean[2] == 1e-300);
  assert_true(c->data.deviation[1] == 2.5 && c->data.deviation[2] == 1.0 / 3);
  assert_int_equal(c->training.epochs, 3);
  assert_int_equal(c->training.steps, 70);
  assert_int_equal(c->training.batch, 100);
  assert_true(c->training.label_smoothing == 0.1 && c->training.ema == 0.99);
  assert_string_equal(c->optimizer.kind->name, "sgd");
  assert_int_equal(c->optimizer.l1_on, L1_ON_CONV);
  assert_true(c->optimizer.lr == 0.1);
  assert_value(c, "optimizer.momentum", "0.5");
  assert_value(c, "optimizer.nesterov", "true");
  assert_true(c->optimizer.weight_decay == 5e-324 && !c->optimizer.decay_norm);
  assert_true(c->optimizer.l1 == 1e-3);
  assert_string_equal(c->schedule.kind->name, "multi-step");
  assert_value(c, "schedule.gamma", "0.5");
  assert_value(c, "schedule.milestones", "[3, 6, 9]");
  assert_value(c, "schedule.every", NULL);
  assert_true(c->schedule.warmup == 1.5);
  assert_string_equal(c->conv.backend, "gemm");
  assert_true(c->checkpoint.every_steps == 0 && c->checkpoint.every_seconds == 600);
  assert_int_equal(c->evaluate.statistics, STATISTICS_BATCH);
  assert_int_equal(c->evaluate.each_epoch, 1);
  assert_true(c->watchdog.seconds == 60);
  config_free(c);
}

static void defaults_are_those_of_the_header(void **state) {
  (void)state;
  Config *c;
  Status status =
      config_parse(&c, &NETWORK_KINDS, "network: {layers: [{type: block, channels: 8}]}",
                   "/some/where/my net.v2.yaml", NULL, 0);
  assert_int_equal(status.code, STATUS_OK);
  assert_string_equal(c->name, "my_net.v2");
  assert_true(c->seed == 1);
  assert_layer(c, 0, &(Layer){"block", 1, {8, 3, 1, 0, 0, 0, 0, 0, {.kind = &NORM_BATCH, .n = 0}}});
  assert_ptr_equal(c->network.norm.kind, &NORM_BATCH);
  assert_true(c->network.norm_epsilon == 1e-5 && c->network.norm_momentum == 0.1);
  assert_true(c->network.dropout == 0 && c->network.n_order == 4);
  assert_int_equal(c->network.weights, WEIGHTS_PLAIN);
  assert_true(c->data.shuffle && c->data.n_mean == 0 && c->data.validation == 0);
  assert_true(c->training.epochs == 15 && c->training.steps == 0 && c->training.batch == 128);
  assert_true(c->training.label_smoothing == 0 && c->training.ema == 0);
  assert_string_equal(c->optimizer.kind->name, "sgd");
  assert_int_equal(c->optimizer.l1_on, L1_ON_ALL);
  assert_true(c->optimizer.lr == 0.05);
  assert_value(c, "optimizer.momentum", "0.9");
  assert_value(c, "optimizer.nesterov", "false");
  assert_true(c->optimizer.weight_decay == 0 && c->optimizer.decay_norm && c->optimizer.l1 == 0);
  assert_string_equal(c->schedule.kind->name, "constant");
  assert_true(c->evaluate.statistics == STATISTICS_RUNNING && !c->evaluate.each_epoch);
  assert_true(c->schedule.warmup == 0 && !strcmp(c->conv.backend, "auto"));
  assert_true(c->checkpoint.every_steps == 0 && c->checkpoint.every_seconds == 0 &&
              c->watchdog.seconds == 300);
  config_free(c);
}

#define SAME(member) assert_true(a->member == b->member)

static void assert_same(const Config *a, const Config *b) {
  assert_string_equal(a->name, b->name);
  assert_string_equal(a->conv.backend, b->conv.backend);
  SAME(seed);
  SAME(network.norm.kind);
  SAME(network.norm.n);
  SAME(network.norm_epsilon);
  SAME(network.norm_momentum);
  SAME(network.dropout);
  SAME(network.n_order);
  SAME(network.weights);
  SAME(network.n_layers);
  assert_memory_equal(a->network.order, b->network.order, sizeof a->network.order);
  for (int i = 0; i < a->network.n_layers; i++)
    assert_true(same_settings(layer_settings(a, i), layer_settings(b, i)));
  SAME(data.n_mean);
  assert_memory_equal(&a->data, &b->data, sizeof a->data);
  SAME(augment.rotation);
  SAME(augment.shift);
  SAME(augment.scale);
  SAME(augment.shear);
  SAME(augment.crop);
  SAME(augment.flip);
  assert_memory_equal(&a->training, &b->training, sizeof a->training);
  SAME(optimizer.l1_on);
  SAME(optimizer.lr);
  SAME(optimizer.weight_decay);
  SAME(optimizer.decay_norm);
  SAME(optimizer.l1);
  SAME(optimizer.kind);
  assert_memory_equal(a->optimizer.settings, b->optimizer.settings,
                      a->optimizer.kind->settings_bytes);
  SAME(schedule.kind);
  assert_memory_equal(a->schedule.settings, b->schedule.settings, a->schedule.kind->settings_bytes);
  SAME(schedule.warmup);
  SAME(checkpoint.every_steps);
  SAME(checkpoint.every_seconds);
  SAME(evaluate.statistics);
  SAME(evaluate.each_epoch);
  SAME(watchdog.seconds);
}

static void reads_back(Config *first) {
  char *text = text_of(first);
  Config *second = parse(text);
  char *again = text_of(second);
  assert_same(first, second);
  assert_string_equal(text, again);
  char difference[200];
  assert_int_equal(config_difference(difference, sizeof difference, first, second), 0);
  free(text);
  free(again);
  config_free(first);
  config_free(second);
}

static void texts_read_back(void **state) {
  (void)state;
  static const char *const MORE[] = {
      "network: {order: [conv], layers: [{type: block, channels: 1}]}",
      "network: {order: [conv, norm], dropout: 0.3, layers: [{type: block, channels: 1}, {type: "
      "dropout}]}",
      "network: {norm: none, layers: [{type: norm, norm: none}, {type: norm, norm: instance}]}",
      "{network: {layers: [{type: relu}]}, checkpoint: {every: 50}, optimizer: , data: ~}",
      "{network: {layers: [{type: relu}]}, checkpoint: {every: 0.1s}}",
      "{network: {layers: [{type: relu}]}, checkpoint: {every: 1.1h}}",
      "{network: {layers: [{type: relu}]}, optimizer: {type: adam}}",
      "{network: {layers: [{type: relu}]}, optimizer: {beta1: 0.5, beta2: 0.75, epsilon: 1e-3, lr: "
      "3, "
      "weight_decay: 0.5, type: adamw, decay_norm: no, l1: 1}}",
  };
  reads_back(parse(EVERYTHING));
  for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) reads_back(parse(MORE[i]));
  Config *config;
  Status status = config_read(&config, &NETWORK_KINDS, CONFIGS "/s6.yaml", NULL, 0);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  reads_back(config);
}

static void numbers_are_shortest(void **state) {
  (void)state;
  Config *config = parse(EVERYTHING);
  char *text = text_of(config);
  assert_non_null(strstr(text, "\n  momentum: 0.30000000000000004\n"));
  assert_non_null(strstr(text, "\n  lr: 0.1\n"));
  assert_non_null(strstr(text, "deviation: [1, 2.5, 0.3333333333333333]\n"));
  assert_non_null(strstr(text, "\nseed: 18446744073709551615\n"));
  free(text);
  config_free(config);
}

static void s6_is_the_published_network(void **state) {
  (void)state;
  static const int CHANNELS[] = {8, 8, 8, 0, 12, 14, 8, 26, 50, 0, 10};
  Config *c;
  Status status = config_read(&c, &NETWORK_KINDS, CONFIGS "/s6.yaml", NULL, 0);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  assert_string_equal(c->name, "s6");
  assert_int_equal(c->network.n_layers, sizeof CHANNELS / sizeof *CHANNELS);
  int weights = 0, norms = 0, before = 1;
  for (int i = 0; i < c->network.n_layers; i++) {
    const LayerSettings settings = layer_settings(c, i), *layer = &settings;
    assert_int_equal(layer->channels, CHANNELS[i]);
    if (layer->channels == 0) continue;
    weights += before * layer->channels * layer->kernel * layer->kernel;
    norms += layer_is(c, i, "block") ? 2 * layer->channels : 0;
    before = layer->channels;
  }
  assert_int_equal(weights, 7384);
  assert_int_equal(norms, 268);
  config_free(c);
}

static void result_text_leaves_out_what_has_no_effect(void **state) {
  (void)state;
  Config *config = parse(EVERYTHING);
  char *all = text_of(config), *result;
  assert_int_equal(config_result_text(&result, config).code, STATUS_OK);
  assert_non_null(strstr(all, "\ncheckpoint:\n  every: 600s\nwatchdog:\n  seconds: 60\n"));
  assert_true(!strstr(result, "checkpoint") && !strstr(result, "watchdog"));
  assert_null(strstr(result, "other-name"));
  assert_non_null(strstr(result, "backend: gemm"));
  Config *again = parse(result);
  char difference[200];
  assert_int_equal(config_difference(difference, sizeof difference, config, again), 0);
  config_free(again);
  free(all);
  free(result);
  config_free(config);
}

typedef struct Seen {
  char text[8192];
  int n;
} Seen;

static void see(void *context, const ConfigValue *value) {
  Seen *seen = context;
  size_t used = strlen(seen->text);
  snprintf(seen->text + used, sizeof seen->text - used, "%s=%s\n", value->path, value->text);
  seen->n++;
}

static void visits_every_value(void **state) {
  (void)state;
  Config *config = parse(EVERYTHING);
  Seen seen = {.n = 0};
  config_visit(config, see, &seen);
  const char *at = seen.text;
  static const char *const IN_ORDER[] = {
      "name=other-name_1.2+\n",
      "seed=18446744073709551615\n",
      "network.norm=group:c/4\n",
      "network.order=[conv, relu, norm, dropout]\nnetwork.weights=standardized\n",
      "network.layers.0={type: block, channels: 16, kernel: 5, stride: 2, padding: 2, bias: true, "
      "skip: true, norm: renorm:32, dropout: 0.25}\n",
      "network.layers.3={type: norm}\n",
      "network.layers.7={type: max-pool, size: 3, stride: 1}\n",
      "network.layers.10={type: linear, channels: 10, bias: false}\n",
      "data.validation=50\ndata.mean=[0.1, -0.2, 1e-300]\n",
      "optimizer.weight_decay=4.94065645841247e-324\n",
      "schedule.milestones=[3, 6, 9]\n",
      "evaluate.statistics=batch\nevaluate.each_epoch=true\n",
      "checkpoint.every=600s\nwatchdog.seconds=60\n",
  };
  for (size_t i = 0; i < sizeof IN_ORDER / sizeof *IN_ORDER; i++) {
    const char *found = strstr(at, IN_ORDER[i]);
    if (!found) fail_msg("no %s in order in %s", IN_ORDER[i], seen.text);
    at = found;
  }
  assert_int_equal(seen.n, 2 + 6 + 11 + 5 + 4 + 6 + 5 + 8 + 4 + 1 + 2 + 3 + 1 + 1);
  config_free(config);
}

static void differ(const char *a, const char *b, const char *expected) {
  Config *here = parse(a), *there = parse(b);
  char text[300] = "";
  int differs = config_difference(text, sizeof text, here, there);
  assert_int_equal(differs, expected != NULL);
  assert_string_equal(text, expected ? expected : "");
  config_free(here);
  config_free(there);
}

static void differences_are_named(void **state) {
  (void)state;
#define NET "network: {layers: [{type: conv, channels: 8}, {type: relu}]}\n"
  differ(NET "optimizer: {lr: 0.1}", NET, "optimizer.lr: 0.1 here, 0.05 there");
  differ(NET, NET "name: other\ncheckpoint: {every: 30s}\nwatchdog: {seconds: 9}", NULL);
  differ(NET "conv: {backend: gemm}", NET, "conv.backend: gemm here, auto there");
  differ(NET "seed: 2", NET "optimizer: {lr: 1}", "seed: 2 here, 1 there");
  differ(NET, "network: {layers: [{type: conv, channels: 8}]}",
         "network.layers: 2 layers here, 1 there");
  differ(NET, "network: {layers: [{type: conv, channels: 8}, {type: norm}]}",
         "network.layers.1: {type: relu} here, {type: norm} there");
  differ(NET "data: {mean: [1], deviation: [2]}", NET, "data.mean: [1] here, [] there");
}

static void layer_errors_name_the_place(void **state) {
  (void)state;
  Config *config = parse(EVERYTHING);
  Status status = config_layer_error(config, 7, "%dx%d is too small", 2, 2);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_string_equal(status.text, "t.yaml:17: network.layers.7 (max-pool): 2x2 is too small");
  config_free(config);
}

/* Values as long as they can be fit the room there is for them. */
static void longest_values_fit(void **state) {
  (void)state;
  enum { N_MILESTONES = 32 };
  char yaml[2000] = NET "schedule: {type: multi-step, milestones: [";
  for (int i = 0; i < N_MILESTONES; i++)
    sprintf(yaml + strlen(yaml), "%s%d", i ? ", " : "", 100000 - N_MILESTONES + i);
  strcat(yaml, "]}\ndata: {mean: [");
  for (int i = 0; i < MAX_INPUT_CHANNELS; i++)
    strcat(yaml, i ? ", -1.2345678901234567e-300" : "-1.2345678901234567e-300");
  strcat(yaml, "], deviation: [");
  for (int i = 0; i < MAX_INPUT_CHANNELS; i++)
    strcat(yaml, i ? ", 1.2345678901234567e-300" : "1.2345678901234567e-300");
  strcat(yaml, "]}\n");
  reads_back(parse(yaml));
  reads_back(parse("network: {layers: [{type: block, channels: 65536, kernel: 255, stride: 2, "
                   "padding: 254, bias: false, skip: false, norm: group:c/1000000, dropout: "
                   "0.12345678901234566}]}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_is_read),
      cmocka_unit_test(defaults_are_those_of_the_header),
      cmocka_unit_test(texts_read_back),
      cmocka_unit_test(numbers_are_shortest),
      cmocka_unit_test(s6_is_the_published_network),
      cmocka_unit_test(result_text_leaves_out_what_has_no_effect),
      cmocka_unit_test(visits_every_value),
      cmocka_unit_test(differences_are_named),
      cmocka_unit_test(layer_errors_name_the_place),
      cmocka_unit_test(longest_values_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
