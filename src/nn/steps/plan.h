#ifndef NORMLAB_NN_STEPS_PLAN_H
#define NORMLAB_NN_STEPS_PLAN_H
#include "base/status.h"
#include "step.h"

/* Plans the steps of a network for batches of up to `batch` samples: what they need memory for,
 * and where the activations and gradients of a block lie. The plan refers to the network. Returns
 * STATUS_MEMORY. The caller frees it by plan_free(). Not collective. */
Status plan_make(Plan *plan, const Network *network, int batch) MUST_CHECK;
void plan_free(Plan *plan);

#endif
