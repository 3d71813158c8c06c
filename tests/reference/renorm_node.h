#ifndef NORMLAB_TESTS_RENORM_NODE_H
#define NORMLAB_TESTS_RENORM_NODE_H
/* The norms of tests/reference's network that are batch renormalization. parameters are gamma and
 * beta of the node, mean and variance its running statistics before the step. */
#include "network_reference.h"

void renorm_node_forward(const NetworkReference *r, const Node *node, double *y, const double *x,
                         const double *parameters, const double *mean, const double *variance);
/* Overwrites dx and the gradient of gamma and beta; r and d are those of the last forward pass. */
void renorm_node_backward(const Node *node, double *dx, double *gradient, const double *dy,
                          const double *x, const double *parameters);

#endif
