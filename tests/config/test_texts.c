/* What is made of a configuration besides its text: what a hash is made of, what older files hold,
 * typed values, and which keys make a variant. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET "network: {layers: [{type: conv, channels: 8, kernel: 3}, {type: relu}]}\n"

static void assert_canonical(const char *yaml, const char *expected) {
  Config *config = parse(yaml);
  char *text;
  Status status = config_canonical_text(&text, config);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  assert_string_equal(text, expected);
  free(text);
  config_free(config);
}

static void a_hash_is_made_of_what_is_not_default(void **state) {
  (void)state;
#define LAYERS                                                                                     \
  "network.layers.0.channels: 8\nnetwork.layers.0.type: conv\nnetwork.layers.1.type: relu\n"
#define AUTO "conv.backend: auto\n" /* which was not the default at first */
  assert_canonical(NET, AUTO LAYERS);
  assert_canonical(NET "conv: {backend: direct}\n", LAYERS);
  /* Defaults that are written out, and what results do not depend on. */
  assert_canonical(NET "name: other\ncheckpoint: {every: 5}\nwatchdog: {seconds: 9}\nseed: 1\n"
                       "optimizer: {type: sgd, lr: 5e-2, momentum: 0.90, nesterov: no}\n"
                       "schedule: {type: constant}\ndata: {mean: [], shuffle: yes}\n",
                   AUTO LAYERS);
  assert_canonical(NET "seed: 2\noptimizer: {type: adam, lr: 0.05, beta1: 0.9}\n"
                       "data: {mean: [0.5], deviation: [1]}\ntraining: {epochs: 3}\n",
                   AUTO "data.deviation: [1]\ndata.mean: [0.5]\n" LAYERS
                        "optimizer.lr: 0.05\noptimizer.type: adam\nseed: 2\ntraining.epochs: 3\n");
  /* What the norm of no layer makes use of. */
  assert_canonical(NET "renorm: {begin: 0.1, r_max: 4}\n", AUTO LAYERS);
  assert_canonical("network: {norm: renorm, layers: [{type: norm}]}\nrenorm: {begin: 0.1}\n",
                   AUTO "network.layers.0.type: norm\nnetwork.norm: renorm\nrenorm.begin: 0.1\n");
  /* The default of one type is not that of another. */
  assert_canonical(NET "optimizer: {type: adamw, lr: 0.001, weight_decay: 0.01}\n",
                   AUTO LAYERS "optimizer.type: adamw\n");
  /* A layer that follows network.norm, and one that says the same by itself. */
  assert_canonical("network: {norm: layer, layers: [{type: norm}, {type: norm, norm: layer}, "
                   "{type: norm, norm: batch}, {type: max-pool, stride: 2}]}",
                   AUTO "network.layers.0.type: norm\nnetwork.layers.1.type: norm\n"
                        "network.layers.2.norm: batch\nnetwork.layers.2.type: norm\n"
                        "network.layers.3.type: max-pool\nnetwork.norm: layer\n");
#undef LAYERS
#undef AUTO
}

/* A norm with commas in it, of the network and of a layer: the text is YAML that says the same. */
static void norms_over_axes_keep_their_commas(void **state) {
  (void)state;
  Config *config = parse("network:\n  norm: over(w, c:4) affine:none\n  layers:\n"
                         "    - {type: block, channels: 8, norm: 'over(n:32,c,h,w)'}\n"
                         "    - {type: norm, norm: layer}\n");
  Config *again = NULL;
  char *text, difference[200];
  assert_int_equal(config_text(&text, config).code, STATUS_OK);
  assert_non_null(strstr(text, "  norm: over(c:4,w) affine:none\n"));
  assert_non_null(strstr(text, ", norm: 'over(n:32,c,h,w)'"));
  assert_non_null(strstr(text, "norm: layer}"));
  Status status = config_parse(&again, &NETWORK_KINDS, text, "t.h5", NULL, 0);
  if (status.code != STATUS_OK) fail_msg("%s\n%s", status.text, text);
  assert_int_equal(config_difference(difference, sizeof difference, config, again), 0);
  free(text);
  config_free(config);
  config_free(again);
}

/* As files of older programs have it: all keys of the schedule. */
static void stored_texts_read(void **state) {
  (void)state;
  static const char STORED[] =
      NET "schedule:\n  type: constant\n  every: 5\n  gamma: 0.1\n  milestones: []\n"
          "  final: 0\n  rise: 0.3\n  div: 25\n  final_div: 10000\n  warmup: 1\n";
  Config *stored = NULL, *fresh = parse(NET "schedule: {warmup: 1}\n");
  char text[200];
  Status status = config_parse(&stored, &NETWORK_KINDS, STORED, "t.h5", NULL, 0);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_string_equal(status.text, "t.h5:4: schedule.every: means nothing for constant; accepted: "
                                   "type, warmup");
  status = config_parse_stored(&stored, &NETWORK_KINDS, STORED, "t.h5");
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  assert_int_equal(config_difference(text, sizeof text, stored, fresh), 0);
  assert_true(stored->schedule.warmup == 1);
  config_free(stored);
  /* What no kind has is refused all the same. */
  status = config_parse_stored(&stored, &NETWORK_KINDS, NET "schedule: {evry: 5}\n", "t.h5");
  assert_int_equal(status.code, STATUS_USAGE);
  assert_null(stored);
  config_free(fresh);
}

typedef struct Typed {
  const char *path;
  KeyType type;
  int n;
  double first, last;
} Typed;

static const Typed TYPED[] = {
    {"name", KEY_NAME, -1, 0, 0},
    {"network.norm", KEY_NORM, -1, 0, 0},
    {"network.epsilon", KEY_NUMBER, 1, 1e-5, 1e-5},
    {"network.order", KEY_WORDS, -1, 0, 0},
    {"network.layers.0", KEY_LAYERS, -1, 0, 0},
    {"data.shuffle", KEY_SWITCH, 1, 1, 1},
    {"data.mean", KEY_NUMBERS, 2, 0.25, 0.5},
    {"training.batch", KEY_WHOLE, 1, 128, 128},
    {"optimizer.type", KEY_KIND, -1, 0, 0},
    {"optimizer.momentum", KEY_NUMBER, 1, 0.9, 0.9},
    {"optimizer.nesterov", KEY_SWITCH, 1, 0, 0},
    {"schedule.milestones", KEY_WHOLES, 3, 2, 9},
    {"conv.backend", KEY_WORD, -1, 0, 0},
    {"checkpoint.every", KEY_INTERVAL, -1, 0, 0},
    {"seed", KEY_SEED, -1, 0, 0},
};
enum { N_TYPED = sizeof TYPED / sizeof *TYPED };

static void see(void *context, const ConfigValue *value) {
  int *n_seen = context;
  for (int i = 0; i < N_TYPED; i++) {
    const Typed *typed = &TYPED[i];
    if (strcmp(typed->path, value->path) != 0) continue;
    if (value->key->type != typed->type || value->n != typed->n)
      fail_msg("%s is of type %d with %d numbers", value->path, (int)value->key->type, value->n);
    if (value->n > 0)
      assert_true(value->number[0] == typed->first && value->number[value->n - 1] == typed->last);
    (*n_seen)++;
  }
  if (value->key->type == KEY_SEED) assert_true(value->seed == UINT64_MAX);
}

static void values_have_types(void **state) {
  (void)state;
  int n_seen = 0;
  Config *config = parse(NET "seed: 18446744073709551615\ndata: {mean: [0.25, 0.5], deviation: [1, "
                             "1]}\nschedule: {type: multi-step, milestones: [2, 5, 9]}\n");
  config_visit(config, see, &n_seen);
  assert_int_equal(n_seen, N_TYPED);
  config_free(config);
}

static void some_keys_make_no_variant(void **state) {
  (void)state;
  static const char *const MAKE[] = {"network.norm",        "network.layers.3", "optimizer.lr",
                                     "optimizer.momentum",  "schedule.rise",    "conv.backend",
                                     "evaluate.statistics", "init_hash",        "training.epochs",
                                     "of.another.program"};
  static const char *const DO_NOT[] = {"name", "seed", "checkpoint.every", "watchdog.seconds"};
  for (size_t i = 0; i < sizeof MAKE / sizeof *MAKE; i++)
    if (!config_key_makes_variant(MAKE[i])) fail_msg("%s", MAKE[i]);
  for (size_t i = 0; i < sizeof DO_NOT / sizeof *DO_NOT; i++)
    if (config_key_makes_variant(DO_NOT[i])) fail_msg("%s", DO_NOT[i]);
}

static void some_keys_are_of_other_types(void **state) {
  (void)state;
  static const struct {
    const char *path, *type;
    int applies;
  } CASES[] = {
      {"schedule.rise", "constant", 0},
      {"schedule.rise", "one-cycle", 1},
      {"schedule.warmup", "constant", 1},
      {"schedule.type", "constant", 1},
      {"schedule.rise", "of-later", 1},
      {"schedule.unknown", "constant", 1},
      {"optimizer.momentum", "adam", 0},
      {"optimizer.momentum", "sgd", 1},
      {"optimizer.lr", "adam", 1},
      {"network.norm", "", 1},
      {"seed", "", 1},
      {"schedule.rise", "", 1},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
    if (config_key_applies(&NETWORK_KINDS, CASES[i].path, CASES[i].type) != CASES[i].applies)
      fail_msg("%s for %s", CASES[i].path, CASES[i].type);
}

/* Keys that mean something for some norms alone, whether that is the norm of the network or of one
 * layer. */
static void keys_of_norms_have_a_scope(void **state) {
  (void)state;
  static const char *const NORMS[] = {"norm: renorm, layers: [{type: norm}]",
                                      "norm: layer, layers: [{type: norm}, {type: norm, norm: "
                                      "'renorm:4'}]"};
  for (int i = 0; i < 2; i++) {
    char text[200];
    snprintf(text, sizeof text, "network: {%s}\nrenorm: {d_max: 4}\n", NORMS[i]);
    Config *c = parse(text);
    assert_true(c->renorm.r_max == 3 && c->renorm.d_max == 4 && c->renorm.begin == 5000);
    assert_true(c->renorm.r_end == 40000 && c->renorm.d_end == 25000);
    assert_value(c, "renorm.d_max", "4");
    config_free(c);
  }
  /* Here no layer is of the network's norm. */
  Config *c = parse("network: {norm: renorm, layers: [{type: norm, norm: batch}]}\n"
                    "renorm: {d_max: 4}\n");
  assert_value(c, "renorm.d_max", NULL);
  assert_value(c, "renorm.r_max", NULL);
  config_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_hash_is_made_of_what_is_not_default),
      cmocka_unit_test(norms_over_axes_keep_their_commas),
      cmocka_unit_test(stored_texts_read),
      cmocka_unit_test(values_have_types),
      cmocka_unit_test(some_keys_make_no_variant),
      cmocka_unit_test(some_keys_are_of_other_types),
      cmocka_unit_test(keys_of_norms_have_a_scope),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
