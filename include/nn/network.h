#ifndef NORMLAB_NN_NETWORK_H
#define NORMLAB_NN_NETWORK_H
/* A network that is built from a configuration: operations on activations, and parameters.
 *
 * Activations are numbered; 0 is the input. An operation reads one activation (an addition reads
 * two) and writes one. A norm, dropout and a ReLU that follow one another in this order are one
 * operation. A network holds no activation: these belong to a Pass (nn/pass.h). */
#include "config/config.h"
#include "kernels/conv.h"

typedef struct Op Op; /* private to nn */

/* A named view into the block of parameters. */
typedef struct Tensor {
  char name[64];           /* PyTorch's: "layers.3.conv.weight" */
  const char *description; /* "of a convolution [out][in][row][column]" */
  int layer;               /* index in the configuration */
  int is_weight;           /* a filter or a matrix: it decays whatever optimizer.decay_norm says */
  int is_filter;           /* the weight of a convolution, which optimizer.l1_on: conv is for */
  int is_norm;             /* scale, shift or another parameter of a norm */
  int n_dims, dims[4];
  size_t offset, n; /* floats */
  /* How it begins: uniform in +-bound by the random numbers of this stream, or one value where
   * bound is 0. */
  double bound;
  uint64_t stream;
  float value;
} Tensor;

/* The running statistics of a norm that crosses samples. */
typedef struct Running {
  char prefix[64]; /* "layers.3.norm"; the state is prefix.running_mean and so on */
  int tensor;      /* the norm's last parameter tensor, after which PyTorch lists the statistics */
  int channels;
  float *mean, *variance; /* [channels]; the variance is unbiased; 0 and 1 at first */
  int64_t n_batches;      /* num_batches_tracked */
} Running;

typedef struct Network {
  const Config *config;
  const ConvBackend *backend;
  Op *ops; /* [n_ops] */
  int n_ops;
  Shape *shapes; /* [n_activations] */
  int n_activations;
  Tensor *tensors; /* [n_tensors] */
  int n_tensors;
  float *parameters; /* [n_parameters] */
  size_t n_parameters;
  float *packed; /* [n_packed]: weights in the order that kernels want */
  size_t n_packed;
  Running *running; /* [n_running] */
  int n_running;
  int n_classes;       /* outputs */
  int crosses_samples; /* whether some norm shares statistics between samples */
} Network;

/* Builds a network for inputs of c x h x w and gives its parameters their first values, which are
 * PyTorch's: weights of convolutions and linear layers and their biases uniform in +-1 /
 * sqrt(fan_in), gamma 1, beta 0. The values depend on seed, layer and element only, so that
 * variants of a network start from the same weights. Fails with STATUS_USAGE and file, line and key
 * where shapes do not fit. The network refers to config: free the network first. Not collective. */
Status network_build(Network *network, const Config *config, int c, int h, int w) MUST_CHECK;
void network_free(Network *network);

/* Packs the weights for the kernels. It has to be called after each change of the parameters. */
void network_pack(Network *network);

/* Useful floating-point operations of one sample's training step: those of convolutions and linear
 * layers, a multiplication and an addition each counted; forward, by the weights and, but for the
 * first operation, by the input. Norms, pools and pointwise operations are not counted. */
double network_training_flops(const Network *network);

#endif
