#include "kernels/pointwise.h"
#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

/* Constants, so that each is a kernel of its own. */
typedef struct Backward {
  int elementwise; /* gamma differs from element to element */
  int masked;      /* there are masks */
  int write;       /* dz is wanted */
  int pooled;      /* dy is that of a pool's output */
} Backward;

/* A run of n elements that lie side by side in one unit, VL of their 16 lanes. q is dy through the
 * masks of ReLU and dropout, d = factor q. */
typedef struct BackwardRun {
  float *dz;           /* [n][16] */
  const float *dy, *x; /* [n][16]; dy [n_pooled][16] if it is that of a pool's output */
  int n_pooled;
  const uint16_t *passes; /* [n] */
  const float *gamma;     /* [n], or [1] where it is that of the channel */
  float factor;           /* of what dropout keeps */
  VectorLine line;        /* xhat */
  vf gain;                /* gamma factor, where gamma is that of the channel */
  double *sum_d, *sum_dx; /* [16], of the unit */
  float (*q)[LANES];      /* [n][16], kept where dbeta is that of the element */
  float (*q_xhat)[LANES]; /* [n][16], kept where dgamma is that of the element */
} BackwardRun;

/* Where dy of element i of a run is, in elements. What is left beyond the last window of a row is
 * masked, and reads what is there. */
INLINE int dy_place(int i, int n_pooled, Backward f) {
  if (!f.pooled) return i;
  return i / 2 < n_pooled ? i / 2 : n_pooled - 1;
}

/* Element i of the run; its dy is number from.
 * Forward:  z = gamma xhat + beta,  y = relu(dropout(z))
 * Backward: d = dy through the masks, dz = d gamma, dbeta += d, dgamma += d xhat,
 *           sum_d += dz, sum_dx += dz xhat.
 * Where gamma is that of the channel, q and q (x - center) are summed, and norm_backward_end()
 * makes of them what is wanted. */
INLINE void backward_element(const BackwardRun *r, int i, int from, vf *sum_d, vf *sum_dx, int lane,
                             Backward f) {
  const int at = i * LANES + lane;
  vf q = vf_load(r->dy + from * LANES + lane), t = vf_load(r->x + at) - r->line.center;
  if (f.masked) q = vm_keep(vm_load(r->passes + i, lane), q);
  if (f.elementwise) {
    t = vf_fma(t, r->line.scale, r->line.shift);
    vf_store(r->q[i] + lane, q);
    vf_store(r->q_xhat[i] + lane, q * t);
    q *= vf_set(r->gamma[i] * r->factor);
  }
  if (f.write && f.elementwise) vf_store(r->dz + at, q);
  if (f.write && !f.elementwise) vf_store(r->dz + at, q * r->gain);
  *sum_d += q;
  *sum_dx = vf_fma(q, t, *sum_dx);
}

/* Floats are added over one run, even and odd elements by themselves; then doubles take the sums.
 */
INLINE void backward_run(BackwardRun r, const UnitLine *line, int n, Backward f) {
  if (!f.elementwise) r.gain = vf_set(r.gamma[0] * r.factor);
  for (int lane = 0; lane < LANES; lane += VL) {
    vf d[2] = {{0}, {0}}, dx[2] = {{0}, {0}};
    int i = 0;
    r.line = vector_line(line, lane);
    for (; i + 4 <= n; i += 4)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) {
        const int from = f.pooled ? i / 2 + k / 2 : i + k;
        backward_element(&r, i + k, from, &d[k % 2], &dx[k % 2], lane, f);
      }
    for (; i < n; i++) backward_element(&r, i, dy_place(i, r.n_pooled, f), &d[0], &dx[0], lane, f);
    add_floats(r.sum_d + lane, d[0] + d[1]);
    add_floats(r.sum_dx + lane, dx[0] + dx[1]);
  }
}

/* The first element of a pooled dy that a run reads, which begins at column `column` of the walk's
 * row. A row that is in no window reads that of the last. */
static inline const float *pooled_dy(const float *dy, const Walk *w, const Shape *pooled,
                                     int column) {
  const int row = (int)(w->element / (size_t)w->s.w) % w->s.h / 2;
  const size_t i = (size_t)(row < pooled->h ? row : pooled->h - 1);
  return dy + (size_t)(w->c - w->band.channel) * pooled->stride +
         (i * (size_t)pooled->w + (size_t)column / 2) * LANES;
}

INLINE void backward(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                     const NormCall *call, Backward f) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  float q[RUN][LANES] CACHE_LINE = {{0}}, q_xhat[RUN][LANES] CACHE_LINE = {{0}};
  BackwardRun r = {.q = q, .q_xhat = q_xhat};
  UnitLine line;
  int out_of_range = 0;
  r.factor = b.dropout ? dropout_factor(b.dropout) : 1;
  const int by_row = b.affine == NORM_AFFINE_COLUMN || f.pooled;
  for (Walk w = walk_start(b.shape, b.band, b.unit, by_row); walk_next(&w);) {
    const size_t k = affine_index(&w, b.affine), u = w.unit * LANES;
    r.sum_d = to.sum_d + u;
    r.sum_dx = to.sum_dx + u;
    if (w.new_unit) unit_line_make(&line, b.mean + u, b.rstd + u, 1, 0);
    for (int i = 0, n; i < w.n; i += n) {
      const size_t at = (size_t)i * LANES, own = k + (f.elementwise ? (size_t)i : 0);
      n = w.n - i < RUN ? w.n - i : RUN;
      if (f.write) r.dz = dz + w.at + at;
      r.dy = f.pooled ? pooled_dy(dy, &w, b.pooled, i) : dy + w.at + at;
      r.x = x + w.x_at + at;
      if (f.pooled) r.n_pooled = b.pooled->w - i / 2;
      if (f.masked) r.passes = b.passes + w.element + i;
      r.gamma = gamma_of_run(&b, own);
      backward_run(r, &line, n, f);
      if (!f.elementwise) continue;
      out_of_range |= add_lanes(to.dbeta ? to.dbeta + own : NULL, q, n, r.factor, to.limit);
      out_of_range |= add_lanes(to.dgamma ? to.dgamma + own : NULL, q_xhat, n, r.factor, to.limit);
    }
  }
  if (out_of_range) *to.out_of_range = 1;
}

void ISA_NAME(norm_backward_band)(float *dz, const NormGradient *gradient, const float *dy,
                                  const float *x, const NormCall *call) {
  const int elementwise = affine_is_elementwise(call->affine);
  if (call->unit == NORM_UNIT_PIXEL) {
    ISA_NAME(norm_backward_tiles)(dz, gradient, dy, x, call);
    return;
  }
  if (call->pooled) {
    if (elementwise)
      backward(NULL, gradient, dy, x, call, (Backward){1, 1, 0, 1});
    else
      backward(NULL, gradient, dy, x, call, (Backward){0, 1, 0, 1});
    return;
  }
  switch (elementwise * 4 + has_masks(call) * 2 + (dz != NULL)) {
  case 0:
    backward(dz, gradient, dy, x, call, (Backward){0, 0, 0, 0});
    break;
  case 1:
    backward(dz, gradient, dy, x, call, (Backward){0, 0, 1, 0});
    break;
  case 2:
    backward(dz, gradient, dy, x, call, (Backward){0, 1, 0, 0});
    break;
  case 3:
    backward(dz, gradient, dy, x, call, (Backward){0, 1, 1, 0});
    break;
  case 4:
    backward(dz, gradient, dy, x, call, (Backward){1, 0, 0, 0});
    break;
  case 5:
    backward(dz, gradient, dy, x, call, (Backward){1, 0, 1, 0});
    break;
  case 6:
    backward(dz, gradient, dy, x, call, (Backward){1, 1, 0, 0});
    break;
  default:
    backward(dz, gradient, dy, x, call, (Backward){1, 1, 1, 0});
    break;
  }
}

/* With one gamma for each channel, the sums over a unit are those of q and q (x - center) so far:
 *
 *   d = factor q,  dbeta += d,  dgamma += d xhat = factor rstd q (x - mean),  dz = gamma d */
void ISA_NAME(norm_backward_end)(const NormGradient *gradient, const NormCall *call) {
  const NormCall b = *call;
  const NormGradient to = *gradient;
  if (affine_is_elementwise(b.affine) || b.unit == NORM_UNIT_PIXEL) return;
  const double factor = b.dropout ? dropout_factor(b.dropout) : 1;
  int out_of_range = 0;
  for (Walk w = walk_start(b.shape, b.band, b.unit, 0); walk_next(&w);) {
    const size_t c = (size_t)w.c, u = w.unit;
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
    if (to.dbeta) out_of_range |= ISA_NAME(gradient_add_double_lanes)(to.dbeta + c, d, 1, to.limit);
    if (to.dgamma)
      out_of_range |= ISA_NAME(gradient_add_double_lanes)(to.dgamma + c, d_xhat, 1, to.limit);
  }
  if (out_of_range) *to.out_of_range = 1;
}

/* A run of n elements that lie side by side in one unit. */
typedef struct ApplyRun {
  float *dx;           /* [n][16] */
  const float *dy, *x; /* [n][16]; dy [n_pooled][16] if it is that of a pool's output */
  int n_pooled;
  const uint16_t *passes; /* [n] */
  const float *gamma;     /* [n], read where it is that of the element */
  float factor;           /* of what dropout keeps */
} ApplyRun;

/* VL lanes of it. */
typedef struct VectorApply {
  vf center, scale, slope, shift;
} VectorApply;

/* Element i of the run; its dy is number from.
 * Forward:  xhat = (x - mean) rstd, where mean and rstd are made of x
 * Backward: dx = rstd (dz - mean_d - xhat mean_dx) */
INLINE void apply_element(const ApplyRun *r, const VectorApply *line, int i, int from, int lane,
                          Backward f) {
  const int at = i * LANES + lane;
  const vf t = vf_fma(vf_load(r->x + at) - line->center, line->slope, line->shift);
  vf q = vf_load(r->dy + from * LANES + lane);
  if (f.masked) q = vm_keep(vm_load(r->passes + i, lane), q);
  if (f.elementwise) q *= vf_set(r->gamma[i] * r->factor);
  vf_store(r->dx + at, vf_fma(q, line->scale, t));
}

INLINE void apply_run(ApplyRun r, const ApplyLine *line, int n, Backward f) {
  for (int lane = 0; lane < LANES; lane += VL) {
    const VectorApply at = {vf_load(line->center + lane), vf_load(line->scale + lane),
                            vf_load(line->slope + lane), vf_load(line->shift + lane)};
    int i = 0;
    for (; i + 4 <= n; i += 4)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++)
        apply_element(&r, &at, i + k, f.pooled ? i / 2 + k / 2 : i + k, lane, f);
    for (; i < n; i++) apply_element(&r, &at, i, dy_place(i, r.n_pooled, f), lane, f);
  }
}

INLINE void apply(float *dx, const float *dy, const float *x, const double *mean_d,
                  const double *mean_dx, const NormCall *call, Backward f) {
  const NormCall b = *call;
  ApplyRun r = {.factor = b.dropout ? dropout_factor(b.dropout) : 1};
  ApplyLine line;
  const int by_row = b.affine == NORM_AFFINE_COLUMN || f.pooled;
  for (Walk w = walk_start(b.shape, b.band, b.unit, by_row); walk_next(&w);) {
    const size_t k = affine_index(&w, b.affine), u = w.unit * LANES;
    const double gain = f.elementwise ? 1 : (double)*gamma_of_run(&b, k) * r.factor;
    if (w.new_unit) apply_line_make(&line, b.mean + u, b.rstd + u, mean_d + u, mean_dx + u, gain);
    for (int i = 0; i < w.n; i += RUN) {
      const size_t at = (size_t)i * LANES;
      r.dx = dx + w.at + at;
      r.dy = f.pooled ? pooled_dy(dy, &w, b.pooled, i) : dy + w.at + at;
      r.x = x + w.x_at + at;
      if (f.pooled) r.n_pooled = b.pooled->w - i / 2;
      if (f.masked) r.passes = b.passes + w.element + i;
      if (f.elementwise) r.gamma = gamma_of_run(&b, k + (size_t)i);
      apply_run(r, &line, w.n - i < RUN ? w.n - i : RUN, f);
    }
  }
}

static void apply_all(float *dx, const float *dy, const float *x, const double *mean_d,
                      const double *mean_dx, const NormCall *call) {
  const int elementwise = affine_is_elementwise(call->affine);
  switch (elementwise * 2 + has_masks(call) + 4 * (call->pooled != NULL)) {
  case 0:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){0, 0, 1, 0});
    break;
  case 1:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){0, 1, 1, 0});
    break;
  case 2:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){1, 0, 1, 0});
    break;
  case 3:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){1, 1, 1, 0});
    break;
  case 5:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){0, 1, 1, 1});
    break;
  default:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){1, 1, 1, 1});
    break;
  }
}

void ISA_NAME(norm_backward_apply)(float *dx, const float *dy, const float *x, const double *mean_d,
                                   const double *mean_dx, int n_valid, const NormCall *call) {
  if (call->unit == NORM_UNIT_PIXEL)
    ISA_NAME(norm_apply_tiles)(dx, dy, x, mean_d, mean_dx, call);
  else
    apply_all(dx, dy, x, mean_d, mean_dx, call);
  clear_empty_lanes(dx, n_valid, band_shape(call->band, call->shape));
}
