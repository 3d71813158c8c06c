/* Weights of other programs: names under a wrapper's, what is missing or of no use, bad values. */
#include "model_visit.h"
#include "nn/kinds.h"
#include "support/cmocka_all.h"
#include "train/model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG[] = "network:\n"
                             "  layers:\n"
                             "    - {type: block, channels: 5}\n"
                             "    - {type: global-avg-pool}\n"
                             "    - {type: linear, channels: 3}\n";

typedef struct Setting {
  Config *config;
  Network network;
  Record record;
  const char *prefix; /* before each name in the record */
  const char *left_out;
} Setting;

static Status put(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                  void *data, const char *detail) {
  (void)detail;
  Setting *s = context;
  char name[300];
  const char *rest = path + strlen("/model/");
  if (s->left_out && strstr(rest, s->left_out)) return status_ok();
  snprintf(name, sizeof name, "/model/%s%s", s->prefix, rest);
  return record_put(&s->record, name, type, n_dims, dims, data, "", "1");
}

/* A record of all weights of the network. */
static Setting set_up(const char *prefix, const char *left_out) {
  Setting s = {.prefix = prefix, .left_out = left_out};
  Status status = config_parse(&s.config, &NETWORK_KINDS, CONFIG, "t.yaml", NULL, 0);
  assert_string_equal(status.text, "");
  assert_int_equal(network_build(&s.network, s.config, 1, 9, 9).code, STATUS_OK);
  s.network.running[0].mean[2] = 0.5f;
  s.network.running[0].n_batches = 7;
  s.network.parameters[3] = 2.5f;
  record_init(&s.record);
  assert_int_equal(model_visit(&s.network, s.network.parameters, "/model/", put, &s).code,
                   STATUS_OK);
  s.network.running[0].mean[2] = 0;
  s.network.running[0].n_batches = 0;
  s.network.parameters[3] = 0;
  return s;
}

static void tear_down(Setting *s) {
  record_free(&s->record);
  network_free(&s->network);
  config_free(s->config);
}

static void expect(Setting *s, const char *piece, const char *another) {
  Status status = model_read_weights(&s->network, &s->record, "w.h5");
  assert_int_equal(status.code, piece ? STATUS_DATA : STATUS_OK);
  if (piece && (!strstr(status.text, piece) || !strstr(status.text, another)))
    fail_msg("not '%s' and '%s': %s", piece, another, status.text);
}

static void names_under_a_wrapper(void **state) {
  (void)state;
  static const char *const PREFIXES[] = {
      "",       "module.",    "_orig_mod.", "module._orig_mod.", "_orig_mod.module.",
      "model.", "net.layers."};
  for (size_t i = 0; i < sizeof PREFIXES / sizeof *PREFIXES; i++) {
    Setting s = set_up(PREFIXES[i], NULL);
    expect(&s, NULL, NULL);
    assert_true(s.network.parameters[3] == 2.5f && s.network.running[0].mean[2] == 0.5f);
    assert_int_equal(s.network.running[0].n_batches, 7);
    tear_down(&s);
  }
}

static void counts_may_be_missing(void **state) {
  (void)state;
  Setting s = set_up("module.", "num_batches_tracked");
  expect(&s, NULL, NULL);
  assert_true(s.network.parameters[3] == 2.5f);
  assert_int_equal(s.network.running[0].n_batches, 0);
  tear_down(&s);
}

static void what_does_not_fit_is_listed(void **state) {
  (void)state;
  const float x[6] = {0};
  Setting s = set_up("module.", "running_");
  expect(&s, "missing, though in the network: layers.0.norm.running_mean (5), layers.0.norm.runni",
         "running_var (5)");
  assert_int_equal(record_put(&s.record, "/model/module.head.weight", FIELD_FLOAT32, 2,
                              (size_t[]){2, 3}, x, "", "1")
                       .code,
                   STATUS_OK);
  expect(&s, "running_mean (5)", "there, but not in the network: head.weight (2 x 3)");
  tear_down(&s);
  s = set_up("", NULL);
  assert_int_equal(
      record_put(&s.record, "/model/ema.decay", FIELD_FLOAT32, 0, NULL, x, "", "1").code,
      STATUS_OK);
  expect(&s, "w.h5: not in the network: ema.decay (a scalar)", "");
  tear_down(&s);
  s = set_up("other.", "layers");
  expect(&s, "missing, though in the network: ", " more");
  tear_down(&s);
}

static void put_again(Setting *s, const char *path, FieldType type, int n_dims, const size_t *dims,
                      const void *data) {
  assert_int_equal(record_put(&s->record, path, type, n_dims, dims, data, "", "1").code, STATUS_OK);
}

static void shapes(void **state) {
  (void)state;
  const float x[15] = {0};
  Setting s = set_up("", NULL);
  put_again(&s, "/model/layers.2.linear.weight", FIELD_FLOAT32, 2, (size_t[]){5, 3}, x);
  expect(&s, "layers.2.linear.weight is 5 x 3; the network's is 3 x 5", "transposed?");
  tear_down(&s);
}

static void values(void **state) {
  (void)state;
  const size_t n = 5;
  static const struct {
    const char *name;
    float value;
    const char *said;
  } BAD[] = {{"running_var", -0.5f, "holds a variance below 0: [3] is -0.5"},
             {"running_var", (float)NAN, "not finite as a float: [3] is nan"},
             {"running_mean", -INFINITY, "not finite as a float: [3] is -inf"},
             {"weight", INFINITY, "not finite as a float: [3] is inf"}};
  char path[200], name[100];
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    Setting s = set_up("", NULL);
    const float x[5] = {1, 1, 1, BAD[i].value, BAD[i].value};
    double wide[5] = {1, 1, 1, (double)BAD[i].value, 1};
    snprintf(name, sizeof name, "layers.0.norm.%s", BAD[i].name);
    snprintf(path, sizeof path, "/model/%s", name);
    put_again(&s, path, FIELD_FLOAT32, 1, &n, x);
    expect(&s, BAD[i].said, name);
    put_again(&s, path, FIELD_FLOAT64, 1, &n, wide);
    expect(&s, BAD[i].said, name);
    float kept[5]; /* and so of a result file that is resumed or predicts */
    put_again(&s, path, FIELD_FLOAT32, 1, &n, x);
    Status status = model_read_array(&s.record, "w.h5", path, FIELD_FLOAT32, 1, &n, kept);
    assert_int_equal(status.code, STATUS_DATA);
    assert_non_null(strstr(status.text, BAD[i].said));
    tear_down(&s);
  }
  Setting s = set_up("", NULL);
  const int64_t count = -1;
  put_again(&s, "/model/layers.0.norm.num_batches_tracked", FIELD_INT64, 0, NULL, &count);
  expect(&s, "layers.0.norm.num_batches_tracked is -1", "at least 0");
  tear_down(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(names_under_a_wrapper),
                                     cmocka_unit_test(counts_may_be_missing),
                                     cmocka_unit_test(what_does_not_fit_is_listed),
                                     cmocka_unit_test(shapes), cmocka_unit_test(values)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
