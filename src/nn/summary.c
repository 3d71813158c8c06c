#include "nn/summary.h"

#include "builder.h"
#include <stdlib.h>
#include <string.h>

/* What one layer adds up to. */
typedef struct Row {
  char title[64];
  Shape out;
  size_t weights, norm_parameters;
  double module_outputs; /* values that torchsummary counts */
} Row;

/* Modules that PyTorch would have for this operation. */
static int n_modules(const Op *op) {
  return op->kind->n_modules + (op->threshold > 0) + op->relu;
}

static void fill_row(Row *row, const Network *network, int number, Shape before) {
  const LayerConfig *layer = &network->config->network.layers[number];
  *row = (Row){.out = before};
  layer_kind(layer)->title(layer->settings, row->title, sizeof row->title);
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->layer != number) continue;
    row->out = op_out(network, op);
    row->module_outputs += (double)n_modules(op) * row->out.c * row->out.h * row->out.w;
  }
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    if (tensor->layer != number) continue;
    if (tensor->is_norm)
      row->norm_parameters += tensor->n;
    else
      row->weights += tensor->n;
  }
}

/* field += (window - 1) jump; jump *= stride, for each window operation of the layer. */
static void grow_field(const Network *network, int layer, int *field, int *jump) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    int window = 0, stride = 0;
    if (op->layer != layer || !op->kind->window) continue;
    op->kind->window(network, op, &window, &stride);
    *field += (window - 1) * *jump;
    if (stride > 0) *jump *= stride;
  }
}

static void print_number(FILE *out, size_t n) {
  char plain[32], text[48] = "";
  int length = snprintf(plain, sizeof plain, "%zu", n), k = 0;
  for (int i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0) text[k++] = ',';
    text[k++] = plain[i];
  }
  text[k] = 0;
  fprintf(out, " %12s", text);
}

/* How each convolution is computed. */
static void print_algorithms(FILE *out, const Network *network) {
  static const char *const DIRECTIONS[] = {"forward", "dX", "dW"};
  const Config *config = network->config;
  fprintf(out, "\n\nalgorithms of the convolutions, conv.backend %s\n\n%5s  %-26s",
          config->conv.backend, "layer", "operation");
  for (int d = 0; d < 3; d++) fprintf(out, " %-14s", DIRECTIONS[d]);
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    char name[64] = "";
    if (!op->kind->algorithm) continue;
    op_name(op, name, sizeof name);
    fprintf(out, "\n%5d  %-26s", op->layer, name);
    for (int d = 0; d < 3; d++)
      fprintf(out, " %-14s", op->kind->algorithm(network, op, (ConvDirection)d));
  }
}

/* What all layers add up to. */
typedef struct Totals {
  size_t weights, norms;
  double outputs;
} Totals;

static Totals print_layers(FILE *out, const Network *network) {
  const Config *config = network->config;
  char spec[NORM_SPEC_TEXT], shape[48];
  norm_spec_text(spec, config->network.norm);
  fprintf(out, "%s, norm %s%s\n\n", config->name, spec,
          network->standardized ? ", convolutions of standardized weights" : "");
  fprintf(out, "%5s  %-26s %-14s %12s %12s %9s\n", "layer", "operation", "output", "weights",
          "norm", "receptive");
  int field = 1, jump = 1;
  Totals all = {0};
  Shape now = network->shapes[0];
  for (int layer = 0; layer < config->network.n_layers; layer++) {
    Row row;
    fill_row(&row, network, layer, now);
    now = row.out;
    grow_field(network, layer, &field, &jump);
    snprintf(shape, sizeof shape, "%dx%dx%d", row.out.c, row.out.h, row.out.w);
    fprintf(out, "%5d  %-26s %-14s", layer, row.title, shape);
    print_number(out, row.weights);
    print_number(out, row.norm_parameters);
    fprintf(out, " %9d\n", field);
    all.weights += row.weights, all.norms += row.norm_parameters;
    all.outputs += row.module_outputs;
  }
  fprintf(out, "%5s  %-26s %-14s", "", "total", "");
  print_number(out, all.weights);
  print_number(out, all.norms);
  putc('\n', out);
  return all;
}

void summary_print_layers(FILE *out, const Network *network) {
  (void)print_layers(out, network);
}

void summary_print(FILE *out, const Network *network) {
  const Totals all = print_layers(out, network);
  const double MB = 1 << 20;
  Shape in = network->shapes[0];
  double input = 4.0 * in.c * in.h * in.w / MB, passes = 8 * all.outputs / MB;
  double parameters = 4.0 * (double)(all.weights + all.norms) / MB;
  fprintf(out, "\nparameters");
  print_number(out, all.weights + all.norms);
  print_algorithms(out, network);
  fprintf(out, "\n\nof a sample, as torchsummary counts\n\n");
  fprintf(out, "input size            %8.2f MB\n", input);
  fprintf(out, "forward/backward pass %8.2f MB\n", passes);
  fprintf(out, "params size           %8.2f MB\n", parameters);
  fprintf(out, "torchsummary's total  %8.2f MB\n", input + passes + parameters);
}
