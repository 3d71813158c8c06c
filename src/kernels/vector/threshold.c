#include "kernels/threshold.h"

#include "kernels/pointwise.h"
#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/limits.h"
#include "vector/sums.h"

/* A run of n elements that lie side by side in one channel. */
typedef struct Run {
  float *to;         /* [n][16]: y, or dx */
  const float *x;    /* [n][16] */
  const float *dy;   /* [n][16] */
  uint16_t *kept;    /* [n] */
  float tau, factor; /* factor: of what dropout keeps */
  const Draw *draw;
} Run;

/* Element i of the run, and byte `byte` of word `word` of its draw. */
INLINE void forward_element(const Run *r, int i, int word, int byte, int lane, int drop) {
  const int at = i * LANES + lane;
  vf v = vf_at_least(r->tau, vf_load(r->x + at));
  if (drop) {
    v = draw_apply(v * vf_set(r->factor), r->draw, word, byte, lane);
    vm_store(r->kept + i, lane, draw_kept(r->draw, word, byte, lane));
  }
  vf_store(r->to + at, v);
}

/* first: the number of the run's first element in its draw of 16. */
INLINE void forward_run(const Run *r, int first, int n, int drop) {
  const int quads = run_quads(n, first, drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        forward_element(r, 4 * q + byte, first / 4 + q, byte, lane, drop);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(r, i, e / 4, e % 4, lane, drop);
  }
}

INLINE void forward(float *y, const float *x, const ThresholdCall *call, int drop) {
  const ThresholdCall c = *call;
  Run r = {.factor = drop ? dropout_factor(c.dropout) : 1};
  Draw draw;
  if (drop) {
    draw_start(&draw, c.dropout);
    r.draw = &draw;
  }
  for (Walk w = walk_start(c.shape, c.band, NORM_UNIT_CHANNEL, 0); walk_next(&w);) {
    r.tau = c.tau[w.c];
    for (int i = 0, n; i < w.n; i += n) {
      const size_t e = w.element + (size_t)i, at = w.at + (size_t)i * LANES;
      n = draw_length(drop ? e : 0, w.n - i);
      r.to = y + at;
      r.x = x + at;
      if (drop) {
        r.kept = c.kept + e;
        draw_group(&draw, e / RUN);
      }
      forward_run(&r, drop ? (int)(e % RUN) : 0, n, drop);
    }
  }
}

static int drops(const ThresholdCall *call) {
  return call->dropout && call->dropout->threshold > 0;
}

void ISA_NAME(threshold_forward)(float *y, const float *x, const ThresholdCall *call) {
  if (drops(call))
    forward(y, x, call, 1);
  else
    forward(y, x, call, 0);
}

/* Forward:  y = factor max(x, tau)
 * Backward: dx = [x > tau] factor dy,  dtau += factor dy - dx
 * Floats are added over one run of at most 16, even and odd elements by themselves; then doubles
 * take the sums. */
INLINE void backward_run(const Run *r, double sum[LANES], int n, int drop) {
  const vf tau = vf_set(r->tau), factor = vf_set(r->factor);
  for (int lane = 0; lane < LANES; lane += VL) {
    vf rest[2] = {{0}, {0}};
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
      const int at = i * LANES + lane;
      vf d = vf_load(r->dy + at);
      if (drop) d = vm_keep(vm_load(r->kept + i, lane), d * factor);
      const vf dx = vm_keep(vm_above(vf_load(r->x + at), tau), d);
      vf_store(r->to + at, dx);
      rest[i % 2] += d - dx;
    }
    add_floats(sum + lane, rest[0] + rest[1]);
  }
}

INLINE int backward(float *dx, int64_t *dtau, double limit, const float *dy, const float *x,
                    const ThresholdCall *call, int drop) {
  const ThresholdCall c = *call;
  Run r = {.factor = drop ? dropout_factor(c.dropout) : 1};
  int out_of_range = 0;
  for (Walk w = walk_start(c.shape, c.band, NORM_UNIT_CHANNEL, 0); walk_next(&w);) {
    double sum[LANES] = {0};
    r.tau = c.tau[w.c];
    for (int i = 0; i < w.n; i += RUN) {
      const size_t at = w.at + (size_t)i * LANES;
      r.to = dx + at;
      r.dy = dy + at;
      r.x = x + at;
      if (drop) r.kept = c.kept + w.element + i;
      backward_run(&r, sum, w.n - i < RUN ? w.n - i : RUN, drop);
    }
    out_of_range |= ISA_NAME(gradient_add_double_lanes)(dtau + w.c, sum, 1, limit);
  }
  return out_of_range;
}

int ISA_NAME(threshold_backward)(float *dx, int64_t *dtau, double limit, const float *dy,
                                 const float *x, const ThresholdCall *call) {
  if (drops(call)) return backward(dx, dtau, limit, dy, x, call, 1);
  return backward(dx, dtau, limit, dy, x, call, 0);
}
