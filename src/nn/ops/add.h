#ifndef NORMLAB_NN_OPS_ADD_H
#define NORMLAB_NN_OPS_ADD_H
#include "../builder.h"

/* Appends x + layer(x), where x is activation `from`: a residual connection (He et al. 2016). Both
 * must be of one shape. kernel: of the layer, for the message. */
Status add_skip(Builder *builder, int from, int kernel) MUST_CHECK;

#endif
