/* Against PyTorch's formula in plain double precision. */
#include "nn/optimizer.h"

#include "base/exact.h"
#include "fixture.h"
#include "nn/team.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_STEPS = 12, N_SAMPLES = 37 };

static const char NETWORK[] = "network:\n"
                              "  layers:\n"
                              "    - {type: block, channels: 3, bias: true}\n"
                              "    - {type: linear, channels: 4}\n";

typedef struct Settings {
  const char *momentum, *nesterov, *weight_decay, *l1, *decay_norm;
} Settings;

/* Gradients of step `step`: sums over the samples on the grid of exact.h. */
static void draw_gradient(int64_t *gradient, size_t n, int step) {
  uint64_t random = 1000U + (uint64_t)step;
  for (size_t i = 0; i < n; i++)
    gradient[i] = (int64_t)((random_share(&random) - 0.5) * N_SAMPLES * 0x1p42);
}

static int is_exempt(const Tensor *tensor) {
  size_t length = strlen(tensor->name);
  return strstr(tensor->name, ".norm.") || strcmp(tensor->name + length - 5, ".bias") == 0;
}

static void twin_step(double *w, double *v, const Network *network, const int64_t *gradient,
                      const Settings *s, double lr) {
  double momentum = atof(s->momentum);
  for (int t = 0; t < network->n_tensors; t++) {
    const Tensor *tensor = &network->tensors[t];
    int decays = strcmp(s->decay_norm, "true") == 0 || !is_exempt(tensor);
    for (size_t i = tensor->offset; i < tensor->offset + tensor->n; i++) {
      double g = (double)gradient[i] / 0x1p42 / N_SAMPLES;
      if (decays) g += atof(s->weight_decay) * w[i];
      if (decays && w[i] != 0) g += w[i] > 0 ? atof(s->l1) : -atof(s->l1);
      v[i] = momentum * v[i] + g;
      w[i] -= lr * (strcmp(s->nesterov, "true") == 0 ? g + momentum * v[i] : v[i]);
    }
  }
}

static Config *config_of(const Settings *s) {
  char text[5][64];
  snprintf(text[0], sizeof text[0], "optimizer.momentum=%s", s->momentum);
  snprintf(text[1], sizeof text[1], "optimizer.nesterov=%s", s->nesterov);
  snprintf(text[2], sizeof text[2], "optimizer.weight_decay=%s", s->weight_decay);
  snprintf(text[3], sizeof text[3], "optimizer.l1=%s", s->l1);
  snprintf(text[4], sizeof text[4], "optimizer.decay_norm=%s", s->decay_norm);
  return config_make(NETWORK, "batch", text[0], text[1], text[2], text[3], text[4], NULL);
}

/* A step that a team takes together. */
typedef struct Together {
  Optimizer *optimizer;
  Network *network;
  const int64_t *gradient;
  double lr;
} Together;

static void step_together(void *context) {
  const Together *t = context;
  optimizer_step(t->optimizer, t->network, t->gradient, N_SAMPLES, t->lr);
}

/* By 1, 2, 3, 4 threads in turn. */
static void take_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int step,
                      double lr) {
  team_lead(1 + step % 4, step_together, &(Together){optimizer, network, gradient, lr});
}

static void check(Settings settings) {
  Config *config = config_of(&settings);
  Network network;
  Optimizer optimizer;
  expect_ok(network_build(&network, config, 1, 5, 5));
  expect_ok(optimizer_make(&optimizer, &network));
  size_t n = network.n_parameters;
  int64_t *gradient = new_zeroed(n, sizeof *gradient);
  double *w = new_zeroed(n, sizeof *w), *v = new_zeroed(n, sizeof *v);
  float *packed = new_zeroed(network.n_packed, sizeof *packed);
  for (size_t i = 0; i < n; i++) w[i] = (double)network.parameters[i];
  for (int step = 0; step < N_STEPS; step++) {
    double lr = 0.1 / (1 + step);
    draw_gradient(gradient, n, step);
    take_step(&optimizer, &network, gradient, step, lr);
    twin_step(w, v, &network, gradient, &settings, lr);
    for (size_t i = 0; i < n; i++) {
      /* Each step rounds v and w, of size 10 at most, once. */
      assert_true(fabs((double)optimizer.state[0][i] - v[i]) <= (step + 1) * 10 * 0x1p-24);
      assert_true(fabs((double)network.parameters[i] - w[i]) <= (step + 1) * 10 * 0x1p-24);
    }
  }
  memcpy(packed, network.packed, network.n_packed * sizeof *packed);
  network_pack(&network);
  assert_memory_equal(packed, network.packed, network.n_packed * sizeof *packed);
  free(gradient), free(w), free(v), free(packed);
  optimizer_free(&optimizer);
  network_free(&network);
  config_free(config);
}

static void test_plain_descent(void **state) {
  (void)state;
  check((Settings){"0", "false", "0", "0", "true"});
}

static void test_momentum(void **state) {
  (void)state;
  check((Settings){"0.9", "false", "0", "0", "true"});
}

static void test_nesterov(void **state) {
  (void)state;
  check((Settings){"0.9", "true", "0", "0", "true"});
}

static void test_weight_decay(void **state) {
  (void)state;
  check((Settings){"0.9", "false", "0.05", "0", "true"});
  check((Settings){"0.9", "true", "0.05", "0", "true"});
}

/* Beta begins at 0, where |w| has no slope. */
static void test_l1(void **state) {
  (void)state;
  check((Settings){"0.5", "false", "0", "0.01", "true"});
}

static void test_norms_and_biases_may_be_left_out(void **state) {
  (void)state;
  check((Settings){"0.9", "false", "0.05", "0.01", "false"});
}

static void test_gradient_norm(void **state) {
  (void)state;
  Config *config = config_make(NETWORK, "batch", NULL);
  Network network;
  expect_ok(network_build(&network, config, 1, 5, 5));
  int64_t *gradient = new_zeroed(network.n_parameters, sizeof *gradient);
  draw_gradient(gradient, network.n_parameters, 0);
  for (int layer = 0; layer < 2; layer++) {
    char prefix[32];
    double square = 0;
    snprintf(prefix, sizeof prefix, "layers.%d.", layer);
    for (int t = 0; t < network.n_tensors; t++) {
      const Tensor *tensor = &network.tensors[t];
      if (strncmp(tensor->name, prefix, strlen(prefix)) != 0) continue;
      for (size_t i = tensor->offset; i < tensor->offset + tensor->n; i++)
        square += pow((double)gradient[i] / 0x1p42 / N_SAMPLES, 2);
    }
    assert_true(square > 0);
    double found = optimizer_gradient_norm(&network, gradient, N_SAMPLES, layer);
    assert_true(fabs(found - sqrt(square)) <= 1e-12 * found);
  }
  free(gradient);
  network_free(&network);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain_descent),
      cmocka_unit_test(test_momentum),
      cmocka_unit_test(test_nesterov),
      cmocka_unit_test(test_weight_decay),
      cmocka_unit_test(test_l1),
      cmocka_unit_test(test_norms_and_biases_may_be_left_out),
      cmocka_unit_test(test_gradient_norm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
