#ifndef NORMLAB_KERNELS_THRESHOLD_H
#define NORMLAB_KERNELS_THRESHOLD_H
/* The thresholded linear unit of a block (Singh and Krishnan, "Filter response normalization
 * layer", 2020), with a threshold tau [C], and dropout after it:
 *
 *   y = dropout(max(x, tau))
 *
 * Activations have the layout of block.h. Nothing here fails, allocates or communicates, and
 * everything may be called by several threads whose outputs differ. */
#include "kernels/norm.h"

/* One call, for a band of the activation. */
typedef struct ThresholdCall {
  Shape shape; /* of the whole activation */
  Band band;   /* what the arrays hold of it, all with the stride band.stride */
  const float *tau;
  const Dropout *dropout; /* NULL: none */
  /* [C][H][W], dense, of the whole activation: bit l of an element's word is 1 where dropout keeps
   * lane l. It is not used where there is no dropout. */
  uint16_t *kept;
} ThresholdCall;

/* Writes y, and the masks of dropout. A NaN stays. */
void threshold_forward(float *y, const float *x, const ThresholdCall *call);

/* Writes dx, which may be the same array as dy: d = dy through dropout, by the masks that
 * threshold_forward() has left, where x > tau, and 0 elsewhere. It adds the sum of d over the other
 * elements to dtau [C], exact sums on the grid of base/exact.h's gradients, whose terms are those
 * of a lane of a channel. The band has all rows of its channels. Empty lanes must have dy = 0.
 * Returns 1 if a term was not below the limit in magnitude or was NaN, and has left it out;
 * otherwise 0. */
int threshold_backward(float *dx, int64_t *dtau, double limit, const float *dy, const float *x,
                       const ThresholdCall *call);

#endif
