#include "kernels/dyt.h"

#include "kernels/pointwise.h"
#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/sums.h"
#include "vector/tanh.h"

/* Constants, so that each is a kernel of its own. */
typedef struct Forward {
  int drop, relu;
} Forward;

/* A run of n elements that lie side by side in one channel. */
typedef struct ForwardRun {
  float *y;         /* [n][16] */
  const float *x;   /* [n][16] */
  uint16_t *passes; /* [n] */
  vf alpha;         /* of all elements */
  vf gamma, beta;   /* of the channel, times the factor of what dropout keeps */
  const Draw *draw;
} ForwardRun;

/* Element i of the run, and byte `byte` of word `word` of its draw. */
INLINE void forward_element(const ForwardRun *r, int i, int word, int byte, int lane, Forward f) {
  const int at = i * LANES + lane;
  vf v = vf_fma(vf_tanh(vf_load(r->x + at) * r->alpha), r->gamma, r->beta);
  if (f.drop || f.relu) {
    if (f.drop) v = draw_apply(v, r->draw, word, byte, lane);
    const vm pass = f.relu ? vm_positive(v) : draw_kept(r->draw, word, byte, lane);
    vm_store(r->passes + i, lane, pass);
    if (f.relu) v = vm_keep(pass, v);
  }
  vf_store(r->y + at, v);
}

/* first: the number of the run's first element in its draw of 16. */
INLINE void forward_run(const ForwardRun *r, int first, int n, Forward f) {
  const int quads = run_quads(n, first, f.drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        forward_element(r, 4 * q + byte, first / 4 + q, byte, lane, f);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(r, i, e / 4, e % 4, lane, f);
  }
}

INLINE void forward(float *y, const float *x, const DytCall *call, Forward f) {
  const DytCall c = *call;
  const float factor = c.dropout ? dropout_factor(c.dropout) : 1;
  ForwardRun r = {.alpha = vf_set(c.alpha)};
  Draw draw;
  if (f.drop) {
    draw_start(&draw, c.dropout);
    r.draw = &draw;
  }
  for (Walk w = walk_start(c.shape, c.band, NORM_UNIT_CHANNEL, 0); walk_next(&w);) {
    r.gamma = vf_set(c.gamma[w.c] * factor);
    r.beta = vf_set(c.beta[w.c] * factor);
    for (int i = 0, n; i < w.n; i += n) {
      const size_t e = w.element + (size_t)i, at = w.at + (size_t)i * LANES;
      n = draw_length(f.drop ? e : 0, w.n - i);
      r.y = y + at;
      r.x = x + at;
      if (f.drop || f.relu) r.passes = c.passes + e;
      if (f.drop) draw_group(&draw, e / RUN);
      forward_run(&r, f.drop ? (int)(e % RUN) : 0, n, f);
    }
  }
}

static int drops(const DytCall *call) {
  return call->dropout && call->dropout->threshold > 0;
}

void ISA_NAME(dyt_forward)(float *y, const float *x, const DytCall *call) {
  switch (drops(call) * 2 + (call->relu != 0)) {
  case 0:
    forward(y, x, call, (Forward){0, 0});
    break;
  case 1:
    forward(y, x, call, (Forward){0, 1});
    break;
  case 2:
    forward(y, x, call, (Forward){1, 0});
    break;
  default:
    forward(y, x, call, (Forward){1, 1});
    break;
  }
}

/* The sums of a channel, by lane: of q, q t and q x (1 - t^2), where q is dy through the masks. */
typedef struct ChannelSums {
  double q[LANES], t[LANES], x[LANES];
} ChannelSums;

typedef struct BackwardRun {
  float *dx;              /* [n][16] */
  const float *dy, *x;    /* [n][16] */
  const uint16_t *passes; /* [n] */
  vf alpha, gain;         /* gain = alpha gamma factor */
} BackwardRun;

/* Floats are added over one run of at most 16, even and odd elements by themselves; then doubles
 * take the sums. */
INLINE void backward_run(const BackwardRun *r, ChannelSums *sums, int n, int masked) {
  for (int lane = 0; lane < LANES; lane += VL) {
    vf sum[2] = {{0}, {0}}, sum_t[2] = {{0}, {0}}, sum_x[2] = {{0}, {0}};
#pragma GCC unroll 2
    for (int i = 0; i < n; i++) {
      const int at = i * LANES + lane;
      const vf x = vf_load(r->x + at), t = vf_tanh(x * r->alpha);
      vf q = vf_load(r->dy + at);
      if (masked) q = vm_keep(vm_load(r->passes + i, lane), q);
      const vf slope = q * vf_fma(-t, t, vf_set(1)); /* q (1 - t^2) */
      vf_store(r->dx + at, slope * r->gain);
      sum[i % 2] += q;
      sum_t[i % 2] = vf_fma(q, t, sum_t[i % 2]);
      sum_x[i % 2] = vf_fma(slope, x, sum_x[i % 2]);
    }
    add_floats(sums->q + lane, sum[0] + sum[1]);
    add_floats(sums->t + lane, sum_t[0] + sum_t[1]);
    add_floats(sums->x + lane, sum_x[0] + sum_x[1]);
  }
}

static int add_lanes(int64_t *to, const double lane[LANES], double factor, double limit) {
  double term[LANES];
  for (int l = 0; l < LANES; l++) term[l] = factor * lane[l];
  return ISA_NAME(gradient_add_double_lanes)(to, term, 1, limit);
}

INLINE int backward(float *dx, const DytGradient *gradient, const float *dy, const float *x,
                    const DytCall *call, int masked) {
  const DytCall b = *call;
  const DytGradient to = *gradient;
  const float factor = b.dropout ? dropout_factor(b.dropout) : 1;
  BackwardRun r = {.alpha = vf_set(b.alpha)};
  int out_of_range = 0;
  for (Walk w = walk_start(b.shape, b.band, NORM_UNIT_CHANNEL, 0); walk_next(&w);) {
    ChannelSums sums = {{0}, {0}, {0}};
    const double gamma = (double)b.gamma[w.c] * factor;
    r.gain = vf_set((float)(gamma * b.alpha));
    for (int i = 0; i < w.n; i += RUN) {
      const size_t at = w.at + (size_t)i * LANES;
      r.dx = dx + at;
      r.dy = dy + at;
      r.x = x + at;
      if (masked) r.passes = b.passes + w.element + i;
      backward_run(&r, &sums, w.n - i < RUN ? w.n - i : RUN, masked);
    }
    out_of_range |= add_lanes(to.dbeta + w.c, sums.q, factor, to.limit) |
                    add_lanes(to.dgamma + w.c, sums.t, factor, to.limit) |
                    add_lanes(to.dalpha, sums.x, gamma, to.limit / b.shape.c);
  }
  return out_of_range;
}

int ISA_NAME(dyt_backward)(float *dx, const DytGradient *gradient, const float *dy, const float *x,
                           const DytCall *call) {
  if (call->relu || drops(call)) return backward(dx, gradient, dy, x, call, 1);
  return backward(dx, gradient, dy, x, call, 0);
}
