#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

void ISA_NAME(norm_sums)(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  for (Walk w = walk_start(s, band_whole(s), unit, 0, 0); walk_next(&w);) {
    double *unit_sum = sum + w.unit * LANES, *unit_square = square + w.unit * LANES; /* [16] */
    if (w.new_unit) {
      memset(unit_sum, 0, LANES * sizeof *unit_sum);
      memset(unit_square, 0, LANES * sizeof *unit_square);
    }
    run_add_squares(unit_sum, unit_square, x + w.at, w.n);
  }
}

/* A run of n elements that lie side by side in one unit, VL of their 16 lanes. */
typedef struct ForwardRun {
  float *y;                  /* [n][16] */
  const float *x;            /* [n][16] */
  const float *gamma, *beta; /* [n]; read where they differ from element to element */
  float factor;              /* of what dropout keeps */
  const Draw *draw;
  VectorLine line; /* xhat; gamma xhat + beta, times factor, where they are those of the channel */
} ForwardRun;

/* Element i of the run, and byte `byte` of word `word` of its draw:
 *
 *   y = relu(dropout(gamma xhat + beta)),  xhat = (x - mean) rstd */
INLINE void forward_element(const ForwardRun *r, int i, int word, int byte, int lane,
                            int elementwise, int drop, int relu) {
  const int at = i * LANES + lane;
  vf v = vf_fma(vf_load(r->x + at) - r->line.center, r->line.scale, r->line.shift);
  if (elementwise) v = vf_fma(v, vf_set(r->gamma[i] * r->factor), vf_set(r->beta[i] * r->factor));
  if (drop) v = draw_apply(v, r->draw, word, byte, lane);
  if (relu) v = vf_relu(v);
  vf_store(r->y + at, v);
}

/* first: the number of the run's first element in its draw of 16. */
INLINE void forward_run(ForwardRun r, const UnitLine *line, int first, int n, int elementwise,
                        int drop, int relu) {
  const int quads = run_quads(n, first, drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    r.line = vector_line(line, lane);
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        forward_element(&r, 4 * q + byte, first / 4 + q, byte, lane, elementwise, drop, relu);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(&r, i, e / 4, e % 4, lane, elementwise, drop, relu);
  }
}

INLINE void forward(float *y, const float *x, const NormCall *call, int elementwise, int drop,
                    int relu) {
  const NormCall f = *call;
  ForwardRun r = {.factor = 1};
  UnitLine line;
  Draw draw;
  if (drop) {
    draw_start(&draw, f.dropout);
    r.factor = draw.factor;
    r.draw = &draw;
  }
  const int by_row = f.affine == NORM_AFFINE_COLUMN;
  for (Walk w = walk_start(f.shape, f.band, f.unit, by_row, drop); walk_next(&w);) {
    const size_t k = affine_index(&w, f.affine), u = w.unit * LANES;
    r.y = y + w.at;
    r.x = x + w.x_at;
    r.gamma = gamma_of_run(&f, k);
    r.beta = beta_of_run(&f, k);
    if (w.new_unit)
      unit_line_make(&line, f.mean + u, f.rstd + u, elementwise ? 1 : (double)*r.gamma * r.factor,
                     elementwise ? 0 : (double)*r.beta * r.factor);
    if (drop) draw_group(&draw, w.element / RUN);
    forward_run(r, &line, (int)(w.element % RUN), w.n, elementwise, drop, relu);
  }
}

void ISA_NAME(norm_forward)(float *y, const float *x, const NormCall *call) {
  const int elementwise = call->affine != NORM_AFFINE_CHANNEL;
  const int drop = call->dropout && call->dropout->threshold > 0;
  switch (elementwise * 4 + drop * 2 + (call->relu != 0)) {
  case 0:
    forward(y, x, call, 0, 0, 0);
    break;
  case 1:
    forward(y, x, call, 0, 0, 1);
    break;
  case 2:
    forward(y, x, call, 0, 1, 0);
    break;
  case 3:
    forward(y, x, call, 0, 1, 1);
    break;
  case 4:
    forward(y, x, call, 1, 0, 0);
    break;
  case 5:
    forward(y, x, call, 1, 0, 1);
    break;
  case 6:
    forward(y, x, call, 1, 1, 0);
    break;
  default:
    forward(y, x, call, 1, 1, 1);
    break;
  }
}
