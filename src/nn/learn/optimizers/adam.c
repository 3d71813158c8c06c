#include "adam.h"

static const Key KEYS[] = {ADAM_KEYS};

/* Weight decay as L2, a part of the gradient: g = g + weight_decay w. */
static void step(const TensorStep *t, const void *settings) {
  const AdamSettings *s = settings;
  const AdamBias bias = adam_bias(s, t->t);
  for (size_t k = 0; k < t->n; k++) {
    double w = t->weights[k];
    adam_element(t, s, bias, k, w, tensor_gradient(t, k) + t->weight_decay * w);
  }
}

const OptimizerKind OPTIMIZER_ADAM = {
    .kind = {.name = "adam",
             .summary = "Adam (Kingma and Ba 2015), weight decay as a part of the gradient",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(AdamSettings)},
    .source = "Kingma and Ba 2015",
    .state = ADAM_STATE,
    .step = step,
};
