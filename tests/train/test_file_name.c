/* Default names of result files: the same for the same run, others for others. */
#include "nn/kinds.h"
#include "support/cmocka_all.h"
#include "train/file_name.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SGD[] = "name: t\n"
                          "network:\n"
                          "  layers:\n"
                          "    - {type: block, channels: 4}\n"
                          "    - {type: max-pool}\n"
                          "    - {type: block, channels: 4, norm: batch}\n"
                          "    - {type: linear, channels: 10}\n"
                          "optimizer: {lr: 0.1, weight_decay: 0.00005}\n";
static const char ADAM[] = "name: t\n"
                           "network:\n"
                           "  layers: [{type: linear, channels: 10}]\n"
                           "optimizer: {type: adam, lr: 0.1}\n";

enum { MOST = 12, NAME = 300 };

/* changes: "KEY=VALUE", ended by NULL. */
static void name_of(char name[NAME], const char *text, const char *const *changes, const char *data,
                    const char *init) {
  ConfigChange change[MOST];
  char words[MOST][200];
  int n = 0;
  for (; changes && changes[n]; n++) {
    snprintf(words[n], sizeof words[n], "%s", changes[n]);
    char *value = strchr(words[n], '=');
    *value++ = '\0';
    change[n] = (ConfigChange){"--set", words[n], value};
  }
  Config *config, *base;
  Status status = config_parse(&base, &NETWORK_KINDS, text, "t.yaml", NULL, 0);
  if (status.code == STATUS_OK)
    status = config_parse(&config, &NETWORK_KINDS, text, "t.yaml", change, n);
  if (status.code == STATUS_OK) status = file_name_of_run(name, NAME, config, base, data, init);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  config_free(config);
  config_free(base);
}

#define CHANGES(...)                                                                               \
  (const char *const[]) {                                                                          \
    __VA_ARGS__, NULL                                                                              \
  }

static void expect(const char *wanted, const char *text, const char *const *changes) {
  char name[NAME];
  name_of(name, text, changes, "folder", NULL);
  assert_string_equal(name, wanted);
}

static void what_is_changed_is_in_it(void **state) {
  (void)state;
  expect("results/t-batch-s1.h5", SGD, NULL);
  expect("results/t-group-c-2-s7.h5", SGD,
         CHANGES("network.layers.2.norm=group:c/2", "network.norm=group:c/2", "seed=7"));
  expect("results/t-batch-lr0.002-s1.h5", SGD, CHANGES("optimizer.lr=0.002"));
  expect("results/t-batch-epochs3-lr0.002-s1.h5", SGD,
         CHANGES("optimizer.lr=2e-3", "training.epochs=3"));
  expect("results/t-batch-l1-0.0001-s1.h5", SGD, CHANGES("optimizer.l1=0.0001"));
  expect("results/t-batch-weight_decay0-s1.h5", SGD, CHANGES("optimizer.weight_decay=0"));
  expect("results/t-batch-shuffle-false-s1.h5", SGD, CHANGES("data.shuffle=no"));
  expect("results/t-batch-layers.1.size3-s1.h5", SGD, CHANGES("network.layers.1.size=3"));
  expect("results/t-batch-optimizer.type-adam-lr0.01-s1.h5", SGD,
         CHANGES("optimizer={type: adam, lr: 0.01, weight_decay: 0.00005}"));
}

/* Nor what results do not depend on, nor what is as the file has it. */
static void any_norm_has_a_name(void **state) {
  (void)state;
  expect("results/t-over-n-32-c-4-h-w-affine-none-s1.h5", ADAM,
         CHANGES("network.norm=over(n:32,c:4,h,w) affine:none"));
  expect("results/t-over-c-4-w-s1.h5", ADAM, CHANGES("network.norm=over(w, c:4)"));
  expect("results/t-over-c-c-4-w-s1.h5", ADAM, CHANGES("network.norm=over(w, c:C/4)"));
  expect("results/t-rms-layer-shift-s1.h5", ADAM, CHANGES("network.norm=rms-over(c,h,w) shift"));
  expect("results/t-batch-s1.h5", ADAM, CHANGES("network.norm=over(n,h,w)"));
}

static void what_is_not_changed_is_not(void **state) {
  (void)state;
  expect("results/t-batch-s1.h5", SGD,
         CHANGES("optimizer.lr=0.10", "optimizer.weight_decay=5e-5", "watchdog.seconds=10",
                 "checkpoint.every=3"));
  expect("results/other-batch-s1.h5", SGD, CHANGES("name=other"));
}

/* Each differs from each: what is followed by default, keys of one name in two sections, lists. */
static void others_have_other_names(void **state) {
  (void)state;
  static const char *const SETS[][5] = {
      {"seed=1"},
      {"network.layers.1.size=3"},
      {"network.layers.1.size=3", "network.layers.1.stride=2"},
      {"network.layers=[{type: linear, channels: 10}]"},
      {"network.layers=[{type: block, channels: 4}, {type: linear, channels: 10}]"},
      {"optimizer={type: adamw}"},
      {"optimizer={type: adamw, lr: 0.1}"},
      {"optimizer={type: adamw, lr: 0.05}"},
      {"optimizer={type: adamw, weight_decay: 0.00005}"},
      {"schedule={type: cosine}"},
      {"data.mean=[0.13]", "data.deviation=[0.3]"},
      {"data.mean=[-0.13]", "data.deviation=[0.3]"},
      {"network.layers.2.norm=group:2"},
      {"network.layers.2.norm=group:c/2"},
      {"network.layers.0.norm=group:2"},
      {"network.norm=layer"},
      {"network.norm=layer", "network.layers.2.norm=layer"},
      {"network.epsilon=1e-6"},
      {"network.order=[conv, relu, norm]"},
      {"network.order=[conv, norm, relu]"},
      {"augment.rotation=10", "augment.shear=10", "augment.shift=2", "augment.scale=0.1"},
      {"augment.rotation=10", "augment.shear=10", "augment.shift=2", "augment.scale=0.2"}};
  enum { N = sizeof SETS / sizeof *SETS };
  char name[N][NAME];
  for (int i = 0; i < N; i++) {
    name_of(name[i], SGD, SETS[i], "folder", NULL);
    for (int k = 0; k < i; k++)
      if (strcmp(name[i], name[k]) == 0) fail_msg("%s: sets %d and %d", name[i], k, i);
    assert_true(strlen(name[i]) < 90);
    const char *rest = name[i] + strlen("results/");
    assert_int_equal(rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789._-")], 0);
  }
  char network[NAME], optimizer[NAME];
  name_of(network, ADAM, CHANGES("network.epsilon=1e-6"), "folder", NULL);
  name_of(optimizer, ADAM, CHANGES("optimizer.epsilon=1e-6"), "folder", NULL);
  assert_string_not_equal(network, optimizer);
}

static void the_order_of_options_does_not_matter(void **state) {
  (void)state;
  char name[NAME], other[NAME];
  name_of(name, SGD,
          CHANGES("training.ema=0.99", "data.validation=500", "optimizer.l1=1e-6",
                  "training.label_smoothing=0.1", "augment.flip=true"),
          "folder", NULL);
  name_of(other, SGD,
          CHANGES("augment.flip=true", "optimizer.l1=1", "training.label_smoothing=0.10",
                  "data.validation=500", "optimizer.l1=0.000001", "training.ema=0.99"),
          "folder", NULL);
  assert_string_equal(name, other);
  assert_true(strlen(name) < 90);
}

static void data_and_first_weights_are_in_it(void **state) {
  (void)state;
  char name[NAME], other[NAME];
  name_of(name, SGD, NULL, "synthetic", NULL);
  assert_string_equal(name, "results/t-synthetic-batch-s1.h5");
  name_of(name, SGD, NULL, "./synthetic", NULL);
  assert_string_equal(name, "results/t-batch-s1.h5");
  name_of(name, SGD, NULL, "folder", "a/weights.h5");
  name_of(other, SGD, NULL, "folder", "b/weights.h5");
  assert_string_not_equal(name, other);
  assert_memory_equal(name, "results/t-batch-init-weights-", 29);
  name_of(name, SGD, NULL, "folder", "/dev/null");
  name_of(other, SGD, NULL, "folder", "/dev/../dev/null");
  assert_string_equal(name, other);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_changed_is_in_it),
                                     cmocka_unit_test(any_norm_has_a_name),
                                     cmocka_unit_test(what_is_not_changed_is_not),
                                     cmocka_unit_test(others_have_other_names),
                                     cmocka_unit_test(the_order_of_options_does_not_matter),
                                     cmocka_unit_test(data_and_first_weights_are_in_it)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
