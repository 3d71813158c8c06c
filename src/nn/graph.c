#include "nn/graph.h"

#include "base/memory.h"
#include "op.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory has room for the next power of two. */
static int is_full(int n) {
  return (n & (n - 1)) == 0;
}

static int add_value(Graph *graph, GraphValue value) {
  if (is_full(graph->n_values)) {
    const size_t n = graph->n_values ? 2 * (size_t)graph->n_values : 1;
    GraphValue *values = reallocarray(graph->values, n, sizeof *values);
    if (!values) graph->is_broken = 1;
    if (!values) return 0;
    graph->values = values;
  }
  graph->values[graph->n_values] = value;
  return graph->n_values++;
}

int graph_tensor(Graph *graph, int tensor) {
  const Tensor *t = &graph->network->tensors[tensor];
  GraphValue value = {.data = graph->network->parameters + t->offset, .is_parameter = 1};
  for (int i = 0; i < graph->n_values; i++)
    if (strcmp(graph->values[i].name, t->name) == 0) return i;
  snprintf(value.name, sizeof value.name, "%s", t->name);
  value.n_dims = t->n_dims;
  memcpy(value.dims, t->dims, sizeof value.dims);
  return add_value(graph, value);
}

int graph_array(Graph *graph, const char *prefix, const char *suffix, const float *data, int n) {
  GraphValue value = {.data = data, .is_parameter = 1, .n_dims = 1, .dims = {n}};
  snprintf(value.name, sizeof value.name, "%s.%s", prefix, suffix);
  return add_value(graph, value);
}

int graph_number(Graph *graph, double number) {
  GraphValue value = {.is_number = 1, .number = (float)number};
  snprintf(value.name, sizeof value.name, "constant_%d", graph->n_values);
  return add_value(graph, value);
}

int graph_node(Graph *graph, GraphNode node) {
  GraphValue value = {0};
  if (is_full(graph->n_nodes)) {
    const size_t n = graph->n_nodes ? 2 * (size_t)graph->n_nodes : 1;
    GraphNode *nodes = reallocarray(graph->nodes, n, sizeof *nodes);
    if (!nodes) graph->is_broken = 1;
    if (!nodes) return 0;
    graph->nodes = nodes;
  }
  snprintf(value.name, sizeof value.name, "x%d", graph->n_nodes + 1);
  node.out = add_value(graph, value);
  graph->nodes[graph->n_nodes++] = node;
  return node.out;
}

int graph_call(Graph *graph, GraphFunction function, int a, int b) {
  return graph_node(graph, (GraphNode){.function = function, .in = {a, b}});
}

static int along(Graph *graph, GraphFunction function, int a, int n_axes, const int *axes) {
  GraphNode node = {.function = function, .in = {a, -1}, .n_axes = n_axes};
  memcpy(node.axes, axes, (size_t)n_axes * sizeof *axes);
  return graph_node(graph, node);
}

int graph_reshape(Graph *graph, int a, int n_axes, const int *axes) {
  return along(graph, GRAPH_RESHAPE, a, n_axes, axes);
}

int graph_mean(Graph *graph, int a, int n_axes, const int *axes) {
  return along(graph, GRAPH_MEAN, a, n_axes, axes);
}

int graph_of_channels(Graph *graph, int tensor) {
  return graph_reshape(graph, graph_tensor(graph, tensor), 3,
                       (const int[]){graph->network->tensors[tensor].dims[0], 1, 1});
}

static int add_input(Graph *graph) {
  const int c = graph->network->shapes[0].c;
  GraphValue image = {.name = "image"};
  graph->input = add_value(graph, image);
  GraphValue mean = {.name = "pixel_mean", .data = graph->mean, .n_dims = 3, .dims = {c, 1, 1}};
  GraphValue deviation = mean;
  snprintf(deviation.name, sizeof deviation.name, "pixel_deviation");
  deviation.data = graph->deviation;
  const int centred = graph_call(graph, GRAPH_SUBTRACT, graph->input, add_value(graph, mean));
  return graph_call(graph, GRAPH_DIVIDE, centred, add_value(graph, deviation));
}

static void name_value(Graph *graph, int value, const char *name) {
  if (graph->is_broken) return;
  snprintf(graph->values[value].name, sizeof graph->values[value].name, "%s", name);
}

static Status add_op(Graph *graph, const Op *op) {
  if (!op->kind->express && !op->kind->is_tail)
    return status_error(STATUS_USAGE, "layer %d: a %s has no form in other programs", op->layer,
                        op->kind->name);
  int out = op->kind->express ? op->kind->express(graph, op) : graph->activation[op->in];
  if (op->relu) out = graph_call(graph, GRAPH_RELU, out, -1);
  graph->activation[op->out] = out;
  return status_ok();
}

Status graph_make(Graph *graph, const Network *network, Statistics statistics, const double *mean,
                  const double *deviation) {
  *graph = (Graph){.network = network, .statistics = statistics};
  TRY(memory_allocate(&graph->activation, (size_t)network->n_activations, sizeof *graph->activation,
                      "a graph"));
  for (int c = 0; c < network->shapes[0].c; c++) {
    graph->mean[c] = (float)mean[c];
    graph->deviation[c] = (float)deviation[c];
  }
  graph->activation[0] = add_input(graph);
  Status status = status_ok();
  for (int i = 0; i < network->n_ops && status.code == STATUS_OK; i++)
    status = add_op(graph, &network->ops[i]);
  const int last = network->ops[network->n_ops - 1].out;
  graph->logits = graph_call(graph, GRAPH_FLATTEN, graph->activation[last], -1);
  graph->probabilities = graph_call(graph, GRAPH_SOFTMAX, graph->logits, -1);
  name_value(graph, graph->logits, "logits");
  name_value(graph, graph->probabilities, "probabilities");
  if (graph->is_broken && status.code == STATUS_OK)
    status = status_error(STATUS_MEMORY, "no memory for a graph");
  if (status.code != STATUS_OK) graph_free(graph);
  return status;
}

void graph_free(Graph *graph) {
  free(graph->values);
  free(graph->nodes);
  free(graph->activation);
  *graph = (Graph){0};
}
