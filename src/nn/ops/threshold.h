#ifndef NORMLAB_NN_OPS_THRESHOLD_H
#define NORMLAB_NN_OPS_THRESHOLD_H
#include "../builder.h"

/* Appends the thresholded linear unit (kernels/threshold.h) that is a part of a norm, with its
 * parameter. Dropout that follows is a part of the operation. Returns STATUS_MEMORY. */
Status add_threshold(Builder *builder, NormSpec spec) MUST_CHECK;

#endif
