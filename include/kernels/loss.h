#ifndef NORMLAB_KERNELS_LOSS_H
#define NORMLAB_KERNELS_LOSS_H
/* Log-softmax and negative log-likelihood of a block (PyTorch: nll_loss(log_softmax(z))), computed
 * in double precision with the maximum subtracted.
 *
 * z, dz: [n_classes][16] floats with a channel stride of 16; n_classes is 1 .. MAX_CLASSES.
 * label: [16]. loss: [16], of each sample. Lanes from n_valid on get loss 0, dz 0, prediction -1.
 * dz is the gradient of the sum over samples; their mean is taken once, where gradients are scaled.
 * prediction: [16], the number of the largest logit, the first of equals. A NaN counts as largest,
 * as in PyTorch. Nothing here fails, allocates or communicates. */
#include "kernels/block.h"
#include <stdint.h>

enum { MAX_CLASSES = 256 }; /* a label is a byte */

/* Writes
 *
 *   loss[l]  = log(sum over k of exp(z[k][l])) - z[label[l]][l]
 *   dz[k][l] = softmax(z)[k][l] - [k == label[l]]
 *
 * and the softmax as probability [16][n_classes]. dz and probability may be NULL. */
void nll_loss(double *loss, int32_t *prediction, float *probability, float *dz, const float *z,
              const uint8_t *label, int n_valid, int n_classes);

/* The loss with label smoothing s, 0 <= s < 1 (PyTorch: CrossEntropyLoss's label_smoothing). The
 * label's class is wanted with q = 1 - s + s / n_classes, every other class with q = s / n_classes.
 * It writes
 *
 *   loss[l]  = log(sum over k of exp(z[k][l])) - sum over k of q[k] z[k][l]
 *   dz[k][l] = softmax(z)[k][l] - q[k]
 *
 * With s = 0 the bits are those of nll_loss(). */
void smoothed_loss(double *loss, int32_t *prediction, float *dz, const float *z,
                   const uint8_t *label, double smoothing, int n_valid, int n_classes);

#endif
