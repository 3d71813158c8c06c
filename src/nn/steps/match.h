#ifndef NORMLAB_NN_STEPS_MATCH_H
#define NORMLAB_NN_STEPS_MATCH_H
#include "norm_group.h"

/* Makes the group of the norm at, or right after, this operation, and returns how many operations
 * it has; 0 if there is no such norm. For batches of up to `batch` samples. */
int norm_group_make(NormGroup *group, const Network *network, int first, const int *n_readers,
                    int batch);

#endif
