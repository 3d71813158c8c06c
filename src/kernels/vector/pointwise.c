#include "kernels/pointwise.h"

#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/sums.h"
#include "vector/vector.h"
#include "vector/walk.h"

/* One element [16], VL of its lanes.
 * Forward, to = y, from = x:     y = relu(dropout(x)), where dropout is a product with factor or 0
 * Backward, to = dx, from = dy:  dx = dy through both masks; y is read where there is a ReLU */
INLINE void element(float *to, const float *from, const float *y, vf factor, const Draw *draw,
                    int word, int byte, int lane, int drop, int relu, int back) {
  vf v = vf_load(from + lane) * factor;
  if (drop) v = draw_apply(v, draw, word, byte, lane);
  if (relu) v = back ? vf_relu_backward(v, vf_load(y + lane)) : vf_relu(v);
  vf_store(to + lane, v);
}

/* n elements, the first of them number `first` of its draw. */
INLINE void run(float *to, const float *from, const float *y, vf factor, const Draw *draw,
                int first, int n, int drop, int relu, int back) {
  const int quads = run_quads(n, first, drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    size_t at = 0;
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++, at += LANES)
        element(to + at, from + at, y + at, factor, draw, first / 4 + q, byte, lane, drop, relu,
                back);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++, at += LANES)
      element(to + at, from + at, y + at, factor, draw, e / 4, e % 4, lane, drop, relu, back);
  }
}

INLINE void walk_all(float *to, const float *from, const float *y, const Dropout *dropout, Shape s,
                     Band band, int drop, int relu, int back) {
  vf factor = vf_set(dropout ? dropout_factor(dropout) : 1);
  Draw draw;
  if (drop) draw_start(&draw, dropout);
  for (Walk w = walk_start(s, band, NORM_UNIT_CHANNEL, 0); walk_next(&w);)
    for (int i = 0, n; i < w.n; i += n) {
      const size_t e = w.element + (size_t)i, at = w.at + (size_t)i * LANES;
      n = draw_length(drop ? e : 0, w.n - i);
      if (drop) draw_group(&draw, e / RUN);
      run(to + at, from + at, y + at, factor, &draw, drop ? (int)(e % RUN) : 0, n, drop, relu,
          back);
    }
}

void ISA_NAME(pointwise_forward)(float *y, const float *x, const Dropout *dropout, int relu,
                                 Shape s, Band band) {
  int drop = dropout && dropout->threshold > 0;
  if (drop && relu)
    walk_all(y, x, x, dropout, s, band, 1, 1, 0);
  else if (drop)
    walk_all(y, x, x, dropout, s, band, 1, 0, 0);
  else if (relu)
    walk_all(y, x, x, NULL, s, band, 0, 1, 0);
  else
    walk_all(y, x, x, NULL, s, band, 0, 0, 0);
}

void ISA_NAME(pointwise_backward)(float *dx, const float *dy, const float *y,
                                  const Dropout *dropout, int relu, Shape s, Band band) {
  if (relu) /* y <= 0 is the mask of the dropout, too */
    walk_all(dx, dy, y, dropout, s, band, 0, 1, 1);
  else if (dropout && dropout->threshold > 0)
    walk_all(dx, dy, dy, dropout, s, band, 1, 0, 1);
  else
    walk_all(dx, dy, dy, NULL, s, band, 0, 0, 1);
}

void ISA_NAME(bias_forward)(float *y, const float *x, const float *b, Shape s) {
  for (int c = 0; c < s.c; c++) {
    size_t end = ((size_t)c * s.stride) + (size_t)s.h * (size_t)s.w * LANES;
    vf bias = vf_set(b[c]);
    for (size_t i = (size_t)c * s.stride; i < end; i += VL) vf_store(y + i, vf_load(x + i) + bias);
  }
}

int ISA_NAME(bias_backward)(int64_t *db, const float *dy, Shape s, double limit) {
  int out_of_range = 0;
  for (int c = 0; c < s.c; c++) {
    double sum[LANES] = {0};
    const float *d = dy + (size_t)c * s.stride;
    for (int n = s.h * s.w, i = 0; i < n; i += RUN)
      run_add(sum, d + (size_t)i * LANES, n - i < RUN ? n - i : RUN);
    out_of_range |= ISA_NAME(gradient_add_double_lanes)(db + c, sum, 1, limit);
  }
  return out_of_range;
}

void ISA_NAME(add_forward)(float *y, const float *a, const float *b, Shape s) {
  for (int c = 0; c < s.c; c++) {
    size_t end = ((size_t)c * s.stride) + (size_t)s.h * (size_t)s.w * LANES;
    for (size_t i = (size_t)c * s.stride; i < end; i += VL)
      vf_store(y + i, vf_load(a + i) + vf_load(b + i));
  }
}
