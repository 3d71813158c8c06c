#include "vector/norm.h"

#include "kernels/pointwise.h"
#include "vector/dropout.h"
#include "vector/sums.h"
#include "vector/vector.h"
#include "vector/walk.h"

#define INLINE static inline __attribute__((always_inline))
#define CACHE_LINE __attribute__((aligned(64)))

/* What stands in for the gamma and beta of a run that has none. */
static const float ONES[RUN] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, ZEROS[RUN] = {0};

/* For a unit: gamma xhat + beta = (x - center) scale + shift. center is the mean as a float; what
 * its rounding lost is in the shift, so nothing cancels where the mean is large. */
typedef struct Affine {
  float center[LANES], scale[LANES], shift[LANES];
} CACHE_LINE Affine;

static void affine_make(Affine *a, const double *mean, const double *rstd, double gamma,
                        double beta) {
  for (int l = 0; l < LANES; l++) {
    a->center[l] = (float)mean[l];
    a->scale[l] = (float)(gamma * rstd[l]);
    a->shift[l] = (float)(beta + gamma * rstd[l] * ((double)a->center[l] - mean[l]));
  }
}

/* Index of gamma and beta for the first element of a run. */
INLINE size_t affine_index(const Walk *w, NormAffine affine) {
  if (affine == NORM_AFFINE_CHANNEL) return (size_t)w->c;
  return affine == NORM_AFFINE_COLUMN ? (size_t)w->column : w->element;
}

static void norm_sums_kernel(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  for (Walk w = walk_start(s, band_whole(s), unit, 0, 0); walk_next(&w);) {
    double *u_sum = sum + w.unit * LANES, *u_square = square + w.unit * LANES;
    if (w.new_unit) {
      memset(u_sum, 0, LANES * sizeof *u_sum);
      memset(u_square, 0, LANES * sizeof *u_square);
    }
    run_add_squares(u_sum, u_square, x + w.at, w.n);
  }
}

/* ---- forward ---- */

typedef struct ForwardRun {
  float *y;
  const float *x, *gamma, *beta;
  float factor;
  vf center, scale, shift;
} ForwardRun;

INLINE void forward_element(const ForwardRun *r, int i, const Draw *draw, int word, int byte,
                            int lane, int elementwise, int drop, int relu) {
  int at = i * LANES + lane;
  vf v = vf_fma(vf_load(r->x + at) - r->center, r->scale, r->shift);
  if (elementwise) v = vf_fma(v, vf_set(r->gamma[i] * r->factor), vf_set(r->beta[i] * r->factor));
  if (drop) v = draw_apply(v, draw, word, byte, lane);
  if (relu) v = vf_relu(v);
  vf_store(r->y + at, v);
}

INLINE void forward_run(ForwardRun r, const Affine *a, const Draw *draw, int first, int n,
                        int elementwise, int drop, int relu) {
  int quads = run_quads(n, first, drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    r.center = vf_load(a->center + lane);
    r.scale = vf_load(a->scale + lane);
    r.shift = vf_load(a->shift + lane);
    for (int q = 0; q < quads; q++) {
      forward_element(&r, 4 * q, draw, first / 4 + q, 0, lane, elementwise, drop, relu);
      forward_element(&r, 4 * q + 1, draw, first / 4 + q, 1, lane, elementwise, drop, relu);
      forward_element(&r, 4 * q + 2, draw, first / 4 + q, 2, lane, elementwise, drop, relu);
      forward_element(&r, 4 * q + 3, draw, first / 4 + q, 3, lane, elementwise, drop, relu);
    }
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(&r, i, draw, e / 4, e % 4, lane, elementwise, drop, relu);
  }
}

INLINE void forward_all(float *y, const float *x, const NormCall *call, int elementwise, int drop,
                        int relu) {
  const NormCall f = *call;
  float factor = 1;
  Draw draw;
  if (drop) {
    draw_start(&draw, f.dropout);
    factor = draw.factor;
  }
  Affine a;
  int by_row = f.affine == NORM_AFFINE_COLUMN;
  for (Walk w = walk_start(f.shape, f.band, f.unit, by_row, drop); walk_next(&w);) {
    size_t k = affine_index(&w, f.affine), u = w.unit * LANES;
    ForwardRun r = {.y = y + w.at, .x = x + w.x_at};
    r.gamma = f.gamma ? f.gamma + k : ONES;
    r.beta = f.beta ? f.beta + k : ZEROS;
    r.factor = factor;
    if (w.new_unit)
      affine_make(&a, f.mean + u, f.rstd + u, elementwise ? 1 : (double)r.gamma[0] * factor,
                  elementwise ? 0 : (double)r.beta[0] * factor);
    if (drop) draw_group(&draw, w.element / RUN);
    forward_run(r, &a, &draw, (int)(w.element % RUN), w.n, elementwise, drop, relu);
  }
}

static void norm_forward_kernel(float *y, const float *x, const NormCall *call) {
  int elementwise = call->affine != NORM_AFFINE_CHANNEL;
  int drop = call->dropout && call->dropout->threshold > 0, relu = call->relu;
  switch (elementwise * 4 + drop * 2 + (relu != 0)) {
  case 0:
    forward_all(y, x, call, 0, 0, 0);
    break;
  case 1:
    forward_all(y, x, call, 0, 0, 1);
    break;
  case 2:
    forward_all(y, x, call, 0, 1, 0);
    break;
  case 3:
    forward_all(y, x, call, 0, 1, 1);
    break;
  case 4:
    forward_all(y, x, call, 1, 0, 0);
    break;
  case 5:
    forward_all(y, x, call, 1, 0, 1);
    break;
  case 6:
    forward_all(y, x, call, 1, 1, 0);
    break;
  default:
    forward_all(y, x, call, 1, 1, 1);
    break;
  }
}

/* ---- backward, first half ---- */

typedef struct BackwardRun {
  float *dz;
  const float *dy, *x, *y;
  const float *gamma;
  float factor;
  double *sum_d, *sum_dx;
  float (*d)[LANES], (*dx)[LANES];
  vf center, scale, shift, gain;
} BackwardRun;

/* One element: q = dy through the masks.
 * Channel: dz = q gain; adds q to *d and q (x - center) to *dx.
 * Elementwise: dz = q gamma; adds dz to *d and dz xhat to *dx; q and q xhat are kept for the sums
 * over lanes. */
INLINE void backward_element(const BackwardRun *r, int i, vf *d, vf *dx, const Draw *draw, int word,
                             int byte, int lane, int elementwise, int redraw, int relu) {
  int at = i * LANES + lane;
  vf q = vf_load(r->dy + at), t = vf_load(r->x + at) - r->center;
  if (redraw) q = draw_apply(q, draw, word, byte, lane);
  if (relu) q = vf_relu_backward(q, vf_load(r->y + at));
  vf dz;
  if (elementwise) {
    t = vf_fma(t, r->scale, r->shift);
    vf_store(r->d[i] + lane, q);
    vf_store(r->dx[i] + lane, q * t);
    q = dz = q * vf_set(r->gamma[i] * r->factor);
  } else {
    dz = q * r->gain;
  }
  *d += q;
  *dx = vf_fma(q, t, *dx);
  vf_store(r->dz + at, dz);
}

/* Floats are added over one run, then doubles take the sums. */
INLINE void backward_run(BackwardRun r, const Affine *a, const Draw *draw, int first, int n,
                         int elementwise, int redraw, int relu) {
  int quads = run_quads(n, first, redraw);
  if (!elementwise) r.gain = vf_set(r.gamma[0] * r.factor);
  for (int lane = 0; lane < LANES; lane += VL) {
    r.center = vf_load(a->center + lane);
    r.scale = vf_load(a->scale + lane);
    r.shift = vf_load(a->shift + lane);
    vf d0 = {0}, d1 = {0}, x0 = {0}, x1 = {0};
    for (int q = 0; q < quads; q++) {
      int i = 4 * q, word = first / 4 + q;
      backward_element(&r, i, &d0, &x0, draw, word, 0, lane, elementwise, redraw, relu);
      backward_element(&r, i + 1, &d1, &x1, draw, word, 1, lane, elementwise, redraw, relu);
      backward_element(&r, i + 2, &d0, &x0, draw, word, 2, lane, elementwise, redraw, relu);
      backward_element(&r, i + 3, &d1, &x1, draw, word, 3, lane, elementwise, redraw, relu);
    }
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      backward_element(&r, i, &d0, &x0, draw, e / 4, e % 4, lane, elementwise, redraw, relu);
    add_floats(r.sum_d + lane, d0 + d1);
    add_floats(r.sum_dx + lane, x0 + x1);
  }
}

/* dgamma and dbeta of a run whose elements have indices of their own. */
static void add_lane_sums(double *sum, float (*lane)[LANES], int n, double factor) {
  double run_sum[RUN];
  lane_sums(run_sum, lane, n);
  for (int i = 0; i < n; i++) sum[i] += factor * run_sum[i];
}

/* The sums over q and q (x - center) become those over dz and dz xhat; and over d and d xhat. */
static void norm_backward_end_kernel(const NormGradient *gradient, const NormCall *call) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  if (b.affine != NORM_AFFINE_CHANNEL) return;
  double factor = b.dropout ? dropout_factor(b.dropout) : 1;
  size_t n_rows = b.unit == NORM_UNIT_ROW ? (size_t)b.shape.h : 1;
  const size_t first = (size_t)b.band.channel * n_rows;
  for (size_t u = first; u < first + (size_t)b.band.n_channels * n_rows; u++) {
    double d[LANES], dx[LANES], g = b.gamma ? b.gamma[u / n_rows] : 1;
    for (int l = 0; l < LANES; l++) {
      size_t i = u * LANES + (size_t)l;
      d[l] = factor * to.sum_d[i];
      dx[l] = factor * b.rstd[i] *
              (to.sum_dx[i] + ((double)(float)b.mean[i] - b.mean[i]) * to.sum_d[i]);
      to.sum_d[i] = g * d[l];
      to.sum_dx[i] = g * dx[l];
    }
    if (to.dbeta) to.dbeta[u / n_rows] += lane_sum(d, LANES);
    if (to.dgamma) to.dgamma[u / n_rows] += lane_sum(dx, LANES);
  }
}

INLINE void backward_all(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                         const float *y, const NormCall *call, int elementwise, int redraw,
                         int relu) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  float factor = b.dropout ? dropout_factor(b.dropout) : 1;
  float d[RUN][LANES] CACHE_LINE = {{0}}, dx[RUN][LANES] CACHE_LINE = {{0}};
  Draw draw;
  if (redraw) draw_start(&draw, b.dropout);
  Affine a;
  int by_row = b.affine == NORM_AFFINE_COLUMN;
  for (Walk w = walk_start(b.shape, b.band, b.unit, by_row, redraw); walk_next(&w);) {
    size_t k = affine_index(&w, b.affine), u = w.unit * LANES;
    if (w.new_unit) affine_make(&a, b.mean + u, b.rstd + u, 1, 0);
    if (redraw) draw_group(&draw, w.element / RUN);
    BackwardRun r = {.dz = dz + w.at, .dy = dy + w.at, .x = x + w.x_at};
    r.d = d;
    r.dx = dx;
    if (relu) r.y = y + w.at;
    r.gamma = b.gamma ? b.gamma + k : ONES;
    r.factor = factor;
    r.sum_d = to.sum_d + u;
    r.sum_dx = to.sum_dx + u;
    backward_run(r, &a, &draw, (int)(w.element % RUN), w.n, elementwise, redraw, relu);
    if (elementwise && to.dbeta) add_lane_sums(to.dbeta + k, d, w.n, factor);
    if (elementwise && to.dgamma) add_lane_sums(to.dgamma + k, dx, w.n, factor);
  }
}

static size_t affine_count(Shape s, NormAffine affine) {
  if (affine == NORM_AFFINE_CHANNEL) return (size_t)s.c;
  return affine == NORM_AFFINE_COLUMN ? (size_t)s.w : (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static void norm_backward_begin_kernel(const NormGradient *gradient, const NormCall *call) {
  const Shape s = call->shape;
  const size_t n = affine_count(s, call->affine);
  const size_t n_units = (size_t)s.c * (call->unit == NORM_UNIT_ROW ? (size_t)s.h : 1);
  memset(gradient->sum_d, 0, n_units * LANES * sizeof *gradient->sum_d);
  memset(gradient->sum_dx, 0, n_units * LANES * sizeof *gradient->sum_dx);
  if (gradient->dgamma) memset(gradient->dgamma, 0, n * sizeof *gradient->dgamma);
  if (gradient->dbeta) memset(gradient->dbeta, 0, n * sizeof *gradient->dbeta);
}

static void norm_backward_band_kernel(float *dz, const NormGradient *gradient, const float *dy,
                                      const float *x, const float *y, const NormCall *call) {
  /* Where a ReLU follows the dropout, y <= 0 is the mask of both. */
  int redraw = call->dropout && call->dropout->threshold > 0 && !call->relu;
  switch ((call->affine != NORM_AFFINE_CHANNEL) * 3 + redraw * 2 + (call->relu != 0)) {
  case 0:
    backward_all(dz, gradient, dy, x, y, call, 0, 0, 0);
    break;
  case 1:
    backward_all(dz, gradient, dy, x, y, call, 0, 0, 1);
    break;
  case 2:
    backward_all(dz, gradient, dy, x, y, call, 0, 1, 0);
    break;
  case 3:
    backward_all(dz, gradient, dy, x, y, call, 1, 0, 0);
    break;
  case 4:
    backward_all(dz, gradient, dy, x, y, call, 1, 0, 1);
    break;
  default:
    backward_all(dz, gradient, dy, x, y, call, 1, 1, 0);
    break;
  }
}

/* ---- backward, second half ---- */

static void norm_backward_apply_kernel(float *dx, const float *dz, const float *x,
                                       const double *mean_d, const double *mean_dx, int n_valid,
                                       const NormCall *call) {
  const NormCall b = *call;
  float center[LANES] CACHE_LINE, scale[LANES] CACHE_LINE, slope[LANES] CACHE_LINE,
      shift[LANES] CACHE_LINE;
  for (Walk w = walk_start(b.shape, b.band, b.unit, 0, 0); walk_next(&w);) {
    if (w.new_unit)
      for (int l = 0; l < LANES; l++) {
        size_t u = w.unit * LANES + (size_t)l;
        double m = b.mean[u], r = b.rstd[u], a = -r * r * mean_dx[u];
        center[l] = (float)m;
        scale[l] = (float)r;
        slope[l] = (float)a;
        shift[l] = (float)(a * ((double)center[l] - m) - r * mean_d[u]);
      }
    for (int lane = 0; lane < LANES; lane += VL) {
      vf c = vf_load(center + lane), r = vf_load(scale + lane), a = vf_load(slope + lane);
      vf e = vf_load(shift + lane);
      const float *x_run = x + w.x_at + lane, *dz_run = dz + w.at + lane;
      float *dx_run = dx + w.at + lane;
      for (int i = 0; i < w.n; i++) {
        vf t = vf_fma(vf_load(x_run + i * LANES) - c, a, e);
        vf_store(dx_run + i * LANES, vf_fma(vf_load(dz_run + i * LANES), r, t));
      }
    }
  }
  clear_empty_lanes(dx, n_valid,
                    (Shape){b.band.n_channels, b.band.n_rows, b.shape.w, b.band.stride});
}

const NormKernels ISA_NAME(norm_kernels) = {norm_sums_kernel,           norm_forward_kernel,
                                            norm_backward_begin_kernel, norm_backward_band_kernel,
                                            norm_backward_end_kernel,   norm_backward_apply_kernel};
