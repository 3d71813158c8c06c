#include "nn/optimizer.h"

#include "base/memory.h"
#include "nn/team.h"
#include <math.h>
#include <stdlib.h>

Status optimizer_make(Optimizer *optimizer, const Network *network) {
  /* The kinds of the configuration are those of the list here, which are rows. */
  const OptimizerKind *kind = (const OptimizerKind *)network->config->optimizer.kind;
  *optimizer = (Optimizer){.kind = kind};
  for (int i = 0; i < OPTIMIZER_STATES && kind->state[i].name; i++)
    TRY(memory_allocate(&optimizer->state[i], network->n_parameters, sizeof(float),
                        kind->state[i].name));
  return status_ok();
}

size_t optimizer_bytes(const Network *network) {
  const OptimizerKind *kind = (const OptimizerKind *)network->config->optimizer.kind;
  size_t bytes = 0;
  for (int i = 0; i < OPTIMIZER_STATES && kind->state[i].name; i++)
    bytes += memory_bytes(network->n_parameters, sizeof(float));
  return bytes;
}

void optimizer_free(Optimizer *optimizer) {
  for (int i = 0; i < OPTIMIZER_STATES; i++) free(optimizer->state[i]);
  *optimizer = (Optimizer){0};
}

static void set_decay(TensorStep *step, const Config *config, const Tensor *tensor) {
  int decays = tensor->is_weight || config->optimizer.decay_norm;
  int has_l1 = config->optimizer.l1_on == L1_ON_CONV ? tensor->is_filter : decays;
  step->weight_decay = decays ? config->optimizer.weight_decay : 0;
  step->l1 = has_l1 ? config->optimizer.l1 : 0;
}

/* A step that the threads of a team take together. */
typedef struct Update {
  const Optimizer *optimizer;
  const Network *network;
  const int64_t *gradient;
  int n_samples, n_threads;
  double lr;
} Update;

static void update_tensor(const Update *update, const Tensor *tensor) {
  const Optimizer *optimizer = update->optimizer;
  const Network *network = update->network;
  TensorStep step = {.n = tensor->n,
                     .weights = network->parameters + tensor->offset,
                     .gradient = update->gradient + tensor->offset,
                     .n_samples = update->n_samples,
                     .is_weight = tensor->is_weight,
                     .lr = update->lr,
                     .t = optimizer->n_steps};
  for (int k = 0; k < OPTIMIZER_STATES; k++)
    if (optimizer->state[k]) step.state[k] = optimizer->state[k] + tensor->offset;
  set_decay(&step, network->config, tensor);
  optimizer->kind->step(&step, network->config->optimizer.settings);
}

/* A tensor is updated and packed by the thread in whose part of the parameters its middle lies. */
static void update_part(void *context, int t) {
  const Update *update = context;
  const Network *network = update->network;
  const size_t n_threads = (size_t)update->n_threads;
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    const size_t middle = tensor->offset + tensor->n / 2;
    if (middle * n_threads / network->n_parameters != (size_t)t) continue;
    update_tensor(update, tensor);
    network_pack_tensor(network, i);
  }
}

void optimizer_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int n_samples,
                    double lr) {
  const int n_threads = team_size();
  optimizer->n_steps++;
  team_run(n_threads, update_part,
           &(Update){optimizer, network, gradient, n_samples, n_threads, lr});
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
