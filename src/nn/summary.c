#include "nn/summary.h"

#include "nn/layer_kinds.h"
#include <stdlib.h>
#include <string.h>

/* What one layer adds up to. */
typedef struct Row {
  char title[64];
  Shape out;
  size_t weights, norm_parameters;
  double module_outputs; /* values that torchsummary counts */
} Row;

static const char *layer_title(const Network *network, int layer, char *text, size_t bytes) {
  const LayerSettings *c = layer_settings(network->config, layer);
  char extra[48] = "";
  if (c->stride != 1) snprintf(extra, sizeof extra, " /%d", c->stride);
  if (c->padding) {
    size_t used = strlen(extra);
    snprintf(extra + used, sizeof extra - used, " pad %d", c->padding);
  }
  const char *skip = c->skip ? " + skip" : "";
  switch (layer_type(network->config, layer)) {
  case LAYER_BLOCK:
    snprintf(text, bytes, "block %dx%d%s%s", c->kernel, c->kernel, extra, skip);
    break;
  case LAYER_CONV:
    snprintf(text, bytes, "conv %dx%d%s%s", c->kernel, c->kernel, extra, skip);
    break;
  case LAYER_MAX_POOL:
    snprintf(text, bytes, "max pool %d", c->size);
    break;
  case LAYER_AVG_POOL:
    snprintf(text, bytes, "average pool %d", c->size);
    break;
  case LAYER_GLOBAL_AVG_POOL:
    snprintf(text, bytes, "global average pool");
    break;
  case LAYER_NORM:
    snprintf(text, bytes, "norm");
    break;
  case LAYER_RELU:
    snprintf(text, bytes, "ReLU");
    break;
  case LAYER_DROPOUT:
    snprintf(text, bytes, "dropout %g", c->dropout);
    break;
  case LAYER_LINEAR:
    snprintf(text, bytes, "linear");
    break;
  case LAYER_TYPE_COUNT:
    break;
  }
  return text;
}

/* Modules that PyTorch would have for this operation. */
static int n_modules(const Op *op) {
  switch (op->kind) {
  case OP_NORM:
    return 1 + (op->threshold > 0) + op->relu;
  case OP_POINTWISE:
    return (op->threshold > 0) + op->relu;
  case OP_BIAS:
  case OP_ADD:
    return 0;
  default:
    return 1;
  }
}

static void fill_row(Row *row, const Network *network, int layer, Shape before) {
  *row = (Row){.out = before};
  layer_title(network, layer, row->title, sizeof row->title);
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->layer != layer) continue;
    row->out = network->shapes[op->out];
    row->module_outputs += (double)n_modules(op) * row->out.c * row->out.h * row->out.w;
  }
  for (int i = 0; i < network->n_tensors; i++) {
    const Tensor *tensor = &network->tensors[i];
    if (tensor->layer != layer) continue;
    if (tensor->kind == TENSOR_NORM)
      row->norm_parameters += tensor->n;
    else
      row->weights += tensor->n;
  }
}

/* field += (window - 1) jump; jump *= stride, for each window operation of the layer. */
static void grow_field(const Network *network, int layer, int *field, int *jump) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->layer != layer) continue;
    int window = op->kind == OP_CONV ? op->conv.kernel : op->size_h;
    int stride = op->kind == OP_CONV ? op->conv.stride : op->stride;
    if (op->kind == OP_LINEAR) window = network->shapes[op->in].h;
    if (window < 1) continue;
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

void summary_print(FILE *out, const Network *network) {
  const Config *config = network->config;
  char spec[NORM_SPEC_TEXT], shape[48];
  norm_spec_text(spec, config->network.norm);
  fprintf(out, "%s, norm %s\n\n", config->name, spec);
  fprintf(out, "%5s  %-26s %-14s %12s %12s %9s\n", "layer", "operation", "output", "weights",
          "norm", "receptive");
  int field = 1, jump = 1;
  size_t weights = 0, norms = 0;
  double outputs = 0;
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
    weights += row.weights, norms += row.norm_parameters, outputs += row.module_outputs;
  }
  fprintf(out, "%5s  %-26s %-14s", "", "total", "");
  print_number(out, weights);
  print_number(out, norms);
  const double MB = 1 << 20;
  Shape in = network->shapes[0];
  double input = 4.0 * in.c * in.h * in.w / MB, passes = 8 * outputs / MB;
  double parameters = 4.0 * (double)(weights + norms) / MB;
  fprintf(out, "\n\nparameters");
  print_number(out, weights + norms);
  fprintf(out, "\n\ninput size            %8.2f MB\n", input);
  fprintf(out, "forward/backward pass %8.2f MB\n", passes);
  fprintf(out, "params size           %8.2f MB\n", parameters);
  fprintf(out, "estimated total       %8.2f MB\n", input + passes + parameters);
}
