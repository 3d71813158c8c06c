#include "nn/optimizer.h"

#include "base/exact.h"
#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

Status optimizer_make(Optimizer *optimizer, const Network *network) {
  *optimizer = (Optimizer){0};
  return memory_allocate(&optimizer->momentum, network->n_parameters, sizeof(float), "momentum");
}

void optimizer_free(Optimizer *optimizer) {
  free(optimizer->momentum);
  optimizer->momentum = NULL;
}

void optimizer_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int n_samples,
                    double lr) {
  const Config *config = network->config;
  double momentum = config->optimizer.momentum;
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    int is_weight = tensor->kind == TENSOR_CONV || tensor->kind == TENSOR_LINEAR;
    int decays = is_weight || config->optimizer.decay_norm;
    double decay = decays ? config->optimizer.weight_decay : 0;
    double l1 = decays ? config->optimizer.l1 : 0;
    float *w = network->parameters + tensor->offset, *v = optimizer->momentum + tensor->offset;
    const int64_t *sum = gradient + tensor->offset;
    for (size_t k = 0; k < tensor->n; k++) {
      double sign = (w[k] > 0) - (w[k] < 0);
      double g = exact_gradient_value(sum[k]) / n_samples + decay * w[k] + l1 * sign;
      v[k] = (float)(momentum * v[k] + g);
      w[k] = (float)(w[k] - lr * (config->optimizer.nesterov ? g + momentum * v[k] : v[k]));
    }
  }
  network_pack(network, 0, network->n_ops);
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
