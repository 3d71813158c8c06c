#include "conv_node.h"

#include "conv_reference.h"
#include "standardize_reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t elements(const NetworkReference *r, int a) {
  return (size_t)r->c[a] * (size_t)r->h[a] * (size_t)r->w[a];
}

static double *zeroed_doubles(size_t n) {
  double *memory = calloc(n ? n : 1, sizeof *memory);
  if (!memory) abort();
  return memory;
}

static size_t filter_size(const Node *node) {
  return (size_t)(node->conv.in.c * node->conv.kernel * node->conv.kernel);
}

/* The filters that a node uses, of its parameters w: those of a convolution are standardized, if
 * that is asked for. Owned by the caller. */
static double *filters_of(const NetworkReference *r, const Node *node, const double *w) {
  size_t n = (size_t)node->conv.out.c, k = filter_size(node);
  double *u = zeroed_doubles(n * k);
  memcpy(u, w, n * k * sizeof *u);
  for (size_t f = 0; r->standardizes && node->kind == NODE_CONV && f < n; f++)
    standardize_reference(u + f * k, w + f * k, k);
  return u;
}

/* A sum of products in single precision is off by about 2^-24 of the sum of their magnitudes. */
static void add_rounding_errors(NetworkReference *r, const Node *node, double *y, const double *x,
                                const double *weight) {
  const ConvShape *s = &node->conv;
  size_t n_in = elements(r, node->in), n_out = elements(r, node->out);
  size_t n_weights = (size_t)s->out.c * (size_t)s->in.c * (size_t)(s->kernel * s->kernel);
  double *size = zeroed_doubles(n_in + n_weights + n_out);
  double *magnitude = size + n_in + n_weights;
  for (size_t i = 0; i < n_in; i++) size[i] = fabs(x[i]);
  for (size_t i = 0; i < n_weights; i++) size[n_in + i] = fabs(weight[i]);
  conv_reference_forward(magnitude, size, size + n_in, s);
  for (size_t i = 0; i < n_out; i++) {
    r->random = r->random * 6364136223846793005U + 1442695040888963407U;
    y[i] += 0x1p-24 * magnitude[i] * (double)(int32_t)(r->random >> 32) * 0x1p-31;
  }
  free(size);
}

void conv_node_forward(NetworkReference *r, const Node *node, double *y, const double *x,
                       const double *w) {
  double *u = filters_of(r, node, w);
  for (int n = 0; n < r->n; n++) {
    double *out = y + (size_t)n * elements(r, node->out);
    const double *in = x + (size_t)n * elements(r, node->in);
    conv_reference_forward(out, in, u, &node->conv);
    if (r->is_single) add_rounding_errors(r, node, out, in, u);
  }
  free(u);
}

void conv_node_backward(const NetworkReference *r, const Node *node, double *dx, double *dw,
                        const double *x, const double *dy, const double *w) {
  double *u = filters_of(r, node, w);
  size_t n = (size_t)node->conv.out.c, k = filter_size(node);
  for (int s = 0; s < r->n; s++) {
    size_t in = (size_t)s * elements(r, node->in), out = (size_t)s * elements(r, node->out);
    conv_reference_backward_data(dx + in, dy + out, u, &node->conv);
    conv_reference_backward_weights(dw, x + in, dy + out, &node->conv);
  }
  for (size_t f = 0; r->standardizes && node->kind == NODE_CONV && f < n; f++)
    standardize_reference_backward(dw + f * k, w + f * k, k);
  free(u);
}
