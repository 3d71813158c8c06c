/* The backward pass of a norm whose units are pixels: tiles of pixels, of which some channels come
 * after others. Several channels are taken at once, so that what is known of a pixel is read once
 * for them. */
#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

/* Channels that are taken at once, where gamma is that of the channel. */
enum { CHANNELS = 4 };

/* Constants, so that each is a kernel of its own. */
typedef struct Backward {
  int elementwise; /* gamma differs from element to element */
  int masked;      /* there are masks */
  int write;       /* dz is wanted */
} Backward;

/* The n pixels of some channels of a tile. q is dy through the masks. */
typedef struct TileRun {
  float *to;                      /* dz or dx; strides like those of dy */
  const float *dy, *x;            /* [channels][n][16] */
  const uint16_t *passes;         /* [channels][n] */
  const float *gamma;             /* [n], or [channels] where it is that of the channel */
  size_t stride, x_stride, plane; /* from channel to channel: of dy, of x, of the masks */
  float factor;                   /* of what dropout keeps */
  int n;
} TileRun;

static inline vf masked_dy(const TileRun *r, int channel, int i, int lane, Backward f) {
  const vf dy = vf_load(r->dy + (size_t)channel * r->stride + i * LANES + lane);
  return f.masked ? vm_keep(vm_load(r->passes + (size_t)channel * r->plane + i, lane), dy) : dy;
}

/* gamma factor */
static inline vf gain_of(const TileRun *r, int channel, int i, Backward f) {
  return vf_set(r->gamma[f.elementwise ? i : channel] * r->factor);
}

/* Sums of floats over up to 16 channels. */
typedef struct TileSums {
  float d[RUN][LANES], dx[RUN][LANES]; /* by pixel: dz and dz xhat */
  /* Terms of dbeta and dgamma, less the factor of dropout: of each pixel of the one channel, where
   * gamma is that of the element; otherwise of each channel, sums over the pixels. */
  float q[RUN][LANES], q_xhat[RUN][LANES];
  int n_channels;
} CACHE_LINE TileSums;

/* Forward:  z = gamma xhat + beta,  y = relu(dropout(z))
 * Backward: d = dy through the masks = factor q, dz = d gamma, dbeta += d, dgamma += d xhat,
 *           sum_d += dz, sum_dx += dz xhat. */
INLINE void tile_run(TileRun r, const UnitLine *pixels, TileSums *sums, int n_channels,
                     Backward f) {
  for (int lane = 0; lane < LANES; lane += VL) {
    vf q_sum[CHANNELS], q_xhat_sum[CHANNELS], gain[CHANNELS];
#pragma GCC unroll 4
    for (int c = 0; c < n_channels; c++) {
      q_sum[c] = q_xhat_sum[c] = (vf){0};
      gain[c] = gain_of(&r, c, 0, f);
    }
    for (int i = 0; i < r.n; i++) {
      const VectorLine line = vector_line(&pixels[i], lane);
      vf d = vf_load(sums->d[i] + lane), dx = vf_load(sums->dx[i] + lane);
#pragma GCC unroll 4
      for (int c = 0; c < n_channels; c++) {
        const size_t at = (size_t)c * r.stride + (size_t)(i * LANES + lane);
        const size_t x_at = (size_t)c * r.x_stride + (size_t)(i * LANES + lane);
        const vf q = masked_dy(&r, c, i, lane, f);
        const vf xhat = vf_fma(vf_load(r.x + x_at) - line.center, line.scale, line.shift);
        if (f.elementwise) {
          gain[c] = gain_of(&r, c, i, f);
          vf_store(sums->q[i] + lane, q);
          vf_store(sums->q_xhat[i] + lane, q * xhat);
        }
        const vf dz = q * gain[c];
        if (f.write) vf_store(r.to + at, dz);
        q_sum[c] += q;
        q_xhat_sum[c] = vf_fma(q, xhat, q_xhat_sum[c]);
        d += dz;
        dx = vf_fma(dz, xhat, dx);
      }
      vf_store(sums->d[i] + lane, d);
      vf_store(sums->dx[i] + lane, dx);
    }
    for (int c = 0; c < n_channels && !f.elementwise; c++) {
      vf_store(sums->q[sums->n_channels + c] + lane, q_sum[c]);
      vf_store(sums->q_xhat[sums->n_channels + c] + lane, q_xhat_sum[c]);
    }
  }
  sums->n_channels += n_channels;
}

/* Adds the sums over channels to those of the units, [n][16], in double precision. */
static void add_to_units(double *sum_d, double *sum_dx, const TileSums *sums, int n) {
  for (int i = 0; i < n; i++)
    for (int lane = 0; lane < LANES; lane += VL) {
      add_floats(sum_d + i * LANES + lane, vf_load(sums->d[i] + lane));
      add_floats(sum_dx + i * LANES + lane, vf_load(sums->dx[i] + lane));
    }
}

static int add_to_gradient(const NormGradient *to, size_t k, TileSums *sums, int n, float factor) {
  return add_lanes(to->dbeta ? to->dbeta + k : NULL, sums->q, n, factor, to->limit) |
         add_lanes(to->dgamma ? to->dgamma + k : NULL, sums->q_xhat, n, factor, to->limit);
}

static TileRun run_start(const NormCall *call) {
  return (TileRun){.stride = call->band.stride,
                   .x_stride = call->band.x_stride,
                   .plane = (size_t)call->shape.h * (size_t)call->shape.w,
                   .factor = call->dropout ? dropout_factor(call->dropout) : 1};
}

/* Returns the index of gamma. */
static inline size_t run_at(TileRun *r, const Walk *w, const NormCall *call, float *to,
                            const float *dy, const float *x, Backward f) {
  const size_t k = affine_index(w, call->affine);
  if (f.write) r->to = to + w->at;
  if (f.masked) r->passes = call->passes + w->element;
  r->dy = dy + w->at;
  r->x = x + w->x_at;
  r->gamma = gamma_of_run(call, k);
  r->n = w->n;
  return k;
}

INLINE void backward(float *dz, const NormGradient *to, const float *dy, const float *x,
                     const NormCall *call, Backward f) {
  TileRun r = run_start(call);
  TileSums sums = {.n_channels = 0};
  UnitLine pixels[RUN];
  int out_of_range = 0;
  for (Walk w = tiles_start(call, RUN, 1, f.elementwise ? 1 : CHANNELS); tiles_next(&w);) {
    const size_t k = run_at(&r, &w, call, dz, dy, x, f), u = w.unit * LANES;
    if (w.new_unit) tile_lines_make(pixels, call->mean + u, call->rstd + u, w.n);
    if (w.n_channels == 1)
      tile_run(r, pixels, &sums, 1, f);
    else
      tile_run(r, pixels, &sums, CHANNELS, f);
    if (f.elementwise) out_of_range |= add_to_gradient(to, k, &sums, w.n, r.factor);
    if (sums.n_channels < RUN && !w.end_of_unit) continue;
    add_to_units(to->sum_d + u, to->sum_dx + u, &sums, w.n);
    if (!f.elementwise) {
      const size_t first = k + (size_t)w.n_channels - (size_t)sums.n_channels;
      out_of_range |= add_to_gradient(to, first, &sums, sums.n_channels, r.factor);
    }
    memset(&sums, 0, sizeof sums);
  }
  if (out_of_range) *to->out_of_range = 1;
}

void ISA_NAME(norm_backward_tiles)(float *dz, const NormGradient *gradient, const float *dy,
                                   const float *x, const NormCall *call) {
  switch (affine_is_elementwise(call->affine) * 4 + has_masks(call) * 2 + (dz != NULL)) {
  case 0:
    backward(dz, gradient, dy, x, call, (Backward){0, 0, 0});
    break;
  case 1:
    backward(dz, gradient, dy, x, call, (Backward){0, 0, 1});
    break;
  case 2:
    backward(dz, gradient, dy, x, call, (Backward){0, 1, 0});
    break;
  case 3:
    backward(dz, gradient, dy, x, call, (Backward){0, 1, 1});
    break;
  case 4:
    backward(dz, gradient, dy, x, call, (Backward){1, 0, 0});
    break;
  case 5:
    backward(dz, gradient, dy, x, call, (Backward){1, 0, 1});
    break;
  case 6:
    backward(dz, gradient, dy, x, call, (Backward){1, 1, 0});
    break;
  default:
    backward(dz, gradient, dy, x, call, (Backward){1, 1, 1});
    break;
  }
}

/* Forward:  xhat = (x - mean) rstd, where mean and rstd are made of x
 * Backward: dx = rstd (dz - mean_d - xhat mean_dx) */
INLINE void apply_run(TileRun r, const ApplyLine *pixels, int n_channels, Backward f) {
  for (int lane = 0; lane < LANES; lane += VL) {
    vf gain[CHANNELS];
#pragma GCC unroll 4
    for (int c = 0; c < n_channels; c++) gain[c] = gain_of(&r, c, 0, f);
    for (int i = 0; i < r.n; i++) {
      const vf center = vf_load(pixels[i].center + lane), scale = vf_load(pixels[i].scale + lane);
      const vf slope = vf_load(pixels[i].slope + lane), shift = vf_load(pixels[i].shift + lane);
#pragma GCC unroll 4
      for (int c = 0; c < n_channels; c++) {
        const size_t at = (size_t)c * r.stride + (size_t)(i * LANES + lane);
        const size_t x_at = (size_t)c * r.x_stride + (size_t)(i * LANES + lane);
        const vf t = vf_fma(vf_load(r.x + x_at) - center, slope, shift);
        if (f.elementwise) gain[c] = gain_of(&r, c, i, f);
        vf_store(r.to + at, vf_fma(masked_dy(&r, c, i, lane, f) * gain[c], scale, t));
      }
    }
  }
}

INLINE void apply(float *dx, const float *dy, const float *x, const double *mean_d,
                  const double *mean_dx, const NormCall *call, Backward f) {
  TileRun r = run_start(call);
  ApplyLine pixels[MOST_TILE];
  const int by_row = call->affine == NORM_AFFINE_COLUMN;
  const int most = f.elementwise && !call->gamma ? RUN : MOST_TILE; /* of NORM_ONES there are RUN */
  for (Walk w = tiles_start(call, most, by_row, f.elementwise ? 1 : CHANNELS); tiles_next(&w);) {
    const size_t u = w.unit * LANES;
    run_at(&r, &w, call, dx, dy, x, f);
    if (w.new_unit)
      apply_tile_lines_make(pixels, call->mean + u, call->rstd + u, mean_d + u, mean_dx + u, w.n);
    if (w.n_channels == 1)
      apply_run(r, pixels, 1, f);
    else
      apply_run(r, pixels, CHANNELS, f);
  }
}

void ISA_NAME(norm_apply_tiles)(float *dx, const float *dy, const float *x, const double *mean_d,
                                const double *mean_dx, const NormCall *call) {
  switch (affine_is_elementwise(call->affine) * 2 + has_masks(call)) {
  case 0:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){0, 0, 1});
    break;
  case 1:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){0, 1, 1});
    break;
  case 2:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){1, 0, 1});
    break;
  default:
    apply(dx, dy, x, mean_d, mean_dx, call, (Backward){1, 1, 1});
    break;
  }
}
