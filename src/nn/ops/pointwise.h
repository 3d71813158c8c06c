#ifndef NORMLAB_NN_OPS_POINTWISE_H
#define NORMLAB_NN_OPS_POINTWISE_H
#include "../builder.h"

/* Appends dropout (nothing for probability 0), or a ReLU: as a part of the operation before it
 * where that takes it, and otherwise as one of its own. */
Status add_dropout(Builder *builder, double probability) MUST_CHECK;
Status add_relu(Builder *builder) MUST_CHECK;

#endif
