#include "moments.h"

#include <math.h>
#include <string.h>

/* Taps of all input channels. */
static int taps_of(const ConvShape *conv) {
  return conv->in.c * conv->kernel * conv->kernel;
}

size_t moments_count(const Network *network, const Plan *plan) {
  if (network->n_ops < 2 || !plan->fusion[1].by_moments) return 0;
  size_t n = (size_t)taps_of(&network->ops[0].conv);
  return n * (n + 1) / 2 + n;
}

/* G [l][k] with l <= k; S [k] comes after them. */
static size_t place_of(int l, int k) {
  return (size_t)k * ((size_t)k + 1) / 2 + (size_t)l;
}

/* Where in the images a tap begins to read, along one axis, and the results for which it reads
 * within them: first .. last - 1. */
typedef struct Reach {
  int offset, first, last;
} Reach;

static Reach reach_of(int tap, int padding, int stride, int n_in, int n_out) {
  Reach r = {tap - padding, 0, n_out};
  while (r.first < r.last && r.first * stride + r.offset < 0) r.first++;
  while (r.last > r.first && (r.last - 1) * stride + r.offset >= n_in) r.last--;
  return r;
}

/* p_k [h][w][16] with the images x. */
static void shift(float *p, const float *x, const ConvShape *conv, int k) {
  const int taps = conv->kernel * conv->kernel, stride = conv->stride;
  const Shape in = conv->in, out = conv->out;
  const Reach row = reach_of(k % taps / conv->kernel, conv->padding, stride, in.h, out.h);
  const Reach column = reach_of(k % conv->kernel, conv->padding, stride, in.w, out.w);
  memset(p, 0, out.stride * sizeof *p);
  x += (size_t)(k / taps) * in.stride;
  for (int i = row.first; i < row.last; i++) {
    const float *from = x + (size_t)((i * stride + row.offset) * in.w + column.offset) * LANES;
    for (int j = column.first; j < column.last; j++)
      memcpy(p + (size_t)(i * out.w + j) * LANES, from + (size_t)(j * stride) * LANES,
             LANES * sizeof *p);
  }
}

static void fill_ones(float *p, const ConvShape *conv) {
  for (size_t i = 0; i < (size_t)(conv->out.h * conv->out.w) * LANES; i++) p[i] = 1;
}

/* The shifted images take the place of dy in the convolution's weight gradient, as many at a time as
 * fit the piece: <p_k, p_l> for all l, and with ones S_l. */
void moments_add(Pass *pass, Thread *thread, const Slot *slot, const Op *conv) {
  const int n_taps = taps_of(&conv->conv), n = pass->plan.fusion[0].n_channels;
  const float *x = activation_of(pass, slot, conv->in), *term = thread->term_first;
  ConvShape shape = conv->conv;
  for (int k = 0; k <= n_taps; k += n) {
    shape.out.c = k + n <= n_taps + 1 ? n : n_taps + 1 - k;
    for (int i = 0; i < shape.out.c; i++) {
      float *p = thread->piece + (size_t)i * shape.out.stride;
      if (k + i < n_taps)
        shift(p, x, &shape, k + i);
      else
        fill_ones(p, &shape);
    }
    pass->network->backend->backward_weights(thread->term_first, x, thread->piece, &shape, NULL,
                                             thread->scratch);
    for (int i = 0; i < shape.out.c; i++)
      for (int l = 0; l < n_taps && l <= k + i; l++)
        thread->out_of_range |= exact_add(&thread->moments[place_of(l, k + i)],
                                          (double)term[i * n_taps + l], pass->term_limit);
  }
}

void moments_collect(Pass *pass, int64_t *parts) {
  for (size_t i = 0; i < pass->n_moments; i++) {
    ExactSum sum = 0;
    for (int t = 0; t < pass->n_threads; t++) {
      sum += pass->threads[t].moments[i];
      pass->threads[t].moments[i] = 0;
    }
    exact_split(parts + 2 * i, sum);
  }
}

static double moment(const int64_t *parts, int a, int b) {
  return exact_value(exact_join(parts + 2 * (a < b ? place_of(a, b) : place_of(b, a))));
}

int moments_finish(Pass *pass, const int64_t *parts) {
  const Op *conv = pass->network->ops, *norm = conv + 1;
  const int n_taps = taps_of(&conv->conv);
  const double *mean = pass->group_mean[norm->norm], *rstd = pass->group_rstd[norm->norm];
  int64_t *gradient = pass->gradient + pass->network->tensors[conv->weight].offset;
  int out_of_range = 0;
  for (int o = 0; o < conv->conv.out.c; o++) {
    const float *w = parameter_of(pass, conv->weight) + (size_t)o * (size_t)n_taps;
    for (int k = 0; k < n_taps; k++, gradient++) {
      double s = moment(parts, k, n_taps), yp = 0;
      for (int l = 0; l < n_taps; l++) yp += (double)w[l] * moment(parts, l, k);
      double xhat_p = rstd[o] * (yp - mean[o] * s);
      double dw = rstd[o] * (exact_gradient_value(*gradient) - pass->group_d[o] * s -
                             pass->group_dx[o] * xhat_p);
      *gradient = 0;
      out_of_range |= exact_gradient_add(gradient, dw);
    }
  }
  return out_of_range;
}
