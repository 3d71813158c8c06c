#include "nn/optimizer.h"

#include "base/exact.h"
#include "base/memory.h"
#include "learn/optimizer_kinds.h"
#include <math.h>
#include <stdlib.h>

Status optimizer_make(Optimizer *optimizer, const Network *network) {
  size_t n = network->n_parameters;
  *optimizer = (Optimizer){0};
  TRY(memory_allocate(&optimizer->momentum, n, sizeof(float), "momentum"));
  if (network->config->optimizer.kind == &SGD) return status_ok();
  return memory_allocate(&optimizer->square, n, sizeof(float), "second moment");
}

void optimizer_free(Optimizer *optimizer) {
  free(optimizer->momentum);
  free(optimizer->square);
  *optimizer = (Optimizer){0};
}

/* What a step does to the parameters of a tensor. */
typedef struct Update {
  const Kind *kind;
  int nesterov;
  double lr, momentum, beta1, beta2, epsilon;
  double correction1, correction2; /* 1 - beta^t, the second one's root */
  double decay, l1;
} Update;

static Update update_of(const Optimizer *optimizer, const Config *config, double lr) {
  Update u = {.kind = config->optimizer.kind, .lr = lr};
  if (u.kind == &SGD) {
    const SgdSettings *sgd = config->optimizer.settings;
    u.nesterov = sgd->nesterov;
    u.momentum = sgd->momentum;
    return u;
  }
  const AdamSettings *adam = config->optimizer.settings;
  u.beta1 = adam->beta1;
  u.beta2 = adam->beta2;
  u.epsilon = adam->epsilon;
  double t = (double)optimizer->n_steps;
  u.correction1 = 1 - pow(u.beta1, t);
  u.correction2 = sqrt(1 - pow(u.beta2, t));
  return u;
}

static void set_decay(Update *u, const Config *config, const Tensor *tensor) {
  int decays = tensor->is_weight || config->optimizer.decay_norm;
  int has_l1 = config->optimizer.l1_on == L1_ON_CONV ? tensor->is_filter : decays;
  u->decay = decays ? config->optimizer.weight_decay : 0;
  u->l1 = has_l1 ? config->optimizer.l1 : 0;
}

static void sgd(const Update *u, float *w, float *v, double g) {
  g += u->decay * *w;
  *v = (float)(u->momentum * *v + g);
  *w = (float)(*w - u->lr * (u->nesterov ? g + u->momentum * *v : *v));
}

static void adam(const Update *u, float *w, float *m, float *v, double g) {
  double before = *w;
  if (u->kind == &ADAM)
    g += u->decay * before;
  else
    before *= 1 - u->lr * u->decay;
  *m = (float)(u->beta1 * *m + (1 - u->beta1) * g);
  *v = (float)(u->beta2 * *v + (1 - u->beta2) * g * g);
  double root = sqrt(*v) / u->correction2 + u->epsilon;
  *w = (float)(before - u->lr / u->correction1 * *m / root);
}

void optimizer_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int n_samples,
                    double lr) {
  optimizer->n_steps++;
  Update u = update_of(optimizer, network->config, lr);
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    set_decay(&u, network->config, tensor);
    for (size_t k = tensor->offset; k < tensor->offset + tensor->n; k++) {
      float *w = &network->parameters[k], *first = &optimizer->momentum[k];
      double sign = (*w > 0) - (*w < 0);
      double g = exact_gradient_value(gradient[k]) / n_samples + u.l1 * sign;
      if (u.kind == &SGD)
        sgd(&u, w, first, g);
      else
        adam(&u, w, first, &optimizer->square[k], g);
    }
  }
  network_pack(network);
}

double optimizer_gradient_norm(const Network *network, const int64_t *gradient, int n_samples,
                               int layer) {
  double square = 0;
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    if (tensor->layer != layer) continue;
    for (size_t k = 0; k < tensor->n; k++) {
      double g = exact_gradient_value(gradient[tensor->offset + k]) / n_samples;
      square += g * g;
    }
  }
  return sqrt(square);
}
