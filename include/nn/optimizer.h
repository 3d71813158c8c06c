#ifndef NORMLAB_NN_OPTIMIZER_H
#define NORMLAB_NN_OPTIMIZER_H
/* How a network's parameters are changed by its gradient. Each optimizer is a row (OptimizerKind)
 * in a file of its own under src/nn/learn/optimizers; a new one is one file and one line in the
 * list.h beside it. The configuration, the result file, resuming and the sharing between ranks
 * follow from the row.
 *
 * They compute what PyTorch's do. With g the gradient of the mean loss plus l1 sign(w), and t the
 * number of the step, from 1:
 *
 * sgd (momentum: Polyak 1964; Nesterov's form: Sutskever et al. 2013)
 *   g = g + weight_decay w
 *   v = momentum v + g            (v = 0 at first)
 *   w = w - lr (nesterov ? g + momentum v : v)
 *
 * adam (Kingma and Ba 2015), adamw (Loshchilov and Hutter 2019)
 *   g = g + weight_decay w        adam
 *   w = w (1 - lr weight_decay)   adamw
 *   m = beta1 m + (1 - beta1) g   (m = v = 0 at first)
 *   v = beta2 v + (1 - beta2) g^2
 *   w = w - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * With decay_norm = false neither weight_decay nor l1 acts on the parameters of norms and on
 * biases; with l1_on = conv, l1 acts on the weights of convolutions alone. Steps are computed in
 * double and kept as floats. Not collective: every rank takes the same step from the same sums. */
#include "base/exact.h"
#include "config/key.h"
#include "nn/network.h"

enum { OPTIMIZER_STATES = 2 };

/* An array that an optimizer keeps. It has a float for each parameter, which is 0 at first. */
typedef struct OptimizerState {
  const char *name;    /* the name of its group in the result file: /optimizer/NAME */
  const char *meaning; /* its letter in the formula, and what it is */
} OptimizerState;

/* What an optimizer is told about one parameter tensor in one step. */
typedef struct TensorStep {
  size_t n;                       /* the number of elements of the tensor, and of each array
                                     below */
  float *weights;                 /* w, which the step changes */
  const int64_t *gradient;        /* sums over the samples; tensor_gradient() reads them */
  float *state[OPTIMIZER_STATES]; /* the arrays of the row, in its order, which the step changes */
  int n_samples;                  /* the number of samples that the gradient is summed over */
  int is_weight; /* 1: the weights of a convolution or a linear layer; 0: of a norm, or a bias */
  double lr, weight_decay, l1; /* for this tensor; 0 where a decay leaves it out */
  int64_t t;                   /* number of the step, from 1 */
} TensorStep;

/* Returns g of element k: the gradient of the mean loss plus l1 sign(w). */
static inline double tensor_gradient(const TensorStep *step, size_t k) {
  double w = (double)step->weights[k], sign = (w > 0) - (w < 0);
  return exact_gradient_value(step->gradient[k]) / step->n_samples + step->l1 * sign;
}

typedef struct OptimizerKind {
  Kind kind; /* its name, keys and settings in the configuration */
  const char *source;
  OptimizerState state[OPTIMIZER_STATES]; /* an entry without a name stands for none */
  /* Changes the weights and the state of one tensor. `settings` is the struct of the kind. Threads
   * may call it for different tensors at once. */
  void (*step)(const TensorStep *step, const void *settings);
} OptimizerKind;

typedef struct Optimizer {
  const OptimizerKind *kind;
  float *state[OPTIMIZER_STATES]; /* [n_parameters], in the order of the parameters; NULL where
                                     the row has none */
  int64_t n_steps;                /* t, the number of steps done */
} Optimizer;

/* Makes the optimizer that the network's configuration names. The caller frees it with
 * optimizer_free, also after a failure. Returns STATUS_MEMORY. */
Status optimizer_make(Optimizer *optimizer, const Network *network) MUST_CHECK;
void optimizer_free(Optimizer *optimizer);
/* Returns the bytes that optimizer_make takes for this network. */
size_t optimizer_bytes(const Network *network);

/* Takes one step and packs the weights. In team_lead() its threads share the tensors. `gradient`
 * holds exact sums over n_samples samples (pass_gradient), [n_parameters]; they must be the same on
 * every rank. */
void optimizer_step(Optimizer *optimizer, Network *network, const int64_t *gradient, int n_samples,
                    double lr);

/* Returns the L2 norm of the gradient of the mean loss over all parameters of a layer. */
double optimizer_gradient_norm(const Network *network, const int64_t *gradient, int n_samples,
                               int layer);

#endif
