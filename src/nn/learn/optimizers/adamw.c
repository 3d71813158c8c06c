#include "adam.h"

static const Key KEYS[] = {ADAM_KEYS, {"weight_decay", KEY_DEFAULT, .fallback = "0.01"}};

/* Weight decay by itself: w = w (1 - lr weight_decay). */
static void step(const TensorStep *t, const void *settings) {
  const AdamSettings *s = settings;
  const AdamBias bias = adam_bias(s, t->t);
  for (size_t k = 0; k < t->n; k++) {
    double g = tensor_gradient(t, k);
    adam_element(t, s, bias, k, t->weights[k] * (1 - t->lr * t->weight_decay), g);
  }
}

const OptimizerKind OPTIMIZER_ADAMW = {
    .kind = {.name = "adamw",
             .summary = "Adam with weight decay by itself (Loshchilov and Hutter 2019)",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(AdamSettings)},
    .source = "Loshchilov and Hutter 2019",
    .state = ADAM_STATE,
    .step = step,
};
