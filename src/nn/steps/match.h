#ifndef NORMLAB_NN_STEPS_MATCH_H
#define NORMLAB_NN_STEPS_MATCH_H
#include "norm_group.h"

/* Makes the group of the norm that is this operation or the one right after it, for batches of up
 * to `batch` samples. Returns how many operations the group has; 0 if there is no such norm.
 * n_readers [n_activations] is the number of operations that read each activation. */
int norm_group_make(NormGroup *group, const Network *network, int first, const int *n_readers,
                    int batch);

#endif
