#ifndef NORMLAB_KERNELS_LOSS_H
#define NORMLAB_KERNELS_LOSS_H
/* Log-softmax and negative log-likelihood on a block (PyTorch: nll_loss(log_softmax(z))).
 *
 *   loss[l] = log(sum over k of exp(z[k][l])) - z[label[l]][l]
 *   dz[k][l] = softmax(z)[k][l] - [k == label[l]]: the gradient of the SUM over samples; the mean
 * is taken once, where gradients are scaled. */
#include "kernels/block.h"
#include <stdint.h>

enum { MAX_CLASSES = 256 }; /* a label is a byte */

/* z, dz: [n_classes][16], n_classes from 1 to MAX_CLASSES, with channel stride 16 floats (Shape
 * n_classes x 1 x 1). label [16]; lanes from n_valid on get loss 0, dz 0, prediction -1. dz may be
 * NULL (evaluation). loss [16] double; prediction [16]: index of the largest logit, the first of
 * equals (a NaN counts as largest, as in PyTorch); probability [16][n_classes] floats or NULL. In
 * double precision with the maximum subtracted. */
void nll_loss(double *loss, int32_t *prediction, float *probability, float *dz, const float *z,
              const uint8_t *label, int n_valid, int n_classes);

/* The same for training with label smoothing s, 0 <= s < 1 (PyTorch: CrossEntropyLoss's
 * label_smoothing): the label's class is wanted with q = 1 - s + s / n_classes, each other one with
 * q = s / n_classes.
 *
 *   loss[l] = log(sum over k of exp(z[k][l])) - sum over k of q[k] z[k][l]
 *   dz[k][l] = softmax(z)[k][l] - q[k]
 *
 * With s = 0 the bits are those of nll_loss. */
void smoothed_loss(double *loss, int32_t *prediction, float *dz, const float *z,
                   const uint8_t *label, double smoothing, int n_valid, int n_classes);

#endif
