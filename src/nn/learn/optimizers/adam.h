#ifndef NORMLAB_NN_LEARN_ADAM_H
#define NORMLAB_NN_LEARN_ADAM_H
/* What Adam and AdamW share. */
#include "nn/optimizer.h"

#include <math.h>

typedef struct AdamSettings {
  double beta1, beta2, epsilon;
} AdamSettings;

/* clang-format off */
#define ADAM_KEYS                                                                                  \
  {"lr", KEY_DEFAULT, .fallback = "0.001"},                                                        \
  {"beta1", KEY_NUMBER, offsetof(AdamSettings, beta1), .fallback = "0.9",                          \
   .range = RANGE_FROM_BELOW(0, 1), .documentation = "Decay of the gradient's average."},          \
  {"beta2", KEY_NUMBER, offsetof(AdamSettings, beta2), .fallback = "0.999",                        \
   .range = RANGE_FROM_BELOW(0, 1), .documentation = "Decay of the squared gradient's average."},  \
  {"epsilon", KEY_NUMBER, offsetof(AdamSettings, epsilon), .fallback = "1e-8",                     \
   .range = RANGE_ABOVE(0),                                                                        \
   .documentation = "Added to the root of the squared gradient's average."}
#define ADAM_STATE {{"exp_avg", "m, average of the gradient"},                                     \
                    {"exp_avg_sq", "v, average of the squared gradient"}}
/* clang-format on */

/* The averages begin with 0, so their weights sum to 1 - beta^t and not to 1. These are the
 * factors that correct this in step t: 1 - beta1^t and sqrt(1 - beta2^t). */
typedef struct AdamBias {
  double first, second_root;
} AdamBias;

static inline AdamBias adam_bias(const AdamSettings *s, int64_t t) {
  return (AdamBias){1 - pow(s->beta1, (double)t), sqrt(1 - pow(s->beta2, (double)t))};
}

/* Changes element k, whose weight is w after weight decay and whose gradient is g:
 *
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
 *   w = w - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) */
static inline void adam_element(const TensorStep *t, const AdamSettings *s, AdamBias bias, size_t k,
                                double w, double g) {
  float *m = &t->state[0][k], *v = &t->state[1][k];
  *m = (float)(s->beta1 * *m + (1 - s->beta1) * g);
  *v = (float)(s->beta2 * *v + (1 - s->beta2) * g * g);
  double root = sqrt(*v) / bias.second_root + s->epsilon;
  t->weights[k] = (float)(w - t->lr / bias.first * *m / root);
}

#endif
