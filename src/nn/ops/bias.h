#ifndef NORMLAB_NN_OPS_BIAS_H
#define NORMLAB_NN_OPS_BIAS_H
#include "../builder.h"

/* Appends an operation y[c] = x[c] + b[c]. b has the distribution that PyTorch gives the bias of a
 * layer with this weight tensor. */
Status add_bias(Builder *builder, const char *suffix, int weight) MUST_CHECK;

/* Appends the tensor of such a bias alone, without an operation, and returns its number. */
int bias_tensor(Builder *builder, const char *suffix, int weight);

#endif
