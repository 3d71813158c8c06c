#ifndef NORMLAB_KERNELS_DYT_H
#define NORMLAB_KERNELS_DYT_H
/* The dynamic tanh of a block, which stands in place of a norm (Zhu, Chen, He, LeCun and Liu,
 * "Transformers without normalization", 2025):
 *
 *   t = tanh(alpha x)
 *   y = relu(dropout(gamma t + beta))
 *
 * with gamma and beta [C], and one alpha. Activations have the layout of block.h. Nothing here
 * fails, allocates or communicates, and everything may be called by several threads whose outputs
 * differ. */
#include "kernels/norm.h"

/* One call, for a band of the activation. */
typedef struct DytCall {
  Shape shape; /* of the whole activation */
  Band band;   /* what x, y and their gradients hold of it, all with the stride band.stride */
  float alpha;
  const float *gamma, *beta; /* [C] */
  const Dropout *dropout;    /* NULL: none */
  int relu;                  /* 0 or 1; relu(NaN) = NaN */
  /* [C][H][W], dense, of the whole activation: bit l of an element's word is 1 where lane l passes
   * dropout and ReLU. It is not used where there is neither. */
  uint16_t *passes;
} DytCall;

/* Where the gradients of the parameters are added: exact sums on the grid of base/exact.h's
 * gradients. A term is the sum of a lane over a channel. */
typedef struct DytGradient {
  int64_t *dalpha;         /* [1] */
  int64_t *dgamma, *dbeta; /* [C] */
  double limit; /* the bound of a term of dgamma and dbeta; that of dalpha is limit / C */
} DytGradient;

/* Writes y, and its masks to passes. */
void dyt_forward(float *y, const float *x, const DytCall *call);

/* Writes dx, which may be the same array as dy, and adds the parameters' gradients. With d = dy
 * through the masks that dyt_forward() has left:
 *
 *   dx = alpha gamma d (1 - t^2),  dgamma += d t,  dbeta += d,  dalpha += gamma d x (1 - t^2)
 *
 * The band has all rows of its channels. Empty lanes must have dy = 0 and finite x; they get
 * dx = 0. Returns 1 if a term was not below its limit in magnitude or was NaN, and has left it out;
 * otherwise 0. */
int dyt_backward(float *dx, const DytGradient *gradient, const float *dy, const float *x,
                 const DytCall *call);

#endif
