/* What an observed step says of each layer, against the plain double-precision network of
 * tests/reference. */
#include "fixture.h"
#include "kernels/isa.h"
#include "network_reference.h"
#include "nn/optimizer.h"
#include "nn/pass.h"
#include "op.h"
#include "twin_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const SPECS[] = {
    "none",    "batch",     "batch:5",  "layer", "layer:chw", "layer:w",           "group:2",
    "frn",     "group:c/4", "instance", "dyt",   "position",  "batch affine:none", "rms-layer",
    "renorm:4"};
enum { N_SPECS = sizeof SPECS / sizeof *SPECS };
/* The pass is made for more samples than the batch has, as for the last batch of an epoch. */
static const int BATCHES[] = {1, 7, 16, 21};
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES, MOST = 32 };

/* Of a mean and a deviation in deviations, and of a norm of gradients. Activations are kept as
 * floats: of a sum of at most 100 products of such numbers, rounding costs a few 2^-24 of it, and
 * the mean of many activations errs by less than they do. Where it errs by more, a row of few
 * pixels that are nearly alike was stretched: ROUNDING_FACTOR times what rounding errors of random
 * sign cost the twin. */
static const double TOLERANCE = 1e-6, ROUNDING_FACTOR = 6, FAR = 2e-6;

/* Layers with norms of their own, some of them without a scale. */
static const char MIXED[] =
    "network:\n"
    "  order: [conv, norm, relu]\n"
    "  layers:\n"
    "    - {type: block, channels: 8, kernel: 5, padding: 2, norm: rms-batch affine:none}\n"
    "    - {type: block, channels: 8, padding: 1, skip: true, norm: dyt}\n"
    "    - {type: norm, norm: 'over(n:4,c:2,h,w) affine:none'}\n"
    "    - {type: block, channels: 8, padding: 1, norm: frn}\n"
    "    - {type: max-pool, size: 2}\n"
    "    - {type: block, channels: 12, norm: position}\n"
    "    - {type: block, channels: 12, norm: none}\n"
    "    - {type: norm}\n"
    "    - {type: global-avg-pool}\n"
    "    - {type: linear, channels: 5}\n";

static void twin_moments(double *mean, double *deviation, const NetworkReference *twin, int a) {
  size_t n = (size_t)twin->n * (size_t)twin->c[a] * (size_t)twin->h[a] * (size_t)twin->w[a];
  double sum = 0, square = 0;
  for (size_t i = 0; i < n; i++) sum += twin->value[a][i];
  *mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) square += pow(twin->value[a][i] - *mean, 2);
  *deviation = sqrt(square / (double)n);
}

static size_t n_weights(const NetworkReference *twin, const Node *node) {
  const Node *next = node + 1, *end = twin->node + twin->n_nodes;
  return (next < end ? next->parameter : twin->n_parameters) - node->parameter;
}

static int node_is_norm(const Node *node) {
  return node->kind == NODE_NORM || node->kind == NODE_DYT;
}

/* What the twin sees of a layer with weights or a norm: its norm, where it has one, or else its
 * convolution or linear operation, that of a convolution before the bias. Returns whether it has
 * any. */
static int twin_observation(Observation *o, const Pair *p, int layer) {
  const NetworkReference *twin = p->twin;
  const Node *seen = NULL;
  double square = 0;
  for (const Node *node = twin->node; node < twin->node + twin->n_nodes; node++) {
    if (node->layer != layer) continue;
    for (size_t i = 0; i < n_weights(twin, node); i++)
      square += pow(p->gradient[node->parameter + i] / p->n, 2);
    if (node_is_norm(node)) seen = node;
    if (!seen && (node->kind == NODE_CONV || node->kind == NODE_LINEAR)) seen = node;
  }
  if (!seen) return 0;
  int is_norm = node_is_norm(seen), after = seen->out;
  /* A bias of a linear layer is part of it. */
  if (seen->kind == NODE_LINEAR && n_weights(twin, seen + 1) > 0 && seen[1].kind == NODE_BIAS)
    after = seen[1].out;
  *o = (Observation){.layer = layer, .gradient_norm = sqrt(square)};
  twin_moments(&o->mean_before, &o->deviation_before, twin, is_norm ? seen->in : after);
  twin_moments(&o->mean_after, &o->deviation_after, twin, after);
  return 1;
}

static int twin_observations(Observation *all, Pair *p, int is_single) {
  uint8_t label[64];
  int n = 0;
  twin_labels(p, label);
  p->twin->is_single = is_single;
  reset_running(p);
  twin_forward(p, 1);
  network_reference_backward(p->twin, p->gradient, p->parameters, label);
  p->twin->is_single = 0;
  for (int layer = 0; layer < p->config->network.n_layers; layer++)
    n += twin_observation(&all[n], p, layer);
  assert_true(n < MOST);
  return n;
}

/* A step of p's batch with the network, which may be another than p's. */
static const Observation *observe(int *n, Pass **pass, Network *network, const Pair *p,
                                  int n_threads) {
  StepResult result;
  expect_ok(pass_make(pass, network, p->n + 20, n_threads));
  pass_train(*pass, &p->images.set, p->images.table, p->index, p->n, 0, 0, 1, &result);
  assert_int_equal(result.out_of_range, 0);
  return pass_observations(*pass, n);
}

static double moments_error(const Observation *a, const Observation *b) {
  double before = fmax(b->deviation_before, 1e-3), after = fmax(b->deviation_after, 1e-3);
  double error[] = {(a->mean_before - b->mean_before) / before,
                    (a->deviation_before - b->deviation_before) / before,
                    (a->mean_after - b->mean_after) / after,
                    (a->deviation_after - b->deviation_after) / after};
  double largest = 0;
  for (int i = 0; i < 4; i++)
    if (!(fabs(error[i]) <= largest)) largest = fabs(error[i]);
  return largest;
}

static void expect_near(double error, double rounding, const char *what, const char *name,
                        const char *norm, int n) {
  if (!(error <= fmax(TOLERANCE, ROUNDING_FACTOR * rounding)))
    fail_msg("%s, %s, batch %d: error of %s %.1e, rounding %.1e", name, norm, n, what, error,
             rounding);
}

/* How far one gradient of a layer is from another, over the norm of that one. */
static double gradient_distance(const Network *network, const double *a, const double *b,
                                int layer) {
  double off = 0, square = 0;
  for (int t = 0; t < network->n_tensors; t++) {
    const Tensor *tensor = &network->tensors[t];
    for (size_t i = tensor->offset; i < tensor->offset + tensor->n; i++) {
      if (tensor->layer != layer) continue;
      off += pow(a[i] - b[i], 2);
      square += pow(b[i], 2);
    }
  }
  return sqrt(off / square);
}

/* The norm that a layer has, "" if it has none. */
static void norm_text(char text[NORM_SPEC_TEXT], const Network *network, int layer) {
  const NormSpec *spec = config_layer_value(network->config, layer, "norm");
  text[0] = '\0';
  if (spec) norm_spec_text(text, *spec);
  if (strcmp(text, "none") == 0) text[0] = '\0';
}

/* The number of a layer comes first; its norm, behind a comma, and its output last. */
static void expect_named(const char *name, const Network *network, int layer) {
  Shape out = {0};
  char norm[NORM_SPEC_TEXT];
  for (int i = 0; i < network->n_ops; i++)
    if (network->ops[i].layer == layer) out = op_out(network, &network->ops[i]);
  char begins[16], ends[64 + NORM_SPEC_TEXT];
  norm_text(norm, network, layer);
  snprintf(begins, sizeof begins, "%d ", layer);
  snprintf(ends, sizeof ends, "%s%s %dx%dx%d", *norm ? ", " : "", norm, out.c, out.h, out.w);
  if (!*norm) assert_null(strchr(name, ','));
  assert_memory_equal(name, begins, strlen(begins));
  assert_true(strlen(name) > strlen(ends));
  assert_string_equal(name + strlen(name) - strlen(ends), ends);
}

static void compare(const char *text, const char *norm, int n, double largest[2]) {
  Pair p;
  Observation wanted[MOST], rounded[MOST];
  int n_seen, n_wanted;
  pair_make(&p, text, norm, n, "direct", FAR);
  twin_observations(rounded, &p, 1);
  double *rounded_gradient = p.gradient;
  p.gradient = new_zeroed(p.twin->n_parameters, sizeof *p.gradient);
  n_wanted = twin_observations(wanted, &p, 0);
  const Observation *seen = observe(&n_seen, &p.pass, &p.network, &p, 2);
  assert_int_equal(n_seen, n_wanted);
  for (int i = 0; i < n_seen; i++) {
    const char *name = seen[i].name;
    expect_named(name, &p.network, wanted[i].layer);
    assert_int_equal(seen[i].layer, wanted[i].layer);
    double gradient =
        optimizer_gradient_norm(&p.network, pass_gradient(p.pass), n, wanted[i].layer);
    double moments = moments_error(&seen[i], &wanted[i]), norm_of = wanted[i].gradient_norm;
    double off = fabs(gradient - norm_of) / norm_of;
    expect_near(moments, moments_error(&rounded[i], &wanted[i]), "moments", name, norm, n);
    if (norm_of == 0) assert_true(gradient == 0); /* it has no parameters */
    if (norm_of == 0) continue;
    double rounding = gradient_distance(&p.network, rounded_gradient, p.gradient, wanted[i].layer);
    expect_near(off, rounding, "gradient norm", name, norm, n);
    largest[0] = fmax(largest[0], moments);
    largest[1] = fmax(largest[1], off);
  }
  free(rounded_gradient);
  pair_free(&p);
}

static void compare_all(const char *text) {
  for (int s = 0; s < N_SPECS; s++) {
    double largest[2] = {0, 0};
    for (int b = 0; b < N_BATCHES; b++) compare(text, SPECS[s], BATCHES[b], largest);
    print_message("%-9s error of moments %.1e, gradient norm %.1e\n", SPECS[s], largest[0],
                  largest[1]);
  }
}

static void test_norm_before_relu(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS);
}

static void test_relu_before_norm(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS_RELU_NORM);
}

static void test_norms_of_layers(void **state) {
  (void)state;
  double largest[2] = {0, 0};
  for (int b = 1; b < N_BATCHES; b++) {
    compare(MIXED, "layer", BATCHES[b], largest);
    compare(MIXED, "batch:3 affine:none", BATCHES[b], largest);
  }
  print_message("error of moments %.1e, gradient norm %.1e\n", largest[0], largest[1]);
}

/* Activations that are computed in pieces. */
static void test_large_activations(void **state) {
  (void)state;
  double largest[2] = {0, 0};
  compare(NETWORK_LARGE, "batch", 19, largest);
  compare(NETWORK_LARGE_RELU_NORM, "group:2", 3, largest);
  print_message("error of moments %.1e, gradient norm %.1e\n", largest[0], largest[1]);
}

/* The first layer that drops anything is seen as if it did not: what it drops comes after. */
static void test_dropout_comes_after(void **state) {
  (void)state;
  for (int s = 0; s < N_SPECS; s++) {
    Pair p;
    Network dropping;
    Pass *pass;
    Observation wanted[MOST];
    int n;
    pair_make(&p, NETWORK_ALL_LAYERS, SPECS[s], 21, "direct", FAR);
    twin_observations(wanted, &p, 0);
    Config *config =
        config_make(NETWORK_ALL_LAYERS, SPECS[s], "network.dropout=0.5",
                    "network.order=[conv, norm, dropout, relu]", "conv.backend=direct", NULL);
    expect_ok(network_build(&dropping, config, p.images.set.c, p.images.set.h, p.images.set.w));
    memcpy(dropping.parameters, p.network.parameters, dropping.n_parameters * sizeof(float));
    network_pack(&dropping);
    const Observation *seen = observe(&n, &pass, &dropping, &p, 1);
    expect_near(moments_error(&seen[0], &wanted[0]), 0, "moments", seen[0].name, SPECS[s], 21);
    assert_true(moments_error(&seen[1], &wanted[1]) > 1e-3);
    pass_free(pass);
    network_free(&dropping);
    config_free(config);
    pair_free(&p);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_norm_before_relu),    cmocka_unit_test(test_relu_before_norm),
      cmocka_unit_test(test_norms_of_layers),     cmocka_unit_test(test_large_activations),
      cmocka_unit_test(test_dropout_comes_after),
  };
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = isa_select();
  int n_failed = status.code == STATUS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
  ranks_end();
  return n_failed;
}
