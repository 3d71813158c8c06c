#include "optimizer_kinds.h"

#include <stdio.h>

/* clang-format off */
static const Key SGD_KEYS[] = {
    {"momentum", KEY_NUMBER, offsetof(SgdSettings, momentum), .fallback = "0.9",
     .range = RANGE_FROM_BELOW(0, 1),
     .documentation = "Share of the last step's direction that is kept."},
    {"nesterov", KEY_SWITCH, offsetof(SgdSettings, nesterov), .fallback = "false",
     .documentation = "Whether the momentum is Nesterov's; it must be above 0 then."},
};

#define ADAM_ROWS                                                                                  \
  {"lr", KEY_DEFAULT, .fallback = "0.001"},                                                        \
  {"beta1", KEY_NUMBER, offsetof(AdamSettings, beta1), .fallback = "0.9",                          \
   .range = RANGE_FROM_BELOW(0, 1), .documentation = "Decay of the gradient's average."},          \
  {"beta2", KEY_NUMBER, offsetof(AdamSettings, beta2), .fallback = "0.999",                        \
   .range = RANGE_FROM_BELOW(0, 1), .documentation = "Decay of the squared gradient's average."},  \
  {"epsilon", KEY_NUMBER, offsetof(AdamSettings, epsilon), .fallback = "1e-8",                     \
   .range = RANGE_ABOVE(0),                                                                        \
   .documentation = "Added to the root of the squared gradient's average."}

static const Key ADAM_KEYS[] = {ADAM_ROWS};
static const Key ADAMW_KEYS[] = {ADAM_ROWS, {"weight_decay", KEY_DEFAULT, .fallback = "0.01"}};
/* clang-format on */

static const char *check_nesterov(const void *settings, char *text, size_t bytes) {
  const SgdSettings *sgd = settings;
  if (!sgd->nesterov || sgd->momentum > 0) return NULL;
  snprintf(text, bytes,
           "true, but optimizer.momentum is 0; accepted: false, or a momentum above 0");
  return "nesterov";
}

const Kind SGD = {"sgd",
                  "stochastic gradient descent with momentum",
                  SGD_KEYS,
                  N_KEYS(SGD_KEYS),
                  sizeof(SgdSettings),
                  check_nesterov};
const Kind ADAM = {"adam", "Adam (Kingma and Ba 2015), weight decay as a part of the gradient",
                   ADAM_KEYS, N_KEYS(ADAM_KEYS), .settings_bytes = sizeof(AdamSettings)};
const Kind ADAMW = {"adamw", "Adam with weight decay by itself (Loshchilov and Hutter 2019)",
                    ADAMW_KEYS, N_KEYS(ADAMW_KEYS), .settings_bytes = sizeof(AdamSettings)};
