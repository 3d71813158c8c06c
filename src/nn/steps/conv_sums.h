#ifndef NORMLAB_NN_STEPS_CONV_SUMS_H
#define NORMLAB_NN_STEPS_CONV_SUMS_H
#include "norm_group.h"

/* The functions fits() and sizes() of the head CONV_SUMS, on which the head CONV_NORM_CONV builds.
 */
int conv_sums_fits(NormGroup *group, const Network *network, const int *n_readers, int batch);
void conv_sums_sizes(Sizes *sizes, const Network *network, const NormGroup *group);

#endif
