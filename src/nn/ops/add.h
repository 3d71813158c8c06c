#ifndef NORMLAB_NN_OPS_ADD_H
#define NORMLAB_NN_OPS_ADD_H
#include "../builder.h"

/* Appends x + layer(x), a residual connection (He et al. 2016), where x is activation `from` and
 * layer(x) the newest activation. Returns STATUS_USAGE if they are not of one shape; `kernel`, the
 * size of the layer's kernel, is for the message. */
Status add_skip(Builder *builder, int from, int kernel) MUST_CHECK;

#endif
