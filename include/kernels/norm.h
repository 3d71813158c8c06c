#ifndef NORMLAB_KERNELS_NORM_H
#define NORMLAB_KERNELS_NORM_H
/* Normalization of a block, whatever the variant.
 *
 * The elements of an activation [C][H][W] are cut into statistics units: a unit is a channel (C
 * units of H x W elements), or a row of a channel (C x H units of W elements). The kernels sum over
 * each unit and lane; which units (and, for batch norm, which samples) share statistics is decided
 * by the caller (norms/partition.h), who hands the shared values back per unit and lane.
 *
 *   xhat = (x - mean) rstd,   rstd = 1 / sqrt(var + epsilon), var biased
 *   y    = gamma xhat + beta
 *
 * gamma and beta are indexed per channel [C], per element [C][H][W] or per column [W].
 * Sources: Ioffe and Szegedy 2015 (batch), Ba, Kiros and Hinton 2016 (layer), Ulyanov, Vedaldi and
 * Lempitsky 2016 (instance), Wu and He 2018 (group).
 *
 * Per-unit arrays are [U][16]. Arrays of activations have the strides of block.h. Nothing here
 * fails, allocates or communicates. */
#include "kernels/block.h"
#include <stdint.h>

typedef enum NormUnit { NORM_UNIT_CHANNEL, NORM_UNIT_ROW } NormUnit;
typedef enum NormAffine {
  NORM_AFFINE_CHANNEL, /* gamma, beta [C] */
  NORM_AFFINE_ELEMENT, /* [C][H][W], dense */
  NORM_AFFINE_COLUMN   /* [W] */
} NormAffine;

/* What follows the norm in the same pass, in this order: dropout, then ReLU. */
typedef struct Dropout {
  /* An element is kept if its byte of random numbers is at least threshold; kept ones are
   * multiplied by 256 / (256 - threshold). threshold = 0: no dropout, nothing is drawn. */
  int threshold;        /* 0 .. 255 = round(256 p), at least 1 if p > 0 */
  uint32_t key[2];      /* of Philox, from seed, purpose and layer */
  uint64_t step;        /* global step number */
  const uint32_t *lane; /* [16] global sample number of each lane */
} Dropout;
/* The byte of element e = (c H + h) W + w of lane l: word (e % 16) / 4 of Philox 4x32 with 7 rounds
 * at counter (lane[l], e / 16, step low, step high), byte e % 4 (0 = least significant).
 * (e / 16 counts over the dense [C][H][W].) */

/* Number of units: C or C x H; elements of one: H x W or W. */
static inline int norm_units(Shape s, NormUnit unit) {
  return unit == NORM_UNIT_ROW ? s.c * s.h : s.c;
}

/* sum[u][l] = sum of x, square[u][l] = sum of x^2 over unit u in lane l, in double precision
 * throughout (each product is exact). */
void norm_sums(double *sum, double *square, const float *x, Shape s, NormUnit unit);

/* y = relu(dropout(gamma xhat + beta)); dropout may be NULL; relu 0 or 1.
 * relu(NaN) = NaN, and a dropped element is its value times zero, so that a NaN or infinity shows.
 * mean, rstd: [U][16] doubles. The kernel must keep full accuracy where |mean| is thousands of
 * deviations: subtract (float)mean first, and put what its rounding lost into the shift. */
void norm_forward(float *y, const float *x, const double *mean, const double *rstd,
                  const float *gamma, const float *beta, const Dropout *dropout, int relu, Shape s,
                  NormUnit unit, NormAffine affine);

/* First half of the derivative. With d = dy through ReLU and dropout (y is norm_forward's output,
 * whose sign is the mask: d = 0 where y <= 0; where dropout is not followed by ReLU the mask is
 * drawn again, and y may be NULL), it writes
 * - dz = d gamma (the derivative by xhat), over dz, which may be the same array as dy;
 * - sum_d[u][l] = sum over the unit of dz, in double;
 * - sum_dx[u][l] = sum over the unit of dz xhat, in double;
 * - dgamma[k] = sum over lanes and elements of index k of d xhat, dbeta[k] = the same of d, in
 *   double, lanes summed in one fixed order: [C], [C][H][W] or [W] by affine.
 *
 * Empty lanes must have dy = 0 and finite y, x, mean and rstd: then they add nothing. Floats are
 * added over at most 16 elements before a double takes them. */
void norm_backward_sums(float *dz, double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                        const float *dy, const float *x, const float *y, const double *mean,
                        const double *rstd, const float *gamma, const Dropout *dropout, int relu,
                        Shape s, NormUnit unit, NormAffine affine);

/* Both band by band, so that what stands between a norm and its neighbour need not be stored.
 *
 * norm_forward_band: x and y are arrays of the band.
 * norm_backward_begin, then norm_backward_band for each band in order and norm_backward_end for the
 * band's units when all of them have been summed, are norm_backward_sums. dz, dy, y and x are arrays
 * of the band; dz may be dy. Statistics, sums, parameters and their gradients are those of the whole
 * activation. The bands of norm_backward_end have all rows. */
void norm_forward_band(float *y, const float *x, const double *mean, const double *rstd,
                       const float *gamma, const float *beta, const Dropout *dropout, int relu,
                       Shape s, Band band, NormUnit unit, NormAffine affine);
void norm_backward_begin(double *sum_d, double *sum_dx, double *dgamma, double *dbeta, Shape s,
                         NormUnit unit, NormAffine affine);
void norm_backward_band(float *dz, double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                        const float *dy, const float *x, const float *y, const double *mean,
                        const double *rstd, const float *gamma, const Dropout *dropout, int relu,
                        Shape s, Band band, NormUnit unit, NormAffine affine);
void norm_backward_end(double *sum_d, double *sum_dx, double *dgamma, double *dbeta,
                       const double *mean, const double *rstd, const float *gamma,
                       const Dropout *dropout, Shape s, Band band, NormUnit unit,
                       NormAffine affine);

/* Second half:  dx = rstd (dz - mean_d - xhat mean_dx),  with mean_d and mean_dx [U][16] the means
 * of dz and of dz xhat over the whole group of statistics. Lanes from n_valid on get dx = 0. dx may
 * be the same array as dz. */
void norm_backward_apply(float *dx, const float *dz, const float *x, const double *mean,
                         const double *rstd, const double *mean_d, const double *mean_dx,
                         int n_valid, Shape s, NormUnit unit);

#endif
