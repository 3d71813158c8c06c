#ifndef NORMLAB_NN_GRAPH_H
#define NORMLAB_NN_GRAPH_H
/* A trained network as other programs know it: a list of a few primitive functions of arrays, in
 * the order in which they are computed, for evaluation (no dropout; norms that cross samples by
 * stored statistics). Each kind of operation says what it is in these (OpKind.express). The
 * functions are those of ONNX, by their names and definitions there
 * (https://onnx.ai/onnx/operators), so that norms are reshapes, means and arithmetic. Not
 * collective.
 *
 * An array of activations is [samples][c][h][w], with any number of samples, which is the dimension
 * 0 of a GRAPH_RESHAPE: as long as that of its input. */
#include "nn/network.h"

typedef enum GraphFunction {
  GRAPH_CONV,         /* Conv: of an array and a filter, with stride and padding */
  GRAPH_MAX_POOL,     /* MaxPool: size, stride */
  GRAPH_AVERAGE_POOL, /* AveragePool: size, stride */
  GRAPH_LINEAR,       /* Gemm: of [samples][n] and a weight [out][n], which is transposed */
  GRAPH_MEAN,         /* ReduceMean: over the axes, which keep the length 1 */
  GRAPH_RESHAPE,      /* Reshape: to the shape `axes` */
  GRAPH_FLATTEN,      /* Flatten: to [samples][all others] */
  GRAPH_ADD,          /* Add, Sub, Mul, Div, Max: element by element, with broadcasting */
  GRAPH_SUBTRACT,
  GRAPH_MULTIPLY,
  GRAPH_DIVIDE,
  GRAPH_LARGER,
  GRAPH_ROOT, /* Sqrt, Tanh, Relu: of each element */
  GRAPH_TANH,
  GRAPH_RELU,
  GRAPH_SOFTMAX /* Softmax over the last axis */
} GraphFunction;

enum { GRAPH_AXES = 5 };

/* An array: a constant, or what a node computes, or the input. */
typedef struct GraphValue {
  char name[80];
  const float *data; /* of a constant array, not owned */
  int is_number;     /* 1: it is the constant `number`, which has no dimensions */
  float number;
  int is_parameter; /* 1: the constant is a part of /model, under this name */
  int n_dims, dims[4];
} GraphValue;

typedef struct GraphNode {
  GraphFunction function;
  int in[2], out; /* indices of values; in[1] = -1 where there is one input */
  int size[2], stride, padding;
  int axes[GRAPH_AXES], n_axes; /* axes of GRAPH_MEAN, or the shape of GRAPH_RESHAPE */
} GraphNode;

typedef struct Graph {
  const Network *network;
  Statistics statistics; /* of norms that cross samples: running or population */
  GraphValue *values;
  int n_values;
  GraphNode *nodes;
  int n_nodes;
  int *activation;                  /* [network->n_activations]: the value that each is */
  int input, logits, probabilities; /* values */
  float mean[MAX_INPUT_CHANNELS], deviation[MAX_INPUT_CHANNELS];
  int is_broken; /* 1: there was no memory for a node or a value */
} Graph;

/* Makes the graph of a network: from images [samples][c][h][w] of pixels from 0 to 1, which it
 * normalizes as (pixel - mean) / deviation by channel, to logits and probabilities
 * [samples][classes]. The network must outlive the graph and have its population statistics if
 * these are asked for. Returns STATUS_USAGE for an operation that has no such form, or
 * STATUS_MEMORY. The caller frees the graph by graph_free(). */
Status graph_make(Graph *graph, const Network *network, Statistics statistics, const double *mean,
                  const double *deviation) MUST_CHECK;
void graph_free(Graph *graph);

/* What operations call. Each returns the index of a value; without memory it sets is_broken. */
int graph_tensor(Graph *graph, int tensor); /* a parameter tensor of the network */
/* Statistics, under the name of the network's running statistics in /model. */
int graph_array(Graph *graph, const char *prefix, const char *suffix, const float *data, int n);
int graph_number(Graph *graph, double number);
int graph_node(Graph *graph, GraphNode node); /* its `out` is made */
int graph_call(Graph *graph, GraphFunction function, int a, int b);
int graph_reshape(Graph *graph, int a, int n_axes, const int *axes);
int graph_mean(Graph *graph, int a, int n_axes, const int *axes);
/* A tensor of a number a channel, [C], as [C][1][1]. */
int graph_of_channels(Graph *graph, int tensor);

#endif
