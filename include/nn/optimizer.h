#ifndef NORMLAB_NN_OPTIMIZER_H
#define NORMLAB_NN_OPTIMIZER_H
/* Stochastic gradient descent, PyTorch's SGD (Sutskever et al. 2013 for Nesterov's form there):
 *
 *   g = gradient of the mean loss + weight_decay w + l1 sign(w)
 *   v = momentum v + g            (v = 0 at first)
 *   w = w - lr (nesterov ? g + momentum v : v)
 *
 * With decay_norm = false both decays leave norm parameters and biases out. */
#include "nn/network.h"

typedef struct Optimizer {
  float *momentum; /* v, [n_parameters], in the order of the parameters */
} Optimizer;

Status optimizer_make(Optimizer *optimizer, const Network *network) MUST_CHECK;
void optimizer_free(Optimizer *optimizer);

/* One step. gradient: exact sums over n_samples samples (pass_gradient). The same on every rank.
 * Packs the weights. */
void optimizer_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int n_samples,
                    double lr);

/* L2 norm of the gradient of the mean loss, over all parameters of a layer. */
double optimizer_gradient_norm(const Network *network, const int64_t *gradient, int n_samples,
                               int layer);

#endif
