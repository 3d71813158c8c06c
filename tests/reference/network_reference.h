#ifndef NORMLAB_TESTS_NETWORK_REFERENCE_H
#define NORMLAB_TESTS_NETWORK_REFERENCE_H
/* A whole network in plain double precision: reads the same configuration as nn/network.h and
 * shares no code with it. Dense arrays, all samples at once, no blocks; dropout is not supported
 * (must be 0).
 *
 * Parameters stand one after another in the order in which the layers use them; of a norm gamma,
 * then beta, of a dynamic tanh alpha before them, of frn tau behind them; of a convolution or a
 * linear layer the weight, then the bias. */
#include "config/config.h"
#include "kernels/conv.h"
#include "norm_reference.h"
#include "pool_reference.h"
#include <stdint.h>

typedef enum NodeKind {
  NODE_CONV,
  NODE_BIAS,
  NODE_NORM,
  NODE_DYT,
  NODE_THRESHOLD,
  NODE_RELU,
  NODE_ADD,
  NODE_MAX_POOL,
  NODE_AVG_POOL,
  NODE_LINEAR
} NodeKind;

/* out = operation(in [, in2]); activations are numbered, 0 is the input. */
typedef struct Node {
  NodeKind kind;
  int in, in2, out;
  int layer;        /* in the configuration */
  ConvShape conv;   /* convolutions, and linear layers as convolutions of 1 x 1 maps */
  PoolProblem pool; /* of all samples and channels */
  NormProblem norm;
  int has_shift, crosses_samples, n_sample_groups;
  double *correction; /* of renorm: r and d [2][n_groups] of the last pass in training; or NULL */
  size_t parameter, running; /* first index */
  int n_channels;
} Node;

enum { REFERENCE_NODES = 64 };

typedef struct NetworkReference {
  int n; /* samples */
  Node node[REFERENCE_NODES];
  int n_nodes;
  int c[REFERENCE_NODES], h[REFERENCE_NODES], w[REFERENCE_NODES]; /* of the activations */
  double *value[REFERENCE_NODES], *slope[REFERENCE_NODES];        /* [n][c][h][w] and derivatives */
  int n_activations;
  size_t n_parameters, n_running; /* running: groups of all batch norms */
  double epsilon, momentum;
  double r_max, d_max; /* of renorm; 1 and 0 at first */
  double margin;       /* of the last forward pass, see below */
  int standardizes;    /* 1: convolutions use standardized weights */
  int is_single;       /* stores floats, and convolves with the rounding errors of floats */
  uint64_t random;
} NetworkReference;

/* For n samples of c x h x w. */
NetworkReference *network_reference_make(const Config *config, int c, int h, int w, int n);
void network_reference_free(NetworkReference *r);

/* Sum over the samples of the losses. x [n][c][h][w], label [n]. In training running_mean and
 * running_variance [n_running] are updated; otherwise they are used in place of the batch's
 * statistics.
 *
 * Sets margin: how far the nearest input of a ReLU is from 0, and the nearest maximum of a pool
 * from the value that would take its place. Closer than rounding errors, single precision takes
 * another branch. */
double network_reference_forward(NetworkReference *r, const double *parameters, const double *x,
                                 const uint8_t *label, double *running_mean,
                                 double *running_variance, int is_training);
/* The logits [n][classes] of the last forward pass. */
const double *network_reference_logits(const NetworkReference *r, int *n_classes);
/* The gradient [n_parameters] of that sum; after a forward pass in training with the same
 * arguments. */
void network_reference_backward(NetworkReference *r, double *gradient, const double *parameters,
                                const uint8_t *label);

#endif
