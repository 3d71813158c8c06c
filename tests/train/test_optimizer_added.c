/* An optimizer that the program does not have, as one row: it is configured, steps tensor by tensor
 * with norms of the whole tensor, and its state goes into checkpoints under the row's name. */
#include "model_visit.h"
#include "nn/kinds.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Settings {
  double momentum, trust;
} Settings;

static const Key KEYS[] = {
    {"momentum", KEY_NUMBER, offsetof(Settings, momentum), .fallback = "0.5",
     .range = RANGE_FROM_BELOW(0, 1), .documentation = "Share of the last step that is kept."},
    {"trust", KEY_NUMBER, offsetof(Settings, trust), .fallback = "0.001", .range = RANGE_ABOVE(0),
     .documentation = "Length of a step as a share of the length of the weights."},
};

/* LARS (You, Gitman and Ginsburg 2017):
 *   local = trust |w| / (|g| + weight_decay |w|), and 1 for norms and biases,
 *   v = momentum v + lr local (g + weight_decay w),  w = w - v */
static void step(const TensorStep *t, const void *settings) {
  const Settings *s = settings;
  double w2 = 0, g2 = 0, decay = t->weight_decay;
  for (size_t k = 0; k < t->n; k++) {
    w2 += pow(t->weights[k], 2);
    g2 += pow(tensor_gradient(t, k), 2);
  }
  double local = t->is_weight ? s->trust * sqrt(w2) / (sqrt(g2) + decay * sqrt(w2)) : 1;
  for (size_t k = 0; k < t->n; k++) {
    float *w = &t->weights[k], *v = &t->state[0][k];
    *v = (float)(s->momentum * *v + t->lr * local * (tensor_gradient(t, k) + decay * *w));
    *w -= *v;
  }
}

static const OptimizerKind LARS = {
    .kind = {.name = "lars",
             .summary = "steps in proportion to the weights of a tensor",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings)},
    .source = "You, Gitman and Ginsburg 2017",
    .state = {{"velocity", "v, the last step"}},
    .step = step,
};

static void expect_ok(Status status) {
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
}

static Config *configured(const char *optimizer) {
  static const Kind *const OPTIMIZERS[] = {&LARS.kind};
  const Kinds kinds = {NETWORK_KINDS.layers, {OPTIMIZERS, 1}, NETWORK_KINDS.schedules};
  char text[400];
  Config *config;
  snprintf(text, sizeof text,
           "network: {layers: [{type: conv, channels: 2, bias: true}, {type: linear, channels: 3}]}"
           "\noptimizer: %s\n",
           optimizer);
  expect_ok(config_parse(&config, &kinds, text, "added.yaml", NULL, 0));
  return config;
}

static void it_steps_by_the_norms_of_a_tensor(void **state) {
  (void)state;
  enum { N_SAMPLES = 4 };
  Config *config = configured("{type: lars, lr: 0.5, trust: 0.1, weight_decay: 0.2}");
  Network network;
  Optimizer optimizer;
  expect_ok(network_build(&network, config, 1, 4, 4));
  expect_ok(optimizer_make(&optimizer, &network));
  assert_null(optimizer.state[1]);
  size_t n = network.n_parameters;
  int64_t *gradient = calloc(n, sizeof *gradient);
  double *before = calloc(n, sizeof *before);
  for (size_t i = 0; i < n; i++) {
    gradient[i] = (int64_t)((double)(i % 5 + 1) * N_SAMPLES * 0x1p42);
    before[i] = (double)network.parameters[i];
  }
  optimizer_step(&optimizer, &network, gradient, N_SAMPLES, 0.5);
  for (int i = 0; i < network.n_tensors; i++) {
    const Tensor *tensor = &network.tensors[i];
    double w2 = 0, g2 = 0;
    for (size_t k = tensor->offset; k < tensor->offset + tensor->n; k++) {
      w2 += before[k] * before[k];
      g2 += (double)((k % 5 + 1) * (k % 5 + 1));
    }
    int is_bias = strstr(tensor->name, "bias") != NULL;
    double local = is_bias ? 1 : 0.1 * sqrt(w2) / (sqrt(g2) + 0.2 * sqrt(w2));
    for (size_t k = tensor->offset; k < tensor->offset + tensor->n; k++) {
      double v = 0.5 * local * ((double)(k % 5 + 1) + 0.2 * before[k]);
      assert_true(fabs((double)optimizer.state[0][k] - v) <= 0x1p-24 * fabs(v));
      assert_true(fabs((double)network.parameters[k] - (before[k] - v)) <= 3 * 0x1p-24);
    }
  }
  free(gradient);
  free(before);
  optimizer_free(&optimizer);
  network_free(&network);
  config_free(config);
}

typedef struct Seen {
  const Optimizer *optimizer;
  int n_states, n_strange;
} Seen;

static Status see(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                  void *data, const char *description) {
  (void)type, (void)n_dims, (void)dims, (void)description;
  Seen *seen = context;
  if (strncmp(path, "/optimizer/velocity/layers.", 27) == 0) {
    seen->n_states++;
    if (strcmp(path, "/optimizer/velocity/layers.0.conv.weight") == 0)
      assert_ptr_equal(data, seen->optimizer->state[0]);
  } else if (strncmp(path, "/model/", 7) != 0 && strcmp(path, "/optimizer/updates") != 0) {
    seen->n_strange++;
  }
  return status_ok();
}

static void its_state_is_in_checkpoints(void **state) {
  (void)state;
  Config *config = configured("{type: lars}");
  Network network;
  Optimizer optimizer;
  Average average = {0};
  expect_ok(network_build(&network, config, 1, 4, 4));
  expect_ok(optimizer_make(&optimizer, &network));
  Seen seen = {.optimizer = &optimizer};
  expect_ok(model_visit_training(&network, &optimizer, &average, see, &seen));
  assert_int_equal(seen.n_states, network.n_tensors);
  assert_int_equal(seen.n_strange, 0);
  optimizer_free(&optimizer);
  network_free(&network);
  config_free(config);
}

static void its_keys_are_in_the_configuration(void **state) {
  (void)state;
  Config *config = configured("{type: lars, momentum: 0.25}");
  const Settings *settings = config->optimizer.settings;
  char *text;
  assert_true(settings->momentum == 0.25 && settings->trust == 0.001);
  expect_ok(config_text(&text, config));
  assert_non_null(strstr(text, "\n  momentum: 0.25\n  trust: 0.001\n"));
  free(text);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_steps_by_the_norms_of_a_tensor),
      cmocka_unit_test(its_state_is_in_checkpoints),
      cmocka_unit_test(its_keys_are_in_the_configuration),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
