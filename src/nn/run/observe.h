#ifndef NORMLAB_NN_RUN_OBSERVE_H
#define NORMLAB_NN_RUN_OBSERVE_H
/* The means and deviations of what goes into a layer's norm and of what comes out of it, over a
 * whole batch. Not collective. */
#include "base/exact.h"
#include "builder.h"
#include "nn/pass.h"
#include "op.h"

/* The exact sums of an observed layer. */
enum { BEFORE, BEFORE_SQUARE, AFTER, AFTER_SQUARE, N_OBSERVED_SUMS };

typedef struct Observer {
  Observation *layers; /* [n] observed layers */
  int *layer_of;       /* [n_ops]: the index in `layers`; -1: the operation is not observed */
  int n, is_on;
} Observer;

/* Makes an observer. Of each layer, it observes the last operation that has a weight or is a norm,
 * so a norm rather than the convolution before it. Returns STATUS_MEMORY. The caller frees it by
 * observer_free(). */
Status observer_make(Observer *observer, const Network *network) MUST_CHECK;
void observer_free(Observer *observer);

/* Writes the name of a layer, of which `last` is the last operation that matters: its norm, or what
 * has its weights. */
void layer_name(char name[OBSERVATION_NAME], const Network *network, const Op *last);

/* Computes the observations from sums [n][N_OBSERVED_SUMS] over `count` samples. */
void observer_take(Observer *observer, const Network *network, const ExactSum *sums, int count);

#endif
