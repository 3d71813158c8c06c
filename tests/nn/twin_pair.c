#include "twin_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { C = 2, H = 13, W = 12 };

static void scatter_parameters(Network *network, uint64_t seed) {
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    float *value = network->parameters + tensor->offset;
    /* Weights grow to keep the later layers' gradients large enough to matter. */
    for (size_t k = 0; k < tensor->n; k++)
      value[k] = !tensor->is_weight ? value[k] + (float)(0.6 * random_share(&seed) - 0.3)
                                    : 1.7F * value[k];
  }
  network_pack(network);
}

void twin_inputs(Pair *p) {
  free(p->x);
  double *all = images_doubles(&p->images);
  size_t one = C * H * W;
  p->x = new_zeroed((size_t)p->n * one, sizeof *p->x);
  for (int i = 0; i < p->n; i++)
    memcpy(p->x + (size_t)i * one, all + p->index[i] * one, one * sizeof *all);
  free(all);
}

void twin_labels(const Pair *p, uint8_t *label) {
  for (int i = 0; i < p->n; i++) label[i] = p->images.labels[p->index[i]];
}

double twin_forward(Pair *p, int is_training) {
  uint8_t label[64];
  twin_labels(p, label);
  return network_reference_forward(p->twin, p->parameters, p->x, label, p->running_mean,
                                   p->running_variance, is_training);
}

int twin_running_differs = 0;

/* Of group i of all norms; floats. */
static double first_mean(size_t i) {
  return twin_running_differs ? ((double)(i % 7) - 3) / 16 : 0;
}

static double first_variance(size_t i) {
  return twin_running_differs ? 0.75 + (double)(i % 5) / 8 : 1;
}

void reset_running(Pair *p) {
  for (size_t i = 0; i < p->twin->n_running; i++)
    p->running_mean[i] = first_mean(i), p->running_variance[i] = first_variance(i);
}

static void set_running(Network *network) {
  size_t at = 0;
  for (int r = 0; r < network->n_running; r++)
    for (int c = 0; c < network->running[r].n_groups; c++, at++) {
      network->running[r].mean[c] = (float)first_mean(at);
      network->running[r].variance[c] = (float)first_variance(at);
    }
}

/* Random images, drawn until no ReLU and no maximum hangs by less than MARGIN. */
static void draw_images(Pair *p, double margin) {
  for (uint64_t seed = 1;; seed++) {
    assert_true(seed < 200);
    images_make(&p->images, p->n + 3, C, H, W, N_CLASSES, seed);
    twin_inputs(p);
    reset_running(p);
    if (margin == 0) return;
    twin_forward(p, 1);
    reset_running(p);
    if (p->twin->margin > margin) return;
    images_free(&p->images);
  }
}

RenormLimits twin_limits = {1, 0};

void pair_make(Pair *p, const char *text, const char *norm, int n, const char *backend,
               double margin) {
  char set[64];
  *p = (Pair){.n = n};
  snprintf(set, sizeof set, "conv.backend=%s", backend);
  p->config = config_make(text, norm, set, NULL);
  expect_ok(network_build(&p->network, p->config, C, H, W));
  scatter_parameters(&p->network, 99);
  set_running(&p->network);
  p->twin = network_reference_make(p->config, C, H, W, n);
  p->twin->r_max = twin_limits.r_max, p->twin->d_max = twin_limits.d_max;
  assert_int_equal(p->twin->n_parameters, p->network.n_parameters);
  size_t n_parameters = p->twin->n_parameters;
  p->parameters = new_zeroed(n_parameters, sizeof *p->parameters);
  p->gradient = new_zeroed(n_parameters, sizeof *p->gradient);
  for (size_t i = 0; i < n_parameters; i++) p->parameters[i] = (double)p->network.parameters[i];
  p->running_mean = new_zeroed(p->twin->n_running, sizeof *p->running_mean);
  p->running_variance = new_zeroed(p->twin->n_running, sizeof *p->running_variance);
  p->index = new_zeroed((size_t)n, sizeof *p->index);
  /* Backwards, so that a sample's number is not its place. */
  for (int i = 0; i < n; i++) p->index[i] = (uint32_t)(n + 2 - i);
  draw_images(p, margin);
}

void pair_free(Pair *p) {
  pass_free(p->pass);
  network_free(&p->network);
  config_free(p->config);
  images_free(&p->images);
  network_reference_free(p->twin);
  void *owned[] = {p->index,        p->parameters,       p->x,
                   p->running_mean, p->running_variance, p->gradient};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}
