#include "network_reference.h"

#include "conv_node.h"
#include "dyt_reference.h"
#include "norm_definitions.h"
#include "renorm_node.h"
#include "support/layers.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t elements(const NetworkReference *r, int a) {
  return (size_t)r->c[a] * (size_t)r->h[a] * (size_t)r->w[a];
}

static Shape shape_of(const NetworkReference *r, int a) {
  return shape_make(r->c[a], r->h[a], r->w[a]);
}

static void *zeroed(size_t n, size_t size) {
  void *memory = calloc(n ? n : 1, size);
  if (!memory) abort();
  return memory;
}

/* ---- building ---- */

static Node *append(NetworkReference *r, NodeKind kind, int c, int h, int w) {
  if (r->n_nodes >= REFERENCE_NODES - 1) abort();
  Node *node = &r->node[r->n_nodes++];
  int out = r->n_activations++;
  *node = (Node){.kind = kind, .in = out - 1, .in2 = -1, .out = out, .n_channels = c};
  node->parameter = r->n_parameters;
  r->c[out] = c, r->h[out] = h, r->w[out] = w;
  r->value[out] = zeroed((size_t)r->n * elements(r, out), sizeof(double));
  r->slope[out] = zeroed((size_t)r->n * elements(r, out), sizeof(double));
  return node;
}

static void append_same(NetworkReference *r, NodeKind kind, int n_parameters) {
  int a = r->n_activations - 1;
  append(r, kind, r->c[a], r->h[a], r->w[a]);
  r->n_parameters += (size_t)n_parameters;
}

static void append_conv(NetworkReference *r, const LayerSettings *layer) {
  int a = r->n_activations - 1, k = layer->kernel, p = layer->padding, s = layer->stride;
  int h = (r->h[a] + 2 * p - k) / s + 1, w = (r->w[a] + 2 * p - k) / s + 1;
  Node *node = append(r, NODE_CONV, layer->channels, h, w);
  node->conv = (ConvShape){shape_of(r, a), shape_of(r, a + 1), k, s, p};
  r->n_parameters += (size_t)layer->channels * (size_t)r->c[a] * (size_t)(k * k);
  if (layer->bias) append_same(r, NODE_BIAS, layer->channels);
}

static void append_linear(NetworkReference *r, const LayerSettings *layer) {
  int a = r->n_activations - 1, features = (int)elements(r, a);
  Node *node = append(r, NODE_LINEAR, layer->channels, 1, 1);
  node->conv = (ConvShape){shape_make(features, 1, 1), shape_of(r, a + 1), 1, 1, 0};
  r->n_parameters += (size_t)layer->channels * (size_t)features;
  if (layer->bias) append_same(r, NODE_BIAS, layer->channels);
}

static void append_pool(NetworkReference *r, NodeKind kind, int size_h, int size_w, int stride) {
  int a = r->n_activations - 1;
  PoolProblem pool = pool_problem(r->n * r->c[a], r->h[a], r->w[a], size_h, size_w, stride);
  append(r, kind, r->c[a], pool.out_h, pool.out_w)->pool = pool;
}

static void append_norm(NetworkReference *r, NormSpec spec) {
  int a = r->n_activations - 1, c = r->c[a], h = r->h[a], w = r->w[a];
  char text[NORM_SPEC_TEXT];
  norm_spec_text(text, spec);
  if (strcmp(text, "none") == 0) return;
  if (strcmp(text, "dyt") == 0) {
    append_same(r, NODE_DYT, 1 + 2 * c);
    r->node[r->n_nodes - 1].n_channels = c;
    return;
  }
  append_same(r, NODE_NORM, 0);
  Node *node = &r->node[r->n_nodes - 1];
  size_t n = (size_t)r->n * elements(r, a);
  int *group = zeroed(n, sizeof *group), n_groups = 0;
  for (size_t i = 0; i < n; i++) {
    int at = (int)i;
    NormElement e = {r->n, c, h, w, at / w / h / c, at / w / h % c, at / w % h, at % w};
    group[i] = norm_definition_group(spec, e);
    if (group[i] >= n_groups) n_groups = group[i] + 1;
  }
  /* Each element is a unit. */
  node->norm = (NormProblem){.n = r->n, .c = c, .h = h, .w = w, .group = group};
  node->norm.unit = NORM_UNIT_PIXEL;
  node->norm.unit_channels = 1;
  node->norm.n_groups = n_groups;
  node->norm.epsilon = r->epsilon;
  node->norm.affine = spec.affine;
  node->norm.is_rms = !spec.is_centred;
  node->has_shift = spec.has_shift;
  r->n_parameters += (size_t)(1 + node->has_shift) * norm_reference_parameters(&node->norm);
  if (strcmp(text, "frn") == 0) {
    append_same(r, NODE_THRESHOLD, c);
    r->node[r->n_nodes - 1].n_channels = c;
  }
  if (spec.over.samples == NORM_SINGLE) return;
  node->crosses_samples = 1;
  node->n_sample_groups = norm_definition_sample_groups(spec, r->n);
  node->running = r->n_running;
  if (strncmp(text, "renorm", 6) == 0)
    node->correction = zeroed(2 * (size_t)n_groups, sizeof *node->correction);
  r->n_running += (size_t)(n_groups / node->n_sample_groups);
}

static void append_block(NetworkReference *r, const Config *config, const LayerSettings *layer) {
  int is_replaced = 0; /* the ReLU, by the threshold of the norm before it */
  for (int i = 0; i < config->network.n_order; i++) {
    BlockOp op = config->network.order[i];
    if (op == BLOCK_CONV) append_conv(r, layer);
    if (op == BLOCK_NORM) append_norm(r, layer->norm);
    is_replaced |= r->node[r->n_nodes - 1].kind == NODE_THRESHOLD;
    if (op == BLOCK_RELU && !is_replaced) append_same(r, NODE_RELU, 0);
  }
}

static void append_layer(NetworkReference *r, const Config *config, int i) {
  const LayerSettings settings = layer_settings(config, i), *layer = &settings;
  int a = r->n_activations - 1;
  if (layer->dropout > 0) abort();
  if (layer_is(config, i, "block")) append_block(r, config, layer);
  if (layer_is(config, i, "conv")) append_conv(r, layer);
  if (layer_is(config, i, "norm")) append_norm(r, layer->norm);
  if (layer_is(config, i, "relu")) append_same(r, NODE_RELU, 0);
  if (layer_is(config, i, "linear")) append_linear(r, layer);
  if (layer_is(config, i, "max-pool"))
    append_pool(r, NODE_MAX_POOL, layer->size, layer->size, layer->stride);
  if (layer_is(config, i, "avg-pool"))
    append_pool(r, NODE_AVG_POOL, layer->size, layer->size, layer->stride);
  if (layer_is(config, i, "global-avg-pool")) append_pool(r, NODE_AVG_POOL, r->h[a], r->w[a], 1);
  if (!layer->skip) return;
  append_same(r, NODE_ADD, 0);
  r->node[r->n_nodes - 1].in2 = a;
}

NetworkReference *network_reference_make(const Config *config, int c, int h, int w, int n) {
  NetworkReference *r = zeroed(1, sizeof *r);
  r->n = n;
  r->r_max = 1;
  r->standardizes = config->network.weights == WEIGHTS_STANDARDIZED;
  r->epsilon = config->network.norm_epsilon, r->momentum = config->network.norm_momentum;
  r->c[0] = c, r->h[0] = h, r->w[0] = w;
  r->value[0] = zeroed((size_t)n * elements(r, 0), sizeof(double));
  r->slope[0] = zeroed((size_t)n * elements(r, 0), sizeof(double));
  r->n_activations = 1;
  for (int i = 0; i < config->network.n_layers; i++) {
    int first = r->n_nodes;
    append_layer(r, config, i);
    for (int k = first; k < r->n_nodes; k++) r->node[k].layer = i;
  }
  return r;
}

void network_reference_free(NetworkReference *r) {
  for (int i = 0; i < r->n_nodes; i++)
    free((void *)r->node[i].norm.group), free(r->node[i].correction);
  for (int a = 0; a < r->n_activations; a++) free(r->value[a]), free(r->slope[a]);
  free(r);
}

/* ---- forward ---- */

static void less(double *margin, double distance) {
  if (distance < *margin) *margin = distance;
}

/* The two largest values of each window; equal ones are equal in single precision too. */
static void pool_margin(NetworkReference *r, const PoolProblem *p, const double *x) {
  for (int o = 0; o < p->n_maps * p->out_h * p->out_w; o++) {
    double first = -HUGE_VAL, second = -HUGE_VAL;
    int column = o % p->out_w, row = o / p->out_w % p->out_h, map = o / p->out_w / p->out_h;
    for (int k = 0; k < p->size_h; k++)
      for (int m = 0; m < p->size_w; m++) {
        double v = x[(map * p->h + row * p->stride + k) * p->w + column * p->stride + m];
        if (v > first)
          second = first, first = v;
        else if (v > second)
          second = v;
      }
    if (first > second) less(&r->margin, first - second);
  }
}

/* Of a norm's parameters: gamma, then beta, if there is one. */
static const double *beta_of(const Node *node, const double *parameters) {
  return node->has_shift ? parameters + norm_reference_parameters(&node->norm) : NULL;
}

static void norm_evaluate(const NetworkReference *r, const Node *node, double *y, const double *x,
                          const double *gamma, const double *beta, const double *mean,
                          const double *variance) {
  int per_sample = node->norm.n_groups / node->n_sample_groups;
  for (size_t i = 0; i < norm_reference_elements(&node->norm); i++) {
    int g = node->norm.group[i] % per_sample;
    double xhat = (x[i] - mean[g]) / sqrt(variance[g] + r->epsilon);
    y[i] = norm_reference_value(&node->norm, gamma, i, 1) * xhat +
           norm_reference_value(&node->norm, beta, i, 0);
  }
}

static void update_running(const NetworkReference *r, const Node *node, const double *x,
                           double *mean, double *variance) {
  int n_groups = node->norm.n_groups, per_sample = n_groups / node->n_sample_groups;
  double *m = zeroed((size_t)n_groups, sizeof *m), *v = zeroed((size_t)n_groups, sizeof *v);
  double *count = zeroed((size_t)n_groups, sizeof *count);
  norm_reference_statistics(&node->norm, m, v, x);
  for (size_t i = 0; i < norm_reference_elements(&node->norm); i++) count[node->norm.group[i]] += 1;
  for (int k = 0; k < per_sample; k++) {
    double mean_of_means = 0, mean_of_variances = 0;
    for (int g = k; g < n_groups; g += per_sample) {
      double unbiased = !node->norm.is_rms && count[g] > 1 ? count[g] / (count[g] - 1) : 1;
      mean_of_means += m[g] / node->n_sample_groups;
      mean_of_variances += v[g] * unbiased / node->n_sample_groups;
    }
    mean[k] += r->momentum * (mean_of_means - mean[k]);
    variance[k] += r->momentum * (mean_of_variances - variance[k]);
  }
  free(m), free(v), free(count);
}

static void round_stored(const NetworkReference *r, double *value, int a) {
  size_t n = (size_t)r->n * elements(r, a);
  for (size_t i = 0; r->is_single && i < n; i++) value[i] = (double)(float)value[i];
}

static void node_forward(NetworkReference *r, const Node *node, const double *parameters,
                         double *running_mean, double *running_variance, int is_training) {
  const double *x = r->value[node->in], *p = parameters + node->parameter;
  double *y = r->value[node->out];
  size_t n = (size_t)r->n * elements(r, node->out),
         plane = (size_t)r->h[node->out] * (size_t)r->w[node->out];
  switch (node->kind) {
  case NODE_CONV:
  case NODE_LINEAR:
    conv_node_forward(r, node, y, x, p);
    break;
  case NODE_BIAS:
    for (size_t i = 0; i < n; i++) y[i] = x[i] + p[i / plane % (size_t)node->n_channels];
    break;
  case NODE_NORM:
    if (node->crosses_samples && !is_training) {
      norm_evaluate(r, node, y, x, p, beta_of(node, p), running_mean + node->running,
                    running_variance + node->running);
      break;
    }
    if (node->correction)
      renorm_node_forward(r, node, y, x, p, running_mean + node->running,
                          running_variance + node->running);
    else
      norm_reference_forward(&node->norm, y, x, p, beta_of(node, p));
    if (node->crosses_samples)
      update_running(r, node, x, running_mean + node->running, running_variance + node->running);
    break;
  case NODE_DYT:
    dyt_reference_forward(y, x, n, plane, (size_t)node->n_channels, p);
    break;
  case NODE_THRESHOLD:
    for (size_t i = 0; i < n; i++) {
      double tau = p[i / plane % (size_t)node->n_channels];
      less(&r->margin, fabs(x[i] - tau));
      y[i] = x[i] > tau ? x[i] : tau;
    }
    break;
  case NODE_RELU:
    for (size_t i = 0; i < n; i++) {
      /* A zero comes from a ReLU before this one, and is zero in single precision too. */
      if (x[i] != 0) less(&r->margin, fabs(x[i]));
      y[i] = x[i] > 0 ? x[i] : 0;
    }
    break;
  case NODE_ADD:
    for (size_t i = 0; i < n; i++) y[i] = x[i] + r->value[node->in2][i];
    break;
  case NODE_MAX_POOL:
    max_pool_reference(&node->pool, y, x);
    pool_margin(r, &node->pool, x);
    break;
  case NODE_AVG_POOL:
    avg_pool_reference(&node->pool, y, x);
    break;
  }
}

const double *network_reference_logits(const NetworkReference *r, int *n_classes) {
  *n_classes = r->c[r->n_activations - 1];
  return r->value[r->n_activations - 1];
}

double network_reference_forward(NetworkReference *r, const double *parameters, const double *x,
                                 const uint8_t *label, double *running_mean,
                                 double *running_variance, int is_training) {
  r->margin = HUGE_VAL;
  memcpy(r->value[0], x, (size_t)r->n * elements(r, 0) * sizeof *x);
  for (int i = 0; i < r->n_nodes; i++) {
    node_forward(r, &r->node[i], parameters, running_mean, running_variance, is_training);
    round_stored(r, r->value[r->node[i].out], r->node[i].out);
  }
  int n_classes;
  const double *z = network_reference_logits(r, &n_classes);
  double loss = 0;
  for (int n = 0; n < r->n; n++, z += n_classes) {
    double sum = 0;
    for (int k = 0; k < n_classes; k++) sum += exp(z[k] - z[label[n]]);
    loss += log(sum);
  }
  return loss;
}

/* ---- backward ---- */

static void norm_backward(const Node *node, double *dx, double *gradient, const double *dy,
                          const double *x, const double *parameters) {
  double *dbeta = node->has_shift ? gradient + norm_reference_parameters(&node->norm) : NULL;
  if (node->correction) {
    renorm_node_backward(node, dx, gradient, dy, x, parameters);
    return;
  }
  norm_reference_backward(&node->norm, dx, gradient, dbeta, dy, x, parameters,
                          beta_of(node, parameters));
}

/* Adds to the derivatives of the inputs, by way of dx. */
static void node_backward(NetworkReference *r, const Node *node, double *gradient,
                          const double *parameters, double *dx) {
  const double *x = r->value[node->in], *dy = r->slope[node->out];
  const double *p = parameters + node->parameter;
  double *g = gradient + node->parameter;
  size_t n = (size_t)r->n * elements(r, node->in), m = (size_t)r->n * elements(r, node->out);
  size_t plane = (size_t)r->h[node->out] * (size_t)r->w[node->out];
  switch (node->kind) {
  case NODE_CONV:
  case NODE_LINEAR:
    conv_node_backward(r, node, dx, g, x, dy, p);
    break;
  case NODE_BIAS:
    for (size_t i = 0; i < m; i++) g[i / plane % (size_t)node->n_channels] += dy[i], dx[i] = dy[i];
    break;
  case NODE_NORM:
    norm_backward(node, dx, g, dy, x, p);
    break;
  case NODE_DYT:
    dyt_reference_backward(dx, g, dy, x, n, plane, (size_t)node->n_channels, p);
    break;
  case NODE_THRESHOLD:
    for (size_t i = 0; i < m; i++) {
      size_t c = i / plane % (size_t)node->n_channels;
      dx[i] = x[i] > p[c] ? dy[i] : 0;
      g[c] += dy[i] - dx[i];
    }
    break;
  case NODE_RELU:
    for (size_t i = 0; i < m; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
    break;
  case NODE_ADD:
    for (size_t i = 0; i < m; i++) dx[i] = dy[i], r->slope[node->in2][i] += dy[i];
    break;
  case NODE_MAX_POOL:
    max_pool_reference_backward(&node->pool, dx, dy, x);
    break;
  case NODE_AVG_POOL:
    avg_pool_reference_backward(&node->pool, dx, dy);
    break;
  }
  for (size_t i = 0; i < n; i++) r->slope[node->in][i] += dx[i];
}

void network_reference_backward(NetworkReference *r, double *gradient, const double *parameters,
                                const uint8_t *label) {
  size_t largest = 0;
  for (int a = 0; a < r->n_activations; a++) {
    size_t n = (size_t)r->n * elements(r, a);
    memset(r->slope[a], 0, n * sizeof(double));
    if (n > largest) largest = n;
  }
  for (size_t i = 0; i < r->n_parameters; i++) gradient[i] = 0;
  int n_classes;
  const double *z = network_reference_logits(r, &n_classes);
  double *dz = r->slope[r->n_activations - 1], *dx = zeroed(largest, sizeof *dx);
  for (int n = 0; n < r->n; n++)
    for (int k = 0; k < n_classes; k++) {
      double sum = 0;
      for (int j = 0; j < n_classes; j++) sum += exp(z[n * n_classes + j] - z[n * n_classes + k]);
      dz[n * n_classes + k] = 1 / sum - (k == label[n]);
    }
  for (int i = r->n_nodes - 1; i >= 0; i--) node_backward(r, &r->node[i], gradient, parameters, dx);
  free(dx);
}
