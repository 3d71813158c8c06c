#ifndef NORMLAB_NN_FLOPS_H
#define NORMLAB_NN_FLOPS_H
#include "nn/network.h"

/* Useful floating-point operations of one sample's training step: those of convolutions and linear
 * layers, a multiplication and an addition each counted, 2 n_out kernel^2 n_in outputs; forward, by
 * the weights, and (but for the first layer) by the input. Norms, pools and pointwise operations
 * are not counted. */
double flops_training(const Network *network);

#endif
