#ifndef NORMLAB_NN_STEPS_NORM_CONV_H
#define NORMLAB_NN_STEPS_NORM_CONV_H
#include "norm_group.h"

/* Goes back from the gradient of the convolution's result to the dz of some channels of the norm,
 * whose output is made again, and adds to the norm's sums. If dw is 1, the weight gradient of the
 * convolution for these channels is added to the thread's */
void norm_conv_part_backward(const Context *context, const NormGroup *group, Band band, float *dz,
                             const NormGradient *gradient, int dw);

#endif
