#ifndef NORMLAB_NN_OPS_BIAS_H
#define NORMLAB_NN_OPS_BIAS_H
#include "../builder.h"

/* Appends y[c] = x[c] + b[c]; b is drawn as the weight tensor before it. */
Status add_bias(Builder *builder, const char *suffix, int weight) MUST_CHECK;

/* The bias of a layer with this weight: a tensor alone. */
int bias_tensor(Builder *builder, const char *suffix, int weight);

#endif
