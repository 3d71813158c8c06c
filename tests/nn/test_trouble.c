/* Where a pass says that a number first left its range: the layer whose weights are too large, with
 * any number of blocks a thread, and of threads. */
#include "fixture.h"
#include "kernels/isa.h"
#include "nn/pass.h"

#include <stdio.h>
#include <string.h>

static const char NETWORK[] = "network:\n"
                              "  order: [conv, norm, relu]\n"
                              "  layers:\n"
                              "    - {type: block, channels: 4, padding: 1}\n"
                              "    - {type: block, channels: 5}\n"
                              "    - {type: block, channels: 6}\n"
                              "    - {type: global-avg-pool}\n"
                              "    - {type: linear, channels: 5}\n";
enum { N_BLOCKS = 3, MOST_SAMPLES = 70 };
static const int BATCHES[] = {5, 16, 33, MOST_SAMPLES};
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES };

typedef struct Case {
  const char *norm;
  float weight; /* of the convolution of the layer */
  PassLook look;
  const char *said; /* %d: the layer */
} Case;

static void draw(Network *network) {
  uint64_t state = 1;
  for (int t = 0; t < network->n_tensors; t++) {
    const Tensor *tensor = &network->tensors[t];
    float *value = network->parameters + tensor->offset;
    for (size_t i = 0; i < tensor->n; i++)
      value[i] = tensor->is_norm ? tensor->value : (float)(random_share(&state) - 0.5);
  }
}

/* Sets the weights of the layer's convolution. */
static void spoil(Network *network, int layer, float weight) {
  for (int t = 0; t < network->n_tensors; t++) {
    const Tensor *tensor = &network->tensors[t];
    if (tensor->layer != layer || !strstr(tensor->name, "conv.weight")) continue;
    for (size_t i = 0; i < tensor->n; i++) network->parameters[tensor->offset + i] = weight;
  }
  network_pack(network);
}

static void check(const Case *c, int layer, int n, int n_threads) {
  static uint32_t index[MOST_SAMPLES];
  Config *config = config_make(NETWORK, c->norm, NULL);
  Network network;
  Images images;
  Pass *pass;
  StepResult result;
  char text[PASS_TROUBLE_TEXT], wanted[PASS_TROUBLE_TEXT];
  for (int i = 0; i < n; i++) index[i] = (uint32_t)i;
  images_make(&images, n, 2, 13, 12, 5, 1);
  expect_ok(network_build(&network, config, 2, 13, 12));
  draw(&network);
  expect_ok(pass_make(&pass, &network, n, n_threads));
  spoil(&network, layer, c->weight);
  pass_train(pass, &images.set, images.table, index, n, 0, 0, c->look, &result);
  assert_int_equal(result.out_of_range, 1);
  pass_trouble_text(pass, &result, text);
  snprintf(wanted, sizeof wanted, c->said, layer);
  if (strncmp(text, wanted, strlen(wanted)) != 0)
    fail_msg("%s, layer %d, %d samples, %d threads: %s", c->norm, layer, n, n_threads, text);
  spoil(&network, layer, 0.1f);
  pass_train(pass, &images.set, images.table, index, n, 1, 0, c->look, &result);
  assert_int_equal(result.out_of_range, 0);
  pass_free(pass);
  network_free(&network);
  config_free(config);
  images_free(&images);
}

static void check_all(const Case *c) {
  for (int layer = 0; layer < N_BLOCKS; layer++)
    for (int b = 0; b < N_BATCHES; b++)
      for (int n_threads = 1; n_threads <= 3; n_threads++) check(c, layer, BATCHES[b], n_threads);
}

static void sums_of_a_norm(void **state) {
  (void)state;
  check_all(&(Case){"batch", 1e30f, LOOK_NOT, "a statistic of layer %d block 3x3"});
}

/* Norms within a sample have no sums that leave their range; what is seen of them has. */
static void what_is_observed(void **state) {
  (void)state;
  check_all(&(Case){"layer", 1e25f, LOOK_LAYERS, "a statistic of layer %d block 3x3"});
}

static void the_loss(void **state) {
  (void)state;
  check_all(&(Case){"none", 3e38f, LOOK_NOT, "the loss"});
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sums_of_a_norm),
                                     cmocka_unit_test(what_is_observed),
                                     cmocka_unit_test(the_loss)};
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = isa_select();
  int n_failed = status.code == STATUS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
  ranks_end();
  return n_failed;
}
