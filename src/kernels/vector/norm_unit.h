#ifndef NORMLAB_KERNELS_NORM_UNIT_H
#define NORMLAB_KERNELS_NORM_UNIT_H
/* What the norm kernels (kernels/norm.h) know of one statistics unit and one line of its elements.
 */
#include "kernels/norm.h"
#include "vector/kernel_set.h"
#include "vector/vector.h"
#include "vector/walk.h"

/* gamma xhat + beta = (x - center) scale + shift. center is the mean as a float, and what its
 * rounding lost is in the shift, so that nothing cancels where the mean is large. */
typedef struct UnitLine {
  float center[LANES], scale[LANES], shift[LANES];
} CACHE_LINE UnitLine;

static inline void unit_line_make(UnitLine *line, const double mean[LANES],
                                  const double rstd[LANES], double gamma, double beta) {
  for (int l = 0; l < LANES; l++) {
    line->center[l] = (float)mean[l];
    line->scale[l] = (float)(gamma * rstd[l]);
    line->shift[l] = (float)(beta + gamma * rstd[l] * ((double)line->center[l] - mean[l]));
  }
}

/* VL lanes of it. */
typedef struct VectorLine {
  vf center, scale, shift;
} VectorLine;

static inline VectorLine vector_line(const UnitLine *line, int lane) {
  return (VectorLine){vf_load(line->center + lane), vf_load(line->scale + lane),
                      vf_load(line->shift + lane)};
}

/* For a unit: dx = rstd (dz - mean_d - xhat mean_dx) = q scale + (x - center) slope + shift, where
 * dz = gain q, and scale = gain rstd where gamma is that of the channel, else rstd. */
typedef struct ApplyLine {
  float center[LANES], scale[LANES], slope[LANES], shift[LANES];
} CACHE_LINE ApplyLine;

static inline void apply_line_make(ApplyLine *line, const double mean[LANES],
                                   const double rstd[LANES], const double mean_d[LANES],
                                   const double mean_dx[LANES], double gain) {
  for (int l = 0; l < LANES; l++) {
    const double slope = -rstd[l] * rstd[l] * mean_dx[l];
    line->center[l] = (float)mean[l];
    line->scale[l] = (float)(gain * rstd[l]);
    line->slope[l] = (float)slope;
    line->shift[l] = (float)(slope * ((double)line->center[l] - mean[l]) - rstd[l] * mean_d[l]);
  }
}

/* Lines of each pixel of a tile, with gamma = 1 and beta = 0, from statistics [n][16]. */
static inline void tile_lines_make(UnitLine *lines, const double *mean, const double *rstd, int n) {
  for (int i = 0; i < n; i++)
    for (int l = 0; l < LANES; l += VH) {
      const vdh m = vdh_load(mean + i * LANES + l), r = vdh_load(rstd + i * LANES + l);
      const vdh center = vdh_store_floats(lines[i].center + l, m);
      (void)vdh_store_floats(lines[i].scale + l, r);
      (void)vdh_store_floats(lines[i].shift + l, r * (center - m));
    }
}
static inline void apply_tile_lines_make(ApplyLine *lines, const double *mean, const double *rstd,
                                         const double *mean_d, const double *mean_dx, int n) {
  for (int i = 0; i < n; i++)
    for (int l = 0; l < LANES; l += VH) {
      const vdh m = vdh_load(mean + i * LANES + l), r = vdh_load(rstd + i * LANES + l);
      const vdh slope = -r * r * vdh_load(mean_dx + i * LANES + l);
      const vdh center = vdh_store_floats(lines[i].center + l, m);
      const vdh shift = slope * (center - m) - r * vdh_load(mean_d + i * LANES + l);
      (void)vdh_store_floats(lines[i].scale + l, r);
      (void)vdh_store_floats(lines[i].slope + l, slope);
      (void)vdh_store_floats(lines[i].shift + l, shift);
    }
}

/* Whether gamma and beta differ from element to element. */
static inline int affine_is_elementwise(NormAffine affine) {
  return affine == NORM_AFFINE_ELEMENT || affine == NORM_AFFINE_COLUMN;
}

/* The index of gamma and beta for the first element of a line. */
static inline size_t affine_index(const Walk *w, NormAffine affine) {
  if (affine == NORM_AFFINE_ELEMENT) return w->element;
  if (affine == NORM_AFFINE_COLUMN) return w->element % (size_t)w->s.w;
  return affine == NORM_AFFINE_CHANNEL ? (size_t)w->c : 0;
}

/* The gamma or beta of a run [n] from index k on, or what stands in for it where there is none. */
static const float NORM_ONES[RUN] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const float NORM_ZEROS[RUN] = {0};

static inline const float *gamma_of_run(const NormCall *call, size_t k) {
  return call->gamma ? call->gamma + k : NORM_ONES;
}
static inline const float *beta_of_run(const NormCall *call, size_t k) {
  return call->beta ? call->beta + k : NORM_ZEROS;
}

/* norm_backward_band() and norm_backward_apply() where units are pixels. The latter leaves what it
 * writes to empty lanes. */
void ISA_NAME(norm_backward_tiles)(float *dz, const NormGradient *gradient, const float *dy,
                                   const float *x, const NormCall *call);
void ISA_NAME(norm_apply_tiles)(float *dx, const float *dy, const float *x, const double *mean_d,
                                const double *mean_dx, const NormCall *call);

/* Whether there are masks of dropout and ReLU. */
static inline int has_masks(const NormCall *call) {
  return call->relu || (call->dropout && call->dropout->threshold > 0);
}

/* Adds factor times each of the lanes lane[i] [16] to to[i], i < n; returns 1 if one is out of
 * range. */
static inline int add_lanes(int64_t *to, float (*lane)[LANES], int n, float factor, double limit) {
  if (!to) return 0;
  for (int i = 0; i < n; i++)
    for (int l = 0; l < LANES; l += VL) vf_store(lane[i] + l, vf_load(lane[i] + l) * factor);
  return ISA_NAME(gradient_add_lanes)(to, lane[0], (size_t)n, limit);
}

#endif
