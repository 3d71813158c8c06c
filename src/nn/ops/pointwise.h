#ifndef NORMLAB_NN_OPS_POINTWISE_H
#define NORMLAB_NN_OPS_POINTWISE_H
#include "../builder.h"

/* Append dropout (nothing for probability 0) or a ReLU. It becomes a part of the operation before
 * it where that operation takes it in, and an operation of its own otherwise. */
Status add_dropout(Builder *builder, double probability) MUST_CHECK;
Status add_relu(Builder *builder) MUST_CHECK;

#endif
