/* The fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
#include "base/utf8.h"
#include "base/version.h"
#include "exporters.h"
#include "network.h"
#include "protobuf.h"
#include "store/replace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the operator set, in which ReduceMean has its axes as an attribute, and of the file format of
 * its time. */
enum { OPERATORS = 13, FORMAT = 7 };
/* onnx.proto's numbers of fields and of types. */
enum { MODEL_FORMAT = 1, MODEL_PRODUCER, MODEL_VERSION, MODEL_GRAPH = 7, MODEL_OPERATORS };
enum { MODEL_PROPERTY = 14, PROPERTY_KEY = 1, PROPERTY_VALUE, OPERATORS_VERSION = 2 };
enum { GRAPH_NODES = 1, GRAPH_NAME, GRAPH_CONSTANTS = 5, GRAPH_INPUTS = 11, GRAPH_OUTPUTS };
enum { NODE_IN = 1, NODE_OUT, NODE_NAME, NODE_OPERATOR, NODE_ATTRIBUTE };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INTEGER = 3, ATTRIBUTE_INTEGERS = 8, ATTRIBUTE_TYPE = 20 };
enum { OF_INTEGER = 2, OF_INTEGERS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE, TENSOR_NAME = 8, TENSOR_DATA };
enum { TYPE_FLOAT = 1, TYPE_INT64 = 7 };

static const char *const OPERATOR[] = {
    [GRAPH_CONV] = "Conv",       [GRAPH_MAX_POOL] = "MaxPool", [GRAPH_AVERAGE_POOL] = "AveragePool",
    [GRAPH_LINEAR] = "Gemm",     [GRAPH_MEAN] = "ReduceMean",  [GRAPH_RESHAPE] = "Reshape",
    [GRAPH_FLATTEN] = "Flatten", [GRAPH_ADD] = "Add",          [GRAPH_SUBTRACT] = "Sub",
    [GRAPH_MULTIPLY] = "Mul",    [GRAPH_DIVIDE] = "Div",       [GRAPH_LARGER] = "Max",
    [GRAPH_ROOT] = "Sqrt",       [GRAPH_TANH] = "Tanh",        [GRAPH_RELU] = "Relu",
    [GRAPH_SOFTMAX] = "Softmax",
};

static void put_integer(Message *node, const char *name, int64_t value) {
  Message attribute = {0};
  message_text(&attribute, ATTRIBUTE_NAME, name);
  message_integer(&attribute, ATTRIBUTE_INTEGER, value);
  message_integer(&attribute, ATTRIBUTE_TYPE, OF_INTEGER);
  message_put(node, NODE_ATTRIBUTE, &attribute);
}

static void put_integers(Message *node, const char *name, int n, const int *values) {
  Message attribute = {0};
  message_text(&attribute, ATTRIBUTE_NAME, name);
  for (int i = 0; i < n; i++) message_integer(&attribute, ATTRIBUTE_INTEGERS, values[i]);
  message_integer(&attribute, ATTRIBUTE_TYPE, OF_INTEGERS);
  message_put(node, NODE_ATTRIBUTE, &attribute);
}

static void put_window(Message *node, const GraphNode *of) {
  const int p = of->padding;
  put_integers(node, "kernel_shape", 2, of->size);
  put_integers(node, "strides", 2, (const int[]){of->stride, of->stride});
  put_integers(node, "pads", 4, (const int[]){p, p, p, p});
}

static void put_attributes(Message *node, const GraphNode *of) {
  switch (of->function) {
  case GRAPH_CONV:
  case GRAPH_MAX_POOL:
  case GRAPH_AVERAGE_POOL:
    put_window(node, of);
    break;
  case GRAPH_LINEAR:
    put_integer(node, "transB", 1);
    break;
  case GRAPH_MEAN:
    put_integers(node, "axes", of->n_axes, of->axes);
    break;
  case GRAPH_FLATTEN:
    put_integer(node, "axis", 1);
    break;
  case GRAPH_SOFTMAX:
    put_integer(node, "axis", -1);
    break;
  default:
    break;
  }
}

/* The shape of GRAPH_RESHAPE is a constant, which has the name of the node behind "shape_". */
static void put_shape(Message *graph, const GraphNode *of, const char *name) {
  Message tensor = {0}, shape = {0};
  for (int i = 0; i < of->n_axes; i++) {
    const int64_t length = of->axes[i];
    message_append(&shape, &length, sizeof length);
  }
  message_integer(&tensor, TENSOR_DIMS, of->n_axes);
  message_integer(&tensor, TENSOR_TYPE, TYPE_INT64);
  message_text(&tensor, TENSOR_NAME, name);
  message_put(&tensor, TENSOR_DATA, &shape);
  message_put(graph, GRAPH_CONSTANTS, &tensor);
}

static void put_node(Message *graph, const Graph *of, const GraphNode *node) {
  Message message = {0};
  char shape[96];
  const char *name = of->values[node->out].name;
  snprintf(shape, sizeof shape, "shape_%s", name);
  message_text(&message, NODE_IN, of->values[node->in[0]].name);
  if (node->function == GRAPH_RESHAPE)
    message_text(&message, NODE_IN, shape);
  else if (node->in[1] >= 0)
    message_text(&message, NODE_IN, of->values[node->in[1]].name);
  message_text(&message, NODE_OUT, name);
  message_text(&message, NODE_NAME, name);
  message_text(&message, NODE_OPERATOR, OPERATOR[node->function]);
  put_attributes(&message, node);
  message_put(graph, GRAPH_NODES, &message);
  if (node->function == GRAPH_RESHAPE) put_shape(graph, node, shape);
}

static void put_constant(Message *graph, const GraphValue *value) {
  Message tensor = {0};
  size_t n = 1;
  for (int i = 0; i < value->n_dims; i++) {
    n *= (size_t)value->dims[i];
    message_integer(&tensor, TENSOR_DIMS, value->dims[i]);
  }
  message_integer(&tensor, TENSOR_TYPE, TYPE_FLOAT);
  message_text(&tensor, TENSOR_NAME, value->name);
  message_bytes(&tensor, TENSOR_DATA, value->is_number ? &value->number : value->data,
                n * sizeof(float));
  message_put(graph, GRAPH_CONSTANTS, &tensor);
}

/* ValueInfoProto: an array of floats, whose first dimension may have any length. */
static void put_array(Message *graph, int field, const char *name, int n_dims, const int *dims) {
  enum { INFO_NAME = 1, INFO_TYPE, OF_TENSOR = 1, ELEMENT = 1, SHAPE, DIMENSION = 1 };
  enum { LENGTH = 1, SYMBOL };
  Message info = {0}, type = {0}, tensor = {0}, shape = {0};
  for (int i = 0; i < n_dims; i++) {
    Message dimension = {0};
    if (i == 0)
      message_text(&dimension, SYMBOL, "samples");
    else
      message_integer(&dimension, LENGTH, dims[i]);
    message_put(&shape, DIMENSION, &dimension);
  }
  message_integer(&tensor, ELEMENT, TYPE_FLOAT);
  message_put(&tensor, SHAPE, &shape);
  message_put(&type, OF_TENSOR, &tensor);
  message_text(&info, INFO_NAME, name);
  message_put(&info, INFO_TYPE, &type);
  message_put(graph, field, &info);
}

static void put_graph(Message *model, const ExportNetwork *network) {
  const Graph *graph = &network->graph;
  const Network *built = graph->network;
  const Shape in = built->shapes[0];
  Message message = {0};
  for (int i = 0; i < graph->n_nodes; i++) put_node(&message, graph, &graph->nodes[i]);
  message_text(&message, GRAPH_NAME, network->model.config->name);
  for (int i = 0; i < graph->n_values; i++)
    if (graph->values[i].data || graph->values[i].is_number)
      put_constant(&message, &graph->values[i]);
  put_array(&message, GRAPH_INPUTS, graph->values[graph->input].name, 4,
            (const int[]){0, in.c, in.h, in.w});
  const int classes[] = {0, built->n_classes};
  put_array(&message, GRAPH_OUTPUTS, graph->values[graph->logits].name, 2, classes);
  put_array(&message, GRAPH_OUTPUTS, graph->values[graph->probabilities].name, 2, classes);
  message_put(model, MODEL_GRAPH, &message);
}

static void put_property(Message *model, const char *key, const char *value) {
  Message property = {0};
  message_text(&property, PROPERTY_KEY, key);
  message_text(&property, PROPERTY_VALUE, value);
  message_put(model, MODEL_PROPERTY, &property);
}

/* As a list in JSON, as what is in an ONNX file beside the network is text. */
static void put_class_names(Message *model, const ClassNames *names) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  for (int k = 0; out && k < names->n; k++) {
    fputs(k ? ", " : "[", out);
    utf8_print_json(out, names->name[k]);
  }
  if (out) fputc(']', out);
  if (!out || fclose(out) != 0)
    model->is_broken = 1;
  else
    put_property(model, "classes", text);
  free(text);
}

static void put_model(Message *model, const ExportNetwork *network) {
  Message operators = {0};
  message_integer(model, MODEL_FORMAT, FORMAT);
  message_text(model, MODEL_PRODUCER, "normlab");
  message_text(model, MODEL_VERSION, version_number());
  put_graph(model, network);
  message_integer(&operators, OPERATORS_VERSION, OPERATORS);
  message_put(model, MODEL_OPERATORS, &operators);
  put_property(model, "file", network->file);
  put_property(model, "norm", network->norm);
  put_property(model, "statistics", network->statistics);
  if (network->model.classes.n > 0) put_class_names(model, &network->model.classes);
}

Status export_onnx(const ExportJob *job, const char *target) {
  ExportNetwork network;
  Message model = {0};
  Status status = export_network_read(&network, job);
  if (status.code == STATUS_OK) {
    put_model(&model, &network);
    status = message_check(&model, target);
  }
  if (status.code == STATUS_OK) status = file_replace(target, model.bytes, model.n);
  message_free(&model);
  export_network_free(&network);
  return status;
}
