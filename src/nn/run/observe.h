#ifndef NORMLAB_NN_RUN_OBSERVE_H
#define NORMLAB_NN_RUN_OBSERVE_H
/* Means and deviations of what goes into a layer's norm and comes out of it, over a whole batch. */
#include "base/exact.h"
#include "nn/pass.h"
#include "op.h"

/* Exact sums of an observed layer. */
enum { BEFORE, BEFORE_SQUARE, AFTER, AFTER_SQUARE, N_OBSERVED_SUMS };

typedef struct Observer {
  Observation *layers; /* [n] */
  int *layer_of;       /* [n_ops]: place in layers, -1: the operation is not observed */
  int n, is_on;
} Observer;

/* Observed are, of each layer, the last operation that has a weight: its norm rather than its
 * convolution. */
Status observer_make(Observer *observer, const Network *network) MUST_CHECK;
void observer_free(Observer *observer);

/* From the sums over count samples, [n][N_OBSERVED_SUMS]. */
void observer_take(Observer *observer, const Network *network, const ExactSum *sums, int count);

#endif
