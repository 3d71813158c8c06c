#ifndef NORMLAB_NN_SUMMARY_H
#define NORMLAB_NN_SUMMARY_H
#include "nn/network.h"
#include <stdio.h>

/* Prints the network's name and norm, and the table of layers: for each its output shape, the
 * numbers of parameters of its convolution or linear operation and of its norm, and the receptive
 * field after it (in pixels of the input, along one side). The last line has the totals. Not
 * collective. */
void summary_print_layers(FILE *out, const Network *network);

/* Prints that table, the algorithms of the convolutions, and the sizes that torchsummary prints, in
 * MB of 2^20 bytes:
 *
 *   input                  c h w 4 bytes
 *   forward/backward pass  2 x 4 bytes x outputs of all modules (convolution, norm, dropout, ReLU,
 *                          pool, linear each count)
 *   parameters             4 bytes each
 *
 * Not collective. */
void summary_print(FILE *out, const Network *network);

#endif
