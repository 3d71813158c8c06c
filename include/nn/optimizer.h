#ifndef NORMLAB_NN_OPTIMIZER_H
#define NORMLAB_NN_OPTIMIZER_H
/* PyTorch's optimizers. With g the gradient of the mean loss plus l1 sign(w), t the number of the
 * step from 1:
 *
 * sgd (Sutskever et al. 2013 for Nesterov's form there):
 *   g = g + weight_decay w
 *   v = momentum v + g            (v = 0 at first)
 *   w = w - lr (nesterov ? g + momentum v : v)
 *
 * adam (Kingma and Ba 2015), adamw (Loshchilov and Hutter 2019):
 *   g = g + weight_decay w        adam
 *   w = w (1 - lr weight_decay)   adamw
 *   m = beta1 m + (1 - beta1) g   (m = v = 0 at first)
 *   v = beta2 v + (1 - beta2) g^2
 *   w = w - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * With decay_norm = false both decays leave norm parameters and biases out; with l1_on = conv, l1
 * is for the weights of convolutions alone. Computed in double, kept as floats. */
#include "nn/network.h"

typedef struct Optimizer {
  float *momentum; /* v of sgd, m of adam, [n_parameters], in the order of the parameters */
  float *square;   /* v of adam, likewise; NULL for sgd */
  int64_t n_steps; /* t, steps done; counted for sgd too */
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
