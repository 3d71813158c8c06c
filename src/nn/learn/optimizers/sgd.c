#include "nn/optimizer.h"

#include <stdio.h>

typedef struct Settings {
  double momentum;
  int nesterov;
} Settings;

static const Key KEYS[] = {
    {"momentum", KEY_NUMBER, offsetof(Settings, momentum), .fallback = "0.9",
     .range = RANGE_FROM_BELOW(0, 1),
     .documentation = "Share of the last step's direction that is kept."},
    {"nesterov", KEY_SWITCH, offsetof(Settings, nesterov), .fallback = "false",
     .documentation = "Whether the momentum is Nesterov's; it must be above 0 then."},
};

static const char *check(const void *settings, char *text, size_t bytes) {
  const Settings *s = settings;
  if (!s->nesterov || s->momentum > 0) return NULL;
  snprintf(text, bytes,
           "true, but optimizer.momentum is 0; accepted: false, or a momentum above 0");
  return "nesterov";
}

/* g = g + weight_decay w,  v = momentum v + g,  w = w - lr (nesterov ? g + momentum v : v) */
static void step(const TensorStep *t, const void *settings) {
  const Settings *s = settings;
  for (size_t k = 0; k < t->n; k++) {
    float *w = &t->weights[k], *v = &t->state[0][k];
    double g = tensor_gradient(t, k) + t->weight_decay * *w;
    *v = (float)(s->momentum * *v + g);
    *w = (float)(*w - t->lr * (s->nesterov ? g + s->momentum * *v : *v));
  }
}

const OptimizerKind OPTIMIZER_SGD = {
    .kind = {.name = "sgd",
             .summary = "stochastic gradient descent with momentum",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings),
             .check = check},
    .source = "Polyak 1964; Sutskever et al. 2013",
    .state = {{"momentum", "v, the direction of the last step"}},
    .step = step,
};
