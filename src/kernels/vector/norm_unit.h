#ifndef NORMLAB_KERNELS_NORM_UNIT_H
#define NORMLAB_KERNELS_NORM_UNIT_H
/* What the norm kernels (kernels/norm.h) know of one statistics unit and one line of its elements.
 */
#include "kernels/norm.h"
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

/* The index of gamma and beta for the first element of a line. */
static inline size_t affine_index(const Walk *w, NormAffine affine) {
  if (affine == NORM_AFFINE_CHANNEL) return (size_t)w->c;
  return affine == NORM_AFFINE_COLUMN ? 0 : w->element;
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

#endif
