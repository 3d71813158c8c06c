#ifndef NORMLAB_NN_SUMMARY_H
#define NORMLAB_NN_SUMMARY_H
#include "nn/network.h"
#include <stdio.h>

/* The table of layers: output shape, parameters of convolution or linear and of the norm, receptive
 * field after the layer (pixels of the input along one side), then totals and torchsummary's sizes
 * in MB of 2^20 bytes:
 *
 *   input                  c h w 4 bytes
 *   forward/backward pass  2 x 4 bytes x outputs of all modules (convolution, norm, dropout, ReLU,
 *                          pool, linear each count)
 *   parameters             4 bytes each */
void summary_print(FILE *out, const Network *network);

#endif
