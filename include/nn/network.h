#ifndef NORMLAB_NN_NETWORK_H
#define NORMLAB_NN_NETWORK_H
/* A network built from a configuration: a list of operations on activations, and its parameters.
 *
 * Activations are numbered; 0 is the input. An operation reads one (an addition two) and writes
 * one. Norm, dropout and ReLU that follow one another in this order are one operation. A network
 * holds no activation: those belong to a Pass (pass.h). */
#include "config/config.h"
#include "kernels/conv.h"
#include "norms/partition.h"

typedef enum OpKind {
  OP_CONV,
  OP_BIAS,
  OP_NORM,      /* relu(dropout(norm(x))), dropout and ReLU as flagged */
  OP_POINTWISE, /* relu(dropout(x)), likewise */
  OP_ADD,       /* out = in + in2 */
  OP_MAX_POOL,
  OP_AVG_POOL, /* global ones too */
  OP_LINEAR
} OpKind;

typedef struct Op {
  OpKind kind;
  int layer;                  /* index in the configuration */
  int in, in2, out;           /* activations; in2 = -1 unless OP_ADD */
  int weight, bias;           /* parameter tensors (gamma and beta of a norm), or -1 */
  int norm;                   /* index among the norms, or -1 */
  NormMap map;                /* OP_NORM */
  ConvShape conv;             /* OP_CONV */
  size_t packed;              /* OP_CONV: place of the packed weights */
  int size_h, size_w, stride; /* pools */
  int threshold;              /* dropout: round(256 p), 0 for none */
  int relu;
} Op;

typedef enum TensorKind { TENSOR_CONV, TENSOR_LINEAR, TENSOR_BIAS, TENSOR_NORM } TensorKind;

/* A named view into the block of parameters. */
typedef struct Tensor {
  char name[64]; /* PyTorch's: "layers.3.conv.weight" */
  TensorKind kind;
  int layer;
  int n_dims, dims[4];
  size_t offset, n; /* floats */
} Tensor;

/* Batch norm's running statistics. */
typedef struct Running {
  char prefix[64]; /* "layers.3.norm"; the state is prefix.running_mean and so on */
  int op, channels;
  float *mean, *variance; /* [channels]; variance unbiased; 0 and 1 at first */
  int64_t n_batches;      /* num_batches_tracked */
} Running;

typedef struct Network {
  const Config *config;
  const ConvBackend *backend;
  Op *ops;
  int n_ops;
  Shape *shapes; /* of the activations */
  int n_activations;
  Tensor *tensors;
  int n_tensors;
  float *parameters; /* [n_parameters] */
  size_t n_parameters;
  float *packed;
  size_t n_packed;
  Running *running;
  int n_running;
  int n_norms;
  int n_classes;       /* outputs */
  int crosses_samples; /* some norm does */
} Network;

/* Builds and initializes (PyTorch's defaults: convolution and linear uniform in +-1 / sqrt(fan_in),
 * gamma 1, beta 0) for inputs of c x h x w. Numbers depend on seed, layer and element only, so that
 * variants of a network start from the same weights. STATUS_USAGE with file, line and key where
 * shapes do not fit. config and the network share memory: free the network first. */
Status network_build(Network *network, const Config *config, int c, int h, int w) MUST_CHECK;
void network_free(Network *network);

/* Packs the weights for the convolution kernels: op i of [first, last). After each change of them.
 */
void network_pack(Network *network, int first_op, int last_op);

#endif
