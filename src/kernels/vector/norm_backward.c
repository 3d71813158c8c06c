#include "kernels/pointwise.h"
#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

/* A run of n elements that lie side by side in one unit, VL of their 16 lanes. q is dy through the
 * masks of ReLU and dropout, d = factor q. */
typedef struct BackwardRun {
  float *dz;               /* [n][16] */
  const float *dy, *x, *y; /* [n][16]; y is read where there is a ReLU */
  const float *gamma;      /* [n], or [1] where it is that of the channel */
  float factor;            /* of what dropout keeps */
  const Draw *draw;
  VectorLine line;        /* xhat */
  vf gain;                /* gamma factor, where gamma is that of the channel */
  double *sum_d, *sum_dx; /* [16], of the unit */
  float (*q)[LANES];      /* [n][16], kept where dbeta is that of the element */
  float (*q_xhat)[LANES]; /* [n][16], kept where dgamma is that of the element */
} BackwardRun;

/* Element i of the run, and byte `byte` of word `word` of its draw.
 * Forward:  z = gamma xhat + beta,  y = relu(dropout(z))
 * Backward: d = dy through the masks, dz = d gamma, dbeta += d, dgamma += d xhat,
 *           sum_d += dz, sum_dx += dz xhat.
 * Where gamma is that of the channel, q and q (x - center) are summed, and norm_backward_end()
 * makes of them what is wanted. */
INLINE void backward_element(const BackwardRun *r, int i, vf *sum_d, vf *sum_dx, int word, int byte,
                             int lane, int elementwise, int redraw, int relu) {
  const int at = i * LANES + lane;
  vf q = vf_load(r->dy + at), t = vf_load(r->x + at) - r->line.center;
  if (redraw) q = draw_apply(q, r->draw, word, byte, lane);
  if (relu) q = vf_relu_backward(q, vf_load(r->y + at));
  vf dz;
  if (elementwise) {
    t = vf_fma(t, r->line.scale, r->line.shift);
    vf_store(r->q[i] + lane, q);
    vf_store(r->q_xhat[i] + lane, q * t);
    q = dz = q * vf_set(r->gamma[i] * r->factor);
  } else {
    dz = q * r->gain;
  }
  *sum_d += q;
  *sum_dx = vf_fma(q, t, *sum_dx);
  vf_store(r->dz + at, dz);
}

/* Floats are added over one run, even and odd elements by themselves; then doubles take the sums.
 * first: the number of the run's first element in its draw of 16. */
INLINE void backward_run(BackwardRun r, const UnitLine *line, int first, int n, int elementwise,
                         int redraw, int relu) {
  const int quads = run_quads(n, first, redraw);
  if (!elementwise) r.gain = vf_set(r.gamma[0] * r.factor);
  for (int lane = 0; lane < LANES; lane += VL) {
    vf d[2] = {{0}, {0}}, dx[2] = {{0}, {0}};
    r.line = vector_line(line, lane);
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        backward_element(&r, 4 * q + byte, &d[byte % 2], &dx[byte % 2], first / 4 + q, byte, lane,
                         elementwise, redraw, relu);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      backward_element(&r, i, &d[0], &dx[0], e / 4, e % 4, lane, elementwise, redraw, relu);
    add_floats(r.sum_d + lane, d[0] + d[1]);
    add_floats(r.sum_dx + lane, dx[0] + dx[1]);
  }
}

/* to[i] += factor times the sum of lane[i] [16], i < n. */
static void add_lane_sums(double *to, const float (*lane)[LANES], int n, double factor) {
  double sum[RUN];
  if (!to) return;
  lane_sums(sum, lane, n);
  for (int i = 0; i < n; i++) to[i] += factor * sum[i];
}

INLINE void backward(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                     const float *y, const NormCall *call, int elementwise, int redraw, int relu) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  float q[RUN][LANES] CACHE_LINE = {{0}}, q_xhat[RUN][LANES] CACHE_LINE = {{0}};
  BackwardRun r = {.q = q, .q_xhat = q_xhat};
  UnitLine line;
  Draw draw;
  r.factor = b.dropout ? dropout_factor(b.dropout) : 1;
  if (redraw) {
    draw_start(&draw, b.dropout);
    r.draw = &draw;
  }
  const int by_row = b.affine == NORM_AFFINE_COLUMN;
  for (Walk w = walk_start(b.shape, b.band, b.unit, by_row, redraw); walk_next(&w);) {
    const size_t k = affine_index(&w, b.affine), u = w.unit * LANES;
    r.dz = dz + w.at;
    r.dy = dy + w.at;
    r.x = x + w.x_at;
    if (relu) r.y = y + w.at;
    r.gamma = gamma_of_run(&b, k);
    r.sum_d = to.sum_d + u;
    r.sum_dx = to.sum_dx + u;
    if (w.new_unit) unit_line_make(&line, b.mean + u, b.rstd + u, 1, 0);
    if (redraw) draw_group(&draw, w.element / RUN);
    backward_run(r, &line, (int)(w.element % RUN), w.n, elementwise, redraw, relu);
    if (!elementwise) continue;
    add_lane_sums(to.dbeta ? to.dbeta + k : NULL, q, w.n, r.factor);
    add_lane_sums(to.dgamma ? to.dgamma + k : NULL, q_xhat, w.n, r.factor);
  }
}

void ISA_NAME(norm_backward_band)(float *dz, const NormGradient *gradient, const float *dy,
                                  const float *x, const float *y, const NormCall *call) {
  /* Where a ReLU follows the dropout, y <= 0 is the mask of both. */
  const int redraw = call->dropout && call->dropout->threshold > 0 && !call->relu;
  switch ((call->affine != NORM_AFFINE_CHANNEL) * 3 + redraw * 2 + (call->relu != 0)) {
  case 0:
    backward(dz, gradient, dy, x, y, call, 0, 0, 0);
    break;
  case 1:
    backward(dz, gradient, dy, x, y, call, 0, 0, 1);
    break;
  case 2:
    backward(dz, gradient, dy, x, y, call, 0, 1, 0);
    break;
  case 3:
    backward(dz, gradient, dy, x, y, call, 1, 0, 0);
    break;
  case 4:
    backward(dz, gradient, dy, x, y, call, 1, 0, 1);
    break;
  default:
    backward(dz, gradient, dy, x, y, call, 1, 1, 0);
    break;
  }
}

/* With one gamma for each channel, the sums over a unit are those of q and q (x - center) so far:
 *
 *   d = factor q,  dbeta += d,  dgamma += d xhat = factor rstd q (x - mean),  dz = gamma d */
void ISA_NAME(norm_backward_end)(const NormGradient *gradient, const NormCall *call) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  if (b.affine != NORM_AFFINE_CHANNEL) return;
  const double factor = b.dropout ? dropout_factor(b.dropout) : 1;
  const size_t n_rows = b.unit == NORM_UNIT_ROW ? (size_t)b.shape.h : 1; /* units of a channel */
  const size_t first = (size_t)b.band.channel * n_rows;
  for (size_t u = first; u < first + (size_t)b.band.n_channels * n_rows; u++) {
    const size_t c = u / n_rows;
    const double gamma = b.gamma ? b.gamma[c] : 1;
    double d[LANES], d_xhat[LANES];
    for (int l = 0; l < LANES; l++) {
      const size_t i = u * LANES + (size_t)l;
      const double lost = (double)(float)b.mean[i] - b.mean[i]; /* center - mean */
      d[l] = factor * to.sum_d[i];
      d_xhat[l] = factor * b.rstd[i] * (to.sum_dx[i] + lost * to.sum_d[i]);
      to.sum_d[i] = gamma * d[l];
      to.sum_dx[i] = gamma * d_xhat[l];
    }
    if (to.dbeta) to.dbeta[c] += lane_sum(d, LANES);
    if (to.dgamma) to.dgamma[c] += lane_sum(d_xhat, LANES);
  }
}

/* For a unit: dx = rstd (dz - mean_d - xhat mean_dx) = dz scale + (x - center) slope + shift. */
typedef struct ApplyLine {
  float center[LANES], scale[LANES], slope[LANES], shift[LANES];
} CACHE_LINE ApplyLine;

static void apply_line_make(ApplyLine *line, const double mean[LANES], const double rstd[LANES],
                            const double mean_d[LANES], const double mean_dx[LANES]) {
  for (int l = 0; l < LANES; l++) {
    const double slope = -rstd[l] * rstd[l] * mean_dx[l];
    line->center[l] = (float)mean[l];
    line->scale[l] = (float)rstd[l];
    line->slope[l] = (float)slope;
    line->shift[l] = (float)(slope * ((double)line->center[l] - mean[l]) - rstd[l] * mean_d[l]);
  }
}

/* Forward:  xhat = (x - mean) rstd, where mean and rstd are made of x
 * Backward: dx = rstd (dz - mean_d - xhat mean_dx) */
void ISA_NAME(norm_backward_apply)(float *dx, const float *dz, const float *x, const double *mean_d,
                                   const double *mean_dx, int n_valid, const NormCall *call) {
  const NormCall b = *call;
  ApplyLine line;
  for (Walk w = walk_start(b.shape, b.band, b.unit, 0, 0); walk_next(&w);) {
    const size_t u = w.unit * LANES;
    if (w.new_unit) apply_line_make(&line, b.mean + u, b.rstd + u, mean_d + u, mean_dx + u);
    for (int lane = 0; lane < LANES; lane += VL) {
      const vf center = vf_load(line.center + lane), scale = vf_load(line.scale + lane);
      const vf slope = vf_load(line.slope + lane), shift = vf_load(line.shift + lane);
      const float *run_x = x + w.x_at + lane, *run_dz = dz + w.at + lane; /* [n][16] */
      float *run_dx = dx + w.at + lane;
      for (int i = 0; i < w.n * LANES; i += LANES) {
        const vf t = vf_fma(vf_load(run_x + i) - center, slope, shift);
        vf_store(run_dx + i, vf_fma(vf_load(run_dz + i), scale, t));
      }
    }
  }
  clear_empty_lanes(dx, n_valid, band_shape(b.band, b.shape));
}
