#ifndef NORMLAB_NN_STEPS_NORM_CONV_H
#define NORMLAB_NN_STEPS_NORM_CONV_H
#include "norm_group.h"

/* Goes back from the gradient of the convolution's result to that of some channels of the norm's
 * output, dy. */
void norm_conv_part_data(const Context *context, const NormGroup *group, Band band, float *dy);

#endif
