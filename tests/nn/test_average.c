/* The moving average of the weights against its formula, and what exchanging does to a network. */
#include "nn/average.h"

#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char NETWORK[] = "network:\n"
                              "  layers:\n"
                              "    - {type: block, channels: 5}\n"
                              "    - {type: block, channels: 3}\n"
                              "    - {type: global-avg-pool}\n";

typedef struct Case {
  Config *config;
  Network network;
  Average average;
  size_t n;
} Case;

static void setup(Case *c, const char *norm) {
  c->config = config_make(NETWORK, norm, NULL);
  expect_ok(network_build(&c->network, c->config, 1, 9, 9));
  expect_ok(average_make(&c->average, &c->network));
  c->n = average_size(&c->network);
}

static void teardown(Case *c) {
  average_free(&c->average);
  network_free(&c->network);
  config_free(c->config);
}

/* All values in the order of the average. */
static void values_of(double *out, const Network *network) {
  for (size_t i = 0; i < network->n_parameters; i++) *out++ = (double)network->parameters[i];
  for (int r = 0; r < network->n_running; r++) {
    for (int c = 0; c < network->running[r].n_groups; c++)
      *out++ = (double)network->running[r].mean[c];
    for (int c = 0; c < network->running[r].n_groups; c++)
      *out++ = (double)network->running[r].variance[c];
  }
}

static void change(Network *network, uint64_t *random) {
  for (size_t i = 0; i < network->n_parameters; i++)
    network->parameters[i] = (float)(random_share(random) - 0.5);
  for (int r = 0; r < network->n_running; r++) {
    network->running[r].n_batches++;
    for (int c = 0; c < network->running[r].n_groups; c++) {
      network->running[r].mean[c] = (float)random_share(random);
      network->running[r].variance[c] = (float)(1 + random_share(random));
    }
  }
  network_pack(network);
}

static void updates_follow_the_formula(void **state) {
  (void)state;
  static const char *const NORMS[] = {"batch", "group:1"};
  for (int k = 0; k < 2; k++) {
    Case c;
    uint64_t random = 3;
    setup(&c, NORMS[k]);
    /* 5 x 9 + 3 x 5 x 9 weights, 2 x 8 of the norms, 2 x 8 running ones of batch norm. */
    assert_int_equal(c.n, k == 0 ? 45 + 135 + 16 + 16 : 45 + 135 + 16);
    double *want = new_zeroed(2 * c.n, sizeof *want), *now = want + c.n;
    for (int t = 0; t < 9; t++) {
      change(&c.network, &random);
      values_of(now, &c.network);
      average_update(&c.average, &c.network, 0.75, t);
      for (size_t i = 0; i < c.n; i++) {
        want[i] = t == 0 ? now[i] : 0.75 * want[i] + 0.25 * now[i];
        assert_true(fabs((double)c.average.values[i] - want[i]) <= 9 * 2 * 0x1p-24);
      }
    }
    free(want);
    teardown(&c);
  }
}

static void a_swap_is_undone_by_another(void **state) {
  (void)state;
  Case c, other;
  uint64_t random = 5, same = 5;
  setup(&c, "batch");
  setup(&other, "batch");
  change(&other.network, &same);
  change(&c.network, &random);
  average_update(&c.average, &c.network, 0, 0); /* the values of `other` */
  change(&c.network, &random);
  size_t packed = c.network.n_packed * sizeof(float);
  double *before = new_zeroed(3 * c.n, sizeof *before), *after = before + c.n, *first = after + c.n;
  float *packed_before = new_zeroed(packed, 1);
  memcpy(packed_before, c.network.packed, packed);
  values_of(before, &c.network);
  values_of(first, &other.network);
  average_swap(&c.average, &c.network);
  values_of(after, &c.network);
  assert_memory_equal(after, first, c.n * sizeof *after);
  assert_memory_equal(c.network.packed, other.network.packed, packed);
  assert_memory_not_equal(c.network.packed, packed_before, packed);
  assert_int_equal(c.network.running[0].n_batches, 2);
  average_swap(&c.average, &c.network);
  values_of(after, &c.network);
  assert_memory_equal(after, before, c.n * sizeof *after);
  assert_memory_equal(c.network.packed, packed_before, packed);
  free(before);
  free(packed_before);
  teardown(&c);
  teardown(&other);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(updates_follow_the_formula),
                                     cmocka_unit_test(a_swap_is_undone_by_another)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
