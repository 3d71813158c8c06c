#include "base/utf8.h"
#include "exporters.h"
#include "network.h"
#include "store/replace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a function is in Python, of arrays A and B; S stands for stride and padding of windows, W
 * for their size, X for axes, R for a shape. */
static const char *const PYTHON[] = {
    [GRAPH_CONV] = "functional.conv2d(A, B, S)",
    [GRAPH_MAX_POOL] = "functional.max_pool2d(A, W, S)",
    [GRAPH_AVERAGE_POOL] = "functional.avg_pool2d(A, W, S)",
    [GRAPH_LINEAR] = "functional.linear(A, B)",
    [GRAPH_MEAN] = "A.mean(X, keepdim=True)",
    [GRAPH_RESHAPE] = "A.reshape(R)",
    [GRAPH_FLATTEN] = "A.flatten(1)",
    [GRAPH_ADD] = "A + B",
    [GRAPH_SUBTRACT] = "A - B",
    [GRAPH_MULTIPLY] = "A * B",
    [GRAPH_DIVIDE] = "A / B",
    [GRAPH_LARGER] = "torch.maximum(A, B)",
    [GRAPH_ROOT] = "A.sqrt()",
    [GRAPH_TANH] = "A.tanh()",
    [GRAPH_RELU] = "A.relu()",
    [GRAPH_SOFTMAX] = "A.softmax(-1)",
};

static void put_dims(FILE *out, int n, const int *dims) {
  fputc('(', out);
  for (int i = 0; i < n; i++) fprintf(out, "%s%d", i ? ", " : "", dims[i]);
  fputs(n == 1 ? ",)" : ")", out);
}

static void put_value(FILE *out, const Graph *graph, int number) {
  const GraphValue *value = &graph->values[number];
  if (value->is_number)
    fprintf(out, "%.9g", (double)value->number);
  else if (value->data)
    fprintf(out, "self.get(\"%s\")", value->name);
  else
    fputs(value->name, out);
}

static void put_axes(FILE *out, const Graph *graph, const GraphNode *node, int is_shape) {
  fputc('(', out);
  for (int i = 0; i < node->n_axes; i++) {
    if (i > 0) fputs(", ", out);
    if (is_shape && node->axes[i] == 0)
      fprintf(out, "%s.shape[0]", graph->values[node->in[0]].name);
    else
      fprintf(out, "%d", node->axes[i]);
  }
  fputs(node->n_axes == 1 ? ",)" : ")", out);
}

static void put_part(FILE *out, const Graph *graph, const GraphNode *node, char part) {
  if (part == 'A' || part == 'B')
    put_value(out, graph, node->in[part == 'B']);
  else if (part == 'S')
    fprintf(out, "stride=%d, padding=%d", node->stride, node->padding);
  else if (part == 'W')
    put_dims(out, 2, node->size);
  else if (part == 'X' || part == 'R')
    put_axes(out, graph, node, part == 'R');
  else
    fputc(part, out);
}

static void put_node(FILE *out, const Graph *graph, const GraphNode *node) {
  fprintf(out, "        %s = ", graph->values[node->out].name);
  for (const char *part = PYTHON[node->function]; *part; part++) put_part(out, graph, node, *part);
  fputc('\n', out);
}

/* In the order of /model. */
static void put_arrays(FILE *out, const Graph *graph) {
  const Network *network = graph->network;
  const Shape in = network->shapes[0];
  fputs("PARAMETERS = {\n", out);
  for (int i = 0; i < network->n_tensors; i++) {
    fprintf(out, "    \"%s\": ", network->tensors[i].name);
    put_dims(out, network->tensors[i].n_dims, network->tensors[i].dims);
    fputs(",\n", out);
  }
  fputs("}\nSTATISTICS = {  # modules of norms that cross samples: groups of a sample\n", out);
  for (int i = 0; i < network->n_running; i++)
    fprintf(out, "    \"%s\": %d,\n", network->running[i].prefix, network->running[i].n_groups);
  fputs("}\nPIXELS = {  # by channel: subtracted from pixels of 0 to 1, which it then divides\n",
        out);
  for (int part = 0; part < 2; part++) {
    fprintf(out, "    \"pixel_%s\": [", part ? "deviation" : "mean");
    for (int c = 0; c < in.c; c++)
      fprintf(out, "%s%.9g", c ? ", " : "", (double)(part ? graph->deviation : graph->mean)[c]);
    fputs("],\n", out);
  }
  fputs("}\n\n\n", out);
}

/* A string of JSON is one of Python. */
static void put_class_names(FILE *out, const ClassNames *names) {
  if (names->n == 0) return;
  fputs("CLASSES = [  # what the logits are of\n", out);
  for (int k = 0; k < names->n; k++) {
    fputs("    ", out);
    utf8_print_json(out, names->name[k]);
    fputs(",\n", out);
  }
  fputs("]\n", out);
}

static const char CLASS[] =
    "class Network(torch.nn.Module):\n"
    "    \"\"\"Logits [samples][classes] of images [samples][channels][rows][columns], whose "
    "pixels\n"
    "    are from 0 to 1, in evaluation: without dropout, norms by stored statistics.\"\"\"\n\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        for name, shape in PARAMETERS.items():\n"
    "            module, last = self.place(name)\n"
    "            module.register_parameter(last, torch.nn.Parameter(torch.zeros(shape)))\n"
    "        for name, n in STATISTICS.items():\n"
    "            module, _ = self.place(name + \".running_mean\")\n"
    "            module.register_buffer(\"running_mean\", torch.zeros(n))\n"
    "            module.register_buffer(\"running_var\", torch.ones(n))\n"
    "            module.register_buffer(\"num_batches_tracked\", torch.tensor(0))\n"
    "        for name, values in PIXELS.items():\n"
    "            self.register_buffer(name, torch.tensor(values).reshape(-1, 1, 1), "
    "persistent=False)\n"
    "\n"
    "    def place(self, name):\n"
    "        \"\"\"The module that has an array of this name, and its last word.\"\"\"\n"
    "        module = self\n"
    "        *words, last = name.split(\".\")\n"
    "        for word in words:\n"
    "            if word not in module._modules:\n"
    "                module.add_module(word, torch.nn.Module())\n"
    "            module = module._modules[word]\n"
    "        return module, last\n\n"
    "    def get(self, name):\n"
    "        module, last = self.place(name)\n"
    "        return getattr(module, last)\n\n"
    "    def probabilities(self, image):\n"
    "        return self(image).softmax(-1)\n\n"
    "    def forward(self, image):\n";

static const char LOAD[] =
    "\n\ndef load(file):\n"
    "    \"\"\"The network with the weights of a result file.\"\"\"\n"
    "    import h5py\n"
    "    network = Network()\n"
    "    with h5py.File(file, \"r\") as f:\n"
    "        state = {name: torch.tensor(value[()]) for name, value in f[\"model\"].items()}\n"
    "%s"
    "    network.load_state_dict(state)\n"
    "    return network.eval()\n";
static const char POPULATION[] = "        state.update({name: torch.tensor(value[()])\n"
                                 "                      for name, value in "
                                 "f[\"evaluation/population\"].items()})\n";

/* Within a docstring. */
static void put_file(FILE *out, const char *file) {
  for (; *file; file++)
    if (*file != '"' && *file != '\\' && (unsigned char)*file >= ' ') fputc(*file, out);
}

static void put_module(FILE *out, const ExportNetwork *network) {
  const Graph *graph = &network->graph;
  fputs("\"\"\"The network of ", out);
  put_file(out, network->file);
  fprintf(out,
          ", written by normlab export.\n\nNorm %s; statistics of norms that cross samples: "
          "%s.\n\"\"\"\n\nimport torch\nfrom torch.nn import functional  # noqa: F401\n\n",
          network->norm, network->statistics);
  put_class_names(out, &network->model.classes);
  put_arrays(out, graph);
  fputs(CLASS, out);
  for (int i = 0; i < graph->n_nodes && graph->nodes[i].out != graph->probabilities; i++)
    put_node(out, graph, &graph->nodes[i]);
  fprintf(out, "        return %s\n", graph->values[graph->logits].name);
  fprintf(out, LOAD, strcmp(network->statistics, "population") == 0 ? POPULATION : "");
}

Status export_torch(const ExportJob *job, const char *target) {
  ExportNetwork network;
  char *text = NULL;
  size_t bytes = 0;
  Status status = export_network_read(&network, job);
  if (status.code == STATUS_OK) {
    FILE *out = open_memstream(&text, &bytes);
    if (out) put_module(out, &network);
    if (!out || fclose(out) != 0)
      status = status_error(STATUS_MEMORY, "%s: no memory for its contents", target);
  }
  if (status.code == STATUS_OK) status = file_replace(target, text, bytes);
  free(text);
  export_network_free(&network);
  return status;
}
