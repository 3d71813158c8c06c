/* Adam, AdamW and the reach of L1 against the formulas of nn/optimizer.h in double precision. */
#include "nn/kinds.h"
#include "nn/optimizer.h"

#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_STEPS = 20, N_SAMPLES = 29 };

static const char NETWORK[] = "network:\n"
                              "  layers:\n"
                              "    - {type: block, channels: 3, bias: true}\n"
                              "    - {type: linear, channels: 4}\n";

typedef struct Settings {
  const char *type; /* as optimizer is set */
  double beta1, beta2, epsilon, weight_decay, l1;
  int is_decoupled, is_sgd, decays_norm, l1_on_conv;
} Settings;

/* Sums over the samples, of very different sizes: what Adam divides by must not be small for all.
 */
static void draw_gradient(int64_t *gradient, size_t n, int step) {
  uint64_t random = 77U + (uint64_t)step;
  for (size_t i = 0; i < n; i++) {
    double size = pow(10, -(double)(i % 7));
    gradient[i] = (int64_t)((random_share(&random) - 0.4) * size * N_SAMPLES * 0x1p42);
  }
}

static int is_named(const Tensor *tensor, const char *text) {
  return strstr(tensor->name, text) != NULL;
}

/* w, m, v: one parameter; t from 1. */
static void twin_step(double *w, double *m, double *v, double g, const Settings *s, int decays,
                      int has_l1, int t, double lr) {
  if (has_l1) g += *w > 0 ? s->l1 : *w < 0 ? -s->l1 : 0;
  if (s->is_sgd) {
    g += decays ? s->weight_decay * *w : 0;
    *m = 0.9 * *m + g;
    *w -= lr * *m;
    return;
  }
  if (decays && s->is_decoupled) *w -= lr * s->weight_decay * *w;
  if (decays && !s->is_decoupled) g += s->weight_decay * *w;
  *m = s->beta1 * *m + (1 - s->beta1) * g;
  *v = s->beta2 * *v + (1 - s->beta2) * g * g;
  double mean = *m / (1 - pow(s->beta1, t)), square = *v / (1 - pow(s->beta2, t));
  *w -= lr * mean / (sqrt(square) + s->epsilon);
}

static void twin_steps(double *w, double *m, double *v, const Network *network,
                       const int64_t *gradient, const Settings *s, int t, double lr) {
  for (int k = 0; k < network->n_tensors; k++) {
    const Tensor *tensor = &network->tensors[k];
    int is_exempt = is_named(tensor, ".norm.") || is_named(tensor, ".bias");
    int decays = s->decays_norm || !is_exempt;
    int has_l1 = s->l1_on_conv ? is_named(tensor, ".conv.weight") : decays;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->n; i++)
      twin_step(&w[i], &m[i], &v[i], (double)gradient[i] / 0x1p42 / N_SAMPLES, s, decays, has_l1, t,
                lr);
  }
}

static void assert_close(double got, double want, double size, int step) {
  if (!(fabs(got - want) <= (step + 2) * size * 0x1p-22))
    fail_msg("step %d: %.9g, not %.9g", step, got, want);
}

static void check(const Settings *s) {
  Config *config = config_make(NETWORK, "batch", s->type, NULL);
  Network network;
  Optimizer optimizer;
  expect_ok(network_build(&network, config, 1, 5, 5));
  expect_ok(optimizer_make(&optimizer, &network));
  assert_int_equal(s->is_sgd, optimizer.state[1] == NULL);
  size_t n = network.n_parameters;
  int64_t *gradient = new_zeroed(n, sizeof *gradient);
  double *w = new_zeroed(3 * n, sizeof *w), *m = w + n, *v = m + n;
  for (size_t i = 0; i < n; i++) w[i] = (double)network.parameters[i];
  for (int step = 0; step < N_STEPS; step++) {
    double lr = 0.02 / (1 + step);
    draw_gradient(gradient, n, step);
    optimizer_step(&optimizer, &network, gradient, N_SAMPLES, lr);
    twin_steps(w, m, v, &network, gradient, s, step + 1, lr);
    assert_int_equal(optimizer.n_steps, step + 1);
    for (size_t i = 0; i < n; i++) {
      assert_close((double)network.parameters[i], w[i], 1, step);
      assert_close((double)optimizer.state[0][i], m[i], 1, step);
      if (!s->is_sgd) assert_close((double)optimizer.state[1][i], v[i], 0.01 + v[i], step);
    }
  }
  free(gradient);
  free(w);
  optimizer_free(&optimizer);
  network_free(&network);
  config_free(config);
}

static void steps_follow_the_formulas(void **state) {
  (void)state;
  static const Settings SETTINGS[] = {
      {"optimizer={type: adam}", 0.9, 0.999, 1e-8, 0, 0, 0, 0, 1, 0},
      {"optimizer={type: adamw}", 0.9, 0.999, 1e-8, 0.01, 0, 1, 0, 1, 0},
      {"optimizer={type: adam, beta1: 0.5, beta2: 0.9, epsilon: 0.01, weight_decay: 0.3}", 0.5, 0.9,
       0.01, 0.3, 0, 0, 0, 1, 0},
      {"optimizer={type: adamw, beta1: 0, weight_decay: 2, decay_norm: false, l1: 0.1}", 0, 0.999,
       1e-8, 2, 0.1, 1, 0, 0, 0},
      {"optimizer={type: adam, beta2: 0, epsilon: 0.1, l1: 0.2, l1_on: conv}", 0.9, 0, 0.1, 0, 0.2,
       0, 0, 1, 1},
      {"optimizer={type: sgd, l1: 0.2, l1_on: conv, weight_decay: 0.1}", 0, 0, 0, 0.1, 0.2, 0, 1, 1,
       1},
      {"optimizer={l1: 0.2, l1_on: all, decay_norm: false}", 0, 0, 0, 0, 0.2, 0, 1, 0, 0},
      {"optimizer={l1: 0.2, l1_on: conv, decay_norm: false}", 0, 0, 0, 0, 0.2, 0, 1, 0, 1},
  };
  for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) check(&SETTINGS[i]);
}

static void keys_belong_to_their_type(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } REFUSED[] = {
      {"{type: adam, momentum: 0.9}", "t.yaml:2: optimizer.momentum: means nothing for adam; "
                                      "accepted: type, lr, beta1, beta2, epsilon, weight_decay, "
                                      "decay_norm, l1, l1_on"},
      {"{nesterov: true, type: adamw}", "t.yaml:2: optimizer.nesterov: means nothing for adamw"},
      {"{beta1: 0.9}", "t.yaml:2: optimizer.beta1: means nothing for sgd; accepted: type, lr, "
                       "momentum, nesterov, weight_decay, decay_norm, l1, l1_on"},
      {"{type: sgd, beta2: 0.9}", "t.yaml:2: optimizer.beta2: means nothing for sgd"},
      {"{epsilon: 1}", "t.yaml:2: optimizer.epsilon: means nothing for sgd"},
      {"{type: adan}", "t.yaml:2: optimizer.type: 'adan' is not known, perhaps adam is meant"},
      {"{type: [adam]}", "t.yaml:2: optimizer.type: a list cannot stand here"},
      {"{type: adam, beta1: 1}", "t.yaml:2: optimizer.beta1: '1' is out of range"},
      {"{type: adam, epsilon: 0}", "t.yaml:2: optimizer.epsilon: '0' is out of range"},
      {"{l1_on: norm}", "t.yaml:2: optimizer.l1_on: 'norm' is not known; accepted: all, conv"},
  };
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
    char text[200];
    Config *config;
    snprintf(text, sizeof text, "network: {layers: [{type: relu}]}\noptimizer: %s\n",
             REFUSED[i].text);
    Status status = config_parse(&config, &NETWORK_KINDS, text, "t.yaml", NULL, 0);
    assert_int_equal(status.code, STATUS_USAGE);
    if (strncmp(status.text, REFUSED[i].message, strlen(REFUSED[i].message)) != 0)
      fail_msg("%s, not %s", status.text, REFUSED[i].message);
  }
}

static void defaults_follow_the_optimizer(void **state) {
  (void)state;
  Config *adam = config_make(NETWORK, NULL, "optimizer.type=adam", NULL);
  Config *adamw = config_make(NETWORK, NULL, "optimizer.type=adamw", NULL);
  const Config *both[] = {adam, adamw};
  for (int i = 0; i < 2; i++) {
    const Config *c = both[i];
    assert_true(c->optimizer.lr == 0.001);
    assert_true(c->optimizer.weight_decay == (i == 0 ? 0 : 0.01));
  }
  char *text, difference[200];
  expect_ok(config_text(&text, adam));
  assert_null(strstr(text, "nesterov"));
  assert_non_null(strstr(text, "\n  type: adam\n  lr: 0.001\n  beta1: 0.9\n  beta2: 0.999\n"
                               "  epsilon: 1e-08\n  weight_decay: 0\n"));
  assert_int_equal(config_difference(difference, sizeof difference, adam, adamw), 1);
  assert_string_equal(difference, "optimizer.type: adam here, adamw there");
  free(text);
  config_free(adam);
  config_free(adamw);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(steps_follow_the_formulas),
                                     cmocka_unit_test(keys_belong_to_their_type),
                                     cmocka_unit_test(defaults_follow_the_optimizer)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
