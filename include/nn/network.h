#ifndef NORMLAB_NN_NETWORK_H
#define NORMLAB_NN_NETWORK_H
/* A network that is built from a configuration: operations on activations, and parameters.
 *
 * Activations are numbered; number 0 is the input. An operation reads one activation (an addition
 * reads two) and writes one. A norm, dropout and a ReLU that follow one another in this order are
 * one operation. A network holds no activations: these belong to a Pass (nn/pass.h). Not
 * collective. */
#include "config/config.h"
#include "kernels/conv.h"

typedef struct Op Op; /* an operation; private to nn */

/* A named part of the block of parameters. */
typedef struct Tensor {
  char name[64];           /* PyTorch's name: "layers.3.conv.weight" */
  const char *description; /* "of a convolution [out][in][row][column]" */
  int layer;               /* the index of its layer in the configuration */
  int is_weight;           /* 1: a filter or a matrix, which decays whatever optimizer.decay_norm
                              says */
  int is_filter;           /* 1: the weight of a convolution, which optimizer.l1_on: conv is for */
  int is_norm;             /* 1: the scale, the shift or another parameter of a norm */
  int n_dims, dims[4];
  size_t offset, n; /* where it begins among Network.parameters, and its length, both in floats */
  /* Its first values: uniformly distributed in +-bound by the random numbers of this stream, or
   * all equal to `value` if bound is 0. */
  double bound;
  uint64_t stream;
  float value;
} Tensor;

/* The running statistics of a norm that crosses samples, such as batch norm. */
typedef struct Running {
  char prefix[64]; /* "layers.3.norm"; PyTorch's names are prefix.running_mean and so on */
  int tensor;      /* the number of the parameter tensor after which PyTorch lists the statistics:
                      the norm's last one, or, if it has none, the last one before it; -1: none */
  int n_groups;    /* groups of statistics: the channels of a batch norm */
  /* [n_groups]. The variance is unbiased; at first they are 0 and 1. Of a norm that is not centred
   * the mean stays 0, and the variance is the mean square. */
  float *mean, *variance;
  /* [n_groups]: those of a whole set of images, with the biased variance (pass_population()). They
   * mean something only while Network.has_population is 1. */
  struct {
    float *mean, *variance;
  } population;
  int64_t n_batches; /* the number of batches so far (PyTorch's num_batches_tracked) */
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
  float *standardized; /* [n_parameters]: the weights of convolutions as they are used, made by
                          network_pack(); NULL where they are used as they are */
  float *packed;       /* [n_packed]: the weights in the order that the kernels want */
  size_t n_packed;
  Running *running; /* [n_running] */
  int n_running;
  int n_classes;       /* the number of outputs */
  int crosses_samples; /* 1: some norm shares statistics between samples */
  int has_population;  /* 1: Running.population belongs to the parameters */
} Network;

/* Builds a network for inputs [c][h][w] and gives its parameters their first values, which are
 * those of PyTorch: The weights and biases of convolutions and linear layers are uniformly
 * distributed in +-1 / sqrt(fan_in), gamma is 1 and beta is 0. The values depend on seed, layer
 * and element only, so variants of a network start from the same weights. Returns STATUS_USAGE
 * with file, line and key where shapes do not fit, or STATUS_MEMORY. The caller frees the network
 * by network_free(), before the config that it refers to. */
Status network_build(Network *network, const Config *config, int c, int h, int w) MUST_CHECK;
/* Builds a network whose parameters somebody has already, n_parameters of them. Returns STATUS_DATA
 * before it takes memory for parameters if it has another number of them. */
Status network_build_known(Network *network, const Config *config, int c, int h, int w,
                           size_t n_parameters) MUST_CHECK;
void network_free(Network *network);

/* Refuses a network that cannot be trained in the batches of its configuration, with STATUS_USAGE,
 * file, line and layer: a norm in it would take statistics of one element. n_train is the number of
 * training images: with it the last batch of an epoch, which may be smaller, is checked too. With 0
 * it is not known, and only whole batches are checked. Evaluation with running statistics works all
 * the same. */
Status network_check(const Network *network, int n_train) MUST_CHECK;

/* Refuses in the same way to evaluate so many samples with the statistics of their own batches. */
Status network_check_evaluation(const Network *network, int n_samples) MUST_CHECK;

/* Returns the bytes that the values of a network take: parameters, packed weights, statistics. */
size_t network_bytes(const Network *network);

/* Packs the weights for the kernels. It must be called after each change of the parameters. */
void network_pack(Network *network);
/* Packs the weights of one tensor. Several threads may call it for different tensors. */
void network_pack_tensor(const Network *network, int tensor);

/* Returns the number of useful floating-point operations of one sample in a training step: those
 * of convolutions and linear layers, where a multiplication and an addition count as two. A
 * training step computes the output, the gradient of the weights and, for all operations but the
 * first, the gradient of the input. Norms, pools and pointwise operations are not counted. */
double network_training_flops(const Network *network);

#endif
