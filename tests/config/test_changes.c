#include "fixture.h"
#include "support/norm_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char S6[] = CONFIGS "/s6.yaml";

static void changes_are_applied_in_order(void **state) {
  (void)state;
  const ConfigChange changes[] = {
      {"--norm", "network.norm", "group:c/4"},
      {"--seed", "seed", "7"},
      {"--epochs", "training.epochs", "3"},
      {"--set", "optimizer.lr", "0.5"},
      {"--set", "optimizer.lr", "0.25"},
      {"--set", "network.layers.3.size", "3"},
      {"--set", "network.layers.4", "{type: conv, channels: 7}"},
      {"--set", "schedule", "{type: multi-step}"},
      {"--set", "schedule.milestones", "[1, 2]"},
      {"--set", "schedule.milestones.1", "5"},
      {"--set", "checkpoint.every", "30s"},
      {"--set", "data", "{mean: [0.5], deviation: [0.25]}"},
  };
  Config *c;
  Status status = config_read(&c, &NETWORK_KINDS, S6, changes, sizeof changes / sizeof *changes);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  assert_ptr_equal(c->network.norm.kind, &NORM_GROUP_CHANNELS);
  assert_ptr_equal(layer_settings(c, 0).norm.kind, &NORM_GROUP_CHANNELS);
  assert_int_equal(layer_settings(c, 0).norm.n, 4);
  assert_true(c->seed == 7 && c->training.epochs == 3 && c->training.batch == 128);
  assert_true(c->optimizer.lr == 0.25);
  assert_value(c, "optimizer.nesterov", "true");
  assert_int_equal(layer_settings(c, 3).size, 3);
  assert_int_equal(layer_settings(c, 3).stride, 3);
  assert_true(layer_is(c, 4, "conv"));
  assert_int_equal(layer_settings(c, 4).channels, 7);
  assert_int_equal(layer_settings(c, 5).channels, 14);
  assert_int_equal(c->network.n_layers, 11);
  assert_string_equal(c->schedule.kind->name, "multi-step");
  assert_value(c, "schedule.milestones", "[1, 5]");
  assert_true(c->checkpoint.every_seconds == 30);
  assert_true(c->data.n_mean == 1 && c->data.deviation[0] == 0.25);
  config_free(c);
}

static void norm_reaches_a_resolved_configuration(void **state) {
  (void)state;
  Config *first, *second;
  char *text;
  assert_int_equal(config_read(&first, &NETWORK_KINDS, S6, NULL, 0).code, STATUS_OK);
  assert_int_equal(config_text(&text, first).code, STATUS_OK);
  const ConfigChange change = {"--norm", "network.norm", "layer:w"};
  assert_int_equal(config_parse(&second, &NETWORK_KINDS, text, "s6.h5", &change, 1).code,
                   STATUS_OK);
  assert_ptr_equal(layer_settings(second, 0).norm.kind, &NORM_LAYER_W);
  assert_string_equal(second->name, "s6");
  char difference[100];
  assert_int_equal(config_difference(difference, sizeof difference, first, second), 1);
  assert_string_equal(difference, "network.norm: batch here, layer:w there");
  free(text);
  config_free(first);
  config_free(second);
}

#define SET(key, value)                                                                            \
  { "--set", key, value }

static const struct {
  ConfigChange change;
  const char *message;
} REFUSED[] = {
    {SET("optimizer.lr", "abc"), "--set optimizer.lr=abc: 'abc' is not a number; accepted: a "
                                 "number of at least 0"},
    {{"--norm", "network.norm", "foo"}, NULL},
    {{"--norm", "network.norm", "over(c,h)"},
     "--norm over(c,h): 'over(c,h)' is not a norm: h goes with w: take h,w for whole channels, or "
     "w for each row by itself"},
    {{"--seed", "seed", "-1"},
     "--seed -1: '-1' is no whole number of 64 bits; accepted: a whole number from "
     "0 to 18446744073709551615"},
    {SET("optimizer.lrr", "1"),
     "--set optimizer.lrr=1: unknown key, perhaps lr is meant; accepted: "
     "type, lr, momentum, nesterov, weight_decay, decay_norm, l1, l1_on"},
    {SET("optimizer.type", "adam"),
     "--set optimizer.type=adam: optimizer.momentum: means nothing for adam; accepted: type, lr, "
     "beta1, beta2, epsilon, weight_decay, decay_norm, l1, l1_on"},
    {SET("optimzer.lr", "1"),
     "--set optimzer.lr=1: optimzer: unknown key, perhaps optimizer is "
     "meant; accepted: name, seed, network, renorm, data, augment, "
     "training, optimizer, schedule, conv, evaluate, probes, checkpoint, watchdog"},
    {SET("renorm.begin", "0.1"),
     "--set renorm.begin=0.1: means nothing here; it does only if the norm of a layer is one of "
     "renorm, renorm:N; accepted: no key of this section"},
    {SET("optimizer.lr.x", "1"), "--set optimizer.lr.x=1: optimizer.lr: is a single value and has "
                                 "no keys below it"},
    {SET("network.layers.11.channels", "1"), "--set network.layers.11.channels=1: network.layers: "
                                             "there is no entry '11'; accepted: 0 to 10"},
    {SET("network.layers.first", "1"), "--set network.layers.first=1: network.layers: there is no "
                                       "entry 'first'; accepted: 0 to 10"},
    {SET("network.layers.3.kernel", "1"), "--set network.layers.3.kernel=1: means nothing for "
                                          "max-pool; accepted: type, size, stride"},
    {SET("network.layers.3", "{type: relu, size: 1}"),
     "--set network.layers.3={type: relu, size: 1}: network.layers.3.size: means nothing for relu; "
     "accepted: type"},
    {SET("optimizer.momentum", "0"), "--set optimizer.momentum=0: optimizer.nesterov: true, but "
                                     "optimizer.momentum is 0; accepted: false, or a momentum "
                                     "above 0"},
    {SET("optimizer", "5"), "--set optimizer=5: a single value cannot stand here; accepted: keys "
                            "and values below it"},
    {SET("seed", ""), "--set seed=: no value"},
    {SET("", "1"), "--set =1: not a key; accepted: keys like optimizer.lr"},
    {SET("optimizer..lr", "1"),
     "--set optimizer..lr=1: not a key; accepted: keys like optimizer.lr"},
    {SET("optimizer.", "1"), "--set optimizer.=1: not a key; accepted: keys like optimizer.lr"},
    {SET("schedule.milestones", "[1, 2"), "--set schedule.milestones=[1, 2: not YAML at column 1: "
                                          "did not find expected ',' or ']' while parsing a flow "
                                          "sequence"},
    {SET("seed", "&a 1"), "--set seed=&a 1: anchors (&a) are not accepted; write the value out"},
    {SET("seed", "1\n--- 2"),
     "--set seed=1?--- 2: a second document begins here; accepted: one document"},
    {SET("seed", "\x80"), NULL},
};

static void a_wrong_norm_is_told(void **state) {
  (void)state;
  const ConfigChange change = {"--norm", "network.norm", "foo"};
  char accepted[400], expected[600];
  Config *config = NULL;
  Status status = config_read(&config, &NETWORK_KINDS, S6, &change, 1);
  norm_spec_accepted(accepted, sizeof accepted);
  snprintf(expected, sizeof expected,
           "--norm foo: 'foo' is not a norm; accepted: %s (N from 1 to 1000000)", accepted);
  assert_string_equal(status.text, expected);
}

static void culprits_are_named(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
    /* The culprit stands between two that are fine. */
    const ConfigChange changes[] = {SET("training.epochs", "2"), REFUSED[i].change,
                                    SET("training.batch", "64")};
    Config *config = (Config *)1;
    Status status = config_read(&config, &NETWORK_KINDS, S6, changes, 3);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_null(config);
    if (REFUSED[i].message) assert_string_equal(status.text, REFUSED[i].message);
  }
}

/* Each of the two alone is refused, so their order must not matter. */
static void changes_may_need_each_other(void **state) {
  (void)state;
  const ConfigChange changes[] = {SET("optimizer.momentum", "0"), SET("optimizer.nesterov", "no"),
                                  SET("data.mean", "[1]"), SET("data.deviation", "[1]")};
  Config *config;
  Status status = config_read(&config, &NETWORK_KINDS, S6, changes, 4);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  config_free(config);
  status = config_read(&config, &NETWORK_KINDS, S6, changes, 3);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_string_equal(status.text, "--set data.mean=[1]: data.deviation: 0 entries, but data.mean "
                                   "has 1; accepted: as many");
}

static void the_file_is_blamed_for_its_own(void **state) {
  (void)state;
  const ConfigChange change = SET("optimizer.lr", "abc");
  Config *config;
  Status status = config_parse(&config, &NETWORK_KINDS, "seed: x\n", "t.yaml", &change, 1);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_memory_equal(status.text, "t.yaml:1: seed: ", 16);
}

/* Too many for the data: what only the reader of these can tell. */
static void a_split_is_blamed_on_its_place(void **state) {
  (void)state;
  static const char *const text = "network: {layers: [{type: relu}]}\ndata:\n  validation: 9\n";
  const ConfigChange change = SET("data.validation", "8");
  for (int n = 0; n < 2; n++) {
    Config *config;
    assert_int_equal(config_parse(&config, &NETWORK_KINDS, text, "t.yaml", &change, n).code,
                     STATUS_OK);
    assert_int_equal(config->data.validation, n ? 8 : 9);
    Status status = config_validation_error(config, "only %d", 5);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_string_equal(status.text, n ? "--set data.validation=8: only 5"
                                       : "t.yaml:3: data.validation: only 5");
    config_free(config);
  }
}

static void a_split_is_part_of_what_results_depend_on(void **state) {
  (void)state;
  const ConfigChange change = SET("data.validation", "8");
  Config *here, *there;
  assert_int_equal(config_read(&here, &NETWORK_KINDS, S6, &change, 1).code, STATUS_OK);
  assert_int_equal(config_read(&there, &NETWORK_KINDS, S6, NULL, 0).code, STATUS_OK);
  char text[100];
  assert_true(config_difference(text, sizeof text, here, there));
  assert_string_equal(text, "data.validation: 8 here, 0 there");
  config_free(here);
  config_free(there);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_are_applied_in_order),
      cmocka_unit_test(norm_reaches_a_resolved_configuration),
      cmocka_unit_test(a_wrong_norm_is_told),
      cmocka_unit_test(culprits_are_named),
      cmocka_unit_test(changes_may_need_each_other),
      cmocka_unit_test(the_file_is_blamed_for_its_own),
      cmocka_unit_test(a_split_is_blamed_on_its_place),
      cmocka_unit_test(a_split_is_part_of_what_results_depend_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
