/* Steps of a network with optimizer and average. */
#include "base/exact.h"
#include "learner.h"
#include "nn/kinds.h"
#include "support/cmocka_all.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG[] = "network:\n"
                             "  order: [conv, norm, relu]\n"
                             "  layers:\n"
                             "    - {type: block, channels: 5}\n"
                             "    - {type: conv, channels: 3, kernel: 1}\n"
                             "    - {type: global-avg-pool}\n"
                             "optimizer: {momentum: 0}\n";

typedef struct Setting {
  Config *config;
  Learner learner;
  int64_t *gradient; /* 1 of the mean loss over 4 samples, everywhere */
  float *before;     /* the weights */
} Setting;

enum { N_SAMPLES = 4 };

static Setting set_up(const char *ema) {
  Setting s = {0};
  const ConfigChange change = {"--set", "training.ema", ema};
  Status status = config_parse(&s.config, &NETWORK_KINDS, CONFIG, "learner.yaml", &change, 1);
  assert_string_equal(status.text, "");
  assert_int_equal(learner_make(&s.learner, s.config, 1, 9, 9).code, STATUS_OK);
  size_t n = s.learner.network.n_parameters;
  s.gradient = calloc(n, sizeof *s.gradient);
  s.before = malloc(n * sizeof *s.before);
  assert_true(s.gradient && s.before);
  for (size_t i = 0; i < n; i++) assert_int_equal(exact_gradient_add(&s.gradient[i], N_SAMPLES), 0);
  memcpy(s.before, s.learner.network.parameters, n * sizeof *s.before);
  return s;
}

static void tear_down(Setting *s) {
  learner_free(&s->learner);
  config_free(s->config);
  free(s->gradient);
  free(s->before);
}

static void a_step(void **state) {
  (void)state;
  Setting s = set_up("0");
  const Network *network = &s.learner.network;
  assert_null(s.learner.average.values);
  assert_int_equal(learner_step(&s.learner, s.gradient, N_SAMPLES, 0.25), 1);
  assert_int_equal(s.learner.optimizer.n_steps, 1);
  for (size_t i = 0; i < network->n_parameters; i++)
    assert_true(network->parameters[i] == (float)((double)s.before[i] - 0.25));
  tear_down(&s);
}

/* After the first step the average is the weights, after the second half of each. */
static void an_average(void **state) {
  (void)state;
  Setting s = set_up("0.5");
  const float *average = s.learner.average.values, *now = s.learner.network.parameters;
  size_t n = s.learner.network.n_parameters;
  assert_int_equal(learner_step(&s.learner, s.gradient, N_SAMPLES, 0.25), 1);
  for (size_t i = 0; i < n; i++) assert_true(average[i] == now[i]);
  assert_int_equal(learner_step(&s.learner, s.gradient, N_SAMPLES, 0.25), 1);
  for (size_t i = 0; i < n; i++)
    assert_true(fabs((double)average[i] - ((double)now[i] + 0.125)) <= 1e-6);
  tear_down(&s);
}

static void the_average_is_swapped_and_back(void **state) {
  (void)state;
  Setting s = set_up("0.5");
  const float *now = s.learner.network.parameters;
  size_t n = s.learner.network.n_parameters;
  for (int i = 0; i < 2; i++)
    assert_int_equal(learner_step(&s.learner, s.gradient, N_SAMPLES, 0.25), 1);
  memcpy(s.before, now, n * sizeof *s.before);
  learner_swap_average(&s.learner);
  for (size_t i = 0; i < n; i++) assert_true(now[i] > s.before[i] + 0.1F);
  learner_swap_average(&s.learner);
  assert_memory_equal(now, s.before, n * sizeof *s.before);
  tear_down(&s);
}

/* The average, which may be what is kept, takes no such weights. */
static void weights_that_are_not_finite(void **state) {
  (void)state;
  Setting s = set_up("0.5");
  const float *average = s.learner.average.values;
  assert_int_equal(learner_step(&s.learner, s.gradient, N_SAMPLES, 1e300), 0);
  for (size_t i = 0; i < s.learner.network.n_parameters; i++)
    assert_true(average[i] == s.before[i]);
  tear_down(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step),
      cmocka_unit_test(an_average),
      cmocka_unit_test(the_average_is_swapped_and_back),
      cmocka_unit_test(weights_that_are_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
