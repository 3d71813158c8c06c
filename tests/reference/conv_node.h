#ifndef NORMLAB_TESTS_CONV_NODE_H
#define NORMLAB_TESTS_CONV_NODE_H
/* The convolutions and linear layers of tests/reference's network, for all samples. w are the
 * parameters of the node; a convolution may use them standardized. */
#include "network_reference.h"

void conv_node_forward(NetworkReference *r, const Node *node, double *y, const double *x,
                       const double *w);
/* Overwrites dx, adds to dw. */
void conv_node_backward(const NetworkReference *r, const Node *node, double *dx, double *dw,
                        const double *x, const double *dy, const double *w);

#endif
