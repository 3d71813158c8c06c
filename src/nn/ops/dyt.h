#ifndef NORMLAB_NN_OPS_DYT_H
#define NORMLAB_NN_OPS_DYT_H
#include "../builder.h"

/* Appends a norm that is made of tanh (kernels/dyt.h), with its parameters alpha, weight and bias.
 * It has no statistics, and blocks do not wait for one another. Returns STATUS_MEMORY. */
Status add_dyt(Builder *builder, NormSpec spec) MUST_CHECK;

#endif
