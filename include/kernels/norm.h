#ifndef NORMLAB_KERNELS_NORM_H
#define NORMLAB_KERNELS_NORM_H
/* Normalization of a block, whatever the variant:
 *
 *   xhat = (x - mean) rstd
 *   y    = relu(dropout(gamma xhat + beta))
 *
 * The elements of an activation [C][H][W] are cut into U statistics units: a unit is a channel (U =
 * C units of H x W elements), a row of a channel (U = C H units of W elements), or a pixel of K
 * consecutive channels (U = C / K H W units of K elements). norm_sums() sums over each unit and
 * lane. The caller (norms/partition.h) decides which units, and for batch norm which samples, share
 * statistics, and hands back the shared values for each unit and lane; for most norms these are the
 * mean and rstd = 1 / sqrt(var + epsilon) with the biased variance var.
 * Sources: Ioffe and Szegedy 2015 (batch), Ba, Kiros and Hinton 2016 (layer), Ulyanov, Vedaldi and
 * Lempitsky 2016 (instance), Wu and He 2018 (group).
 *
 * Activations have the layout of block.h. Nothing here fails, allocates or communicates, and
 * everything may be called by several threads whose outputs differ. */
#include "kernels/block.h"
#include <stdint.h>

typedef enum NormUnit {
  NORM_UNIT_CHANNEL, /* unit c */
  NORM_UNIT_ROW,     /* unit c H + h */
  NORM_UNIT_PIXEL    /* unit (c / K) H W + h W + w */
} NormUnit;

/* How gamma and beta are indexed. */
typedef enum NormAffine {
  NORM_AFFINE_CHANNEL, /* by channel: [C] */
  NORM_AFFINE_ELEMENT, /* by element: [C][H][W], dense */
  NORM_AFFINE_COLUMN,  /* by column: [W] */
  NORM_AFFINE_NONE     /* there are none: gamma is 1 and beta 0 */
} NormAffine;

/* Dropout follows the norm in the same pass. An element is kept if its byte of random numbers is at
 * least threshold, and is then multiplied by 256 / (256 - threshold). A dropped element is its
 * value times zero, so that a NaN or an infinity shows.
 *
 * The byte of element e = (c H + h) W + w of lane l is byte e % 4 (0 is the least significant) of
 * word (e % 16) / 4 of Philox 4x32 with 7 rounds at counter (lane[l], e / 16, step low, step high).
 */
typedef struct Dropout {
  int threshold;        /* round(256 p), at least 1 if p > 0; 0: nothing is drawn or dropped */
  uint32_t key[2];      /* Philox's key, made from seed, purpose and layer */
  uint64_t step;        /* the global number of the training step */
  const uint32_t *lane; /* [16]: the global sample number of each lane */
} Dropout;

/* One norm of one block. Statistics and parameters are those of the whole activation, whatever the
 * band. */
typedef struct NormCall {
  Shape shape; /* of the whole activation */
  Band band;   /* what x, y and their gradients hold of it; x has the stride x_stride */
  NormUnit unit;
  int unit_channels; /* K of units that are pixels, a divisor of C; not read for other units */
  NormAffine affine;
  const double *mean, *rstd; /* [U][16] */
  const float *gamma, *beta; /* indexed by affine; gamma NULL means 1, beta NULL means 0 */
  const Dropout *dropout;    /* NULL: none */
  int relu;                  /* 0 or 1; relu(NaN) = NaN */
  /* [C][H][W], dense, of the whole activation: bit l of an element's word is 1 where lane l passes
   * dropout and ReLU. It is not used where there is neither. */
  uint16_t *passes;
  /* Backward: the shape of the output of the max pool of 2 x 2 at stride 2 that alone reads the
   * norm's output, if max_pool_select() (pool.h) has narrowed the masks to its maxima. Then dy is
   * the gradient of the pool's output [band's channels][pooled->h][pooled->w][16] with all rows.
   * NULL: dy is that of the norm's output. */
  const Shape *pooled;
} NormCall;

/* Sums of the backward pass over the whole activation. */
typedef struct NormGradient {
  double *sum_d;  /* [U][16]: the sum of dz over the unit */
  double *sum_dx; /* [U][16]: the sum of dz xhat over the unit */
  /* Indexed by affine: exact sums of d xhat and of d over lanes and elements, on the grid of
   * base/exact.h's gradients; may be NULL. A term is the sum of a lane over a unit, over one
   * element where gamma differs from element to element, or over up to 16 elements of a row where
   * gamma is that of the channel and units are pixels. */
  int64_t *dgamma, *dbeta;
  double limit;      /* the bound of a term */
  int *out_of_range; /* becomes 1 where a term is not below the limit, or is NaN: it is left out */
} NormGradient;

/* The number of terms of a sample in each sum of a NormGradient's dgamma and dbeta. */
static inline int norm_gradient_terms(Shape s, NormUnit unit, NormAffine affine) {
  if (affine == NORM_AFFINE_COLUMN) return s.c * s.h;
  if (affine != NORM_AFFINE_CHANNEL || unit == NORM_UNIT_CHANNEL) return 1;
  return unit == NORM_UNIT_ROW ? s.h : s.h * ((s.w + 15) / 16);
}

/* Returns the unit of an element; unit_channels is K. */
static inline int norm_unit_of(Shape s, NormUnit unit, int unit_channels, int c, int h, int w) {
  if (unit == NORM_UNIT_CHANNEL) return c;
  return unit == NORM_UNIT_ROW ? c * s.h + h : (c / unit_channels * s.h + h) * s.w + w;
}
/* Returns the number of statistics units of an activation, U. */
static inline int norm_units(Shape s, NormUnit unit, int unit_channels) {
  return norm_unit_of(s, unit, unit_channels, s.c - 1, s.h - 1, s.w - 1) + 1;
}

/* sum[u][l] = sum of x, square[u][l] = sum of x^2 over what the call's band has of unit u, whose
 * sums [U][16] are those of the whole activation. Of the call only shape, band, unit and
 * unit_channels are read. All additions are in double precision, where each square is exact. Where
 * units are pixels, channels are added one by one, so that bands of some channels each, in order,
 * give the same bits as one band: the sums of a unit begin anew with its first channel. Other units
 * must be whole. */
void norm_sums(double *sum, double *square, const float *x, const NormCall *call);

/* Statistics of n groups of as many elements each, lane by lane, from their sums. */
typedef struct NormStatistics {
  double *mean, *rstd;        /* [n][16]: what is written */
  const double *sum, *square; /* [n][16]: as norm_sums() makes them; may be the same arrays */
  int n;
  double elements, epsilon;
  int is_centred; /* 0: the mean is 0, and the variance the mean square */
  int by_inverse; /* 1: sums are multiplied by 1 / elements, which is faster and rounds once more */
} NormStatistics;

/* mean = sum / elements, rstd = 1 / sqrt(variance + epsilon) with variance = square / elements -
 * mean^2, where a variance that rounding made negative counts as 0; a NaN stays. */
void norm_statistics(const NormStatistics *statistics);
/* Multiplies sums [n][16] by a factor. */
void norm_scale_sums(double *sum, size_t n, double factor);

/* Writes y = relu(dropout(gamma xhat + beta)) of the band, and its masks to passes. y keeps
 * full accuracy where |mean| is thousands of deviations: (float)mean is subtracted first, and what
 * its rounding lost goes into the shift. */
void norm_forward(float *y, const float *x, const NormCall *call);

/* Writes the same y again, by the masks that norm_forward() has left: nothing is drawn. */
void norm_forward_again(float *y, const float *x, const NormCall *call);

/* The first half of the derivative. With d = dy through ReLU and dropout, by the masks that
 * norm_forward() has left, and dz = d gamma, the derivative by xhat, it adds to the sums of
 * NormGradient. It writes dz, which may be the same array as dy, unless dz is NULL, as it has to be
 * with a pooled gradient.
 *
 * norm_backward_begin() sets sum_d and sum_dx of the call's band to zero.
 * norm_backward_band() follows for each band in order.
 * norm_backward_end() completes the sums of the call's band when all elements of its units have
 * been summed. norm_backward_sums() is all three for one band. Where units are pixels, bands with
 * all channels of their units give the same bits however rows are divided among them.
 *
 * Empty lanes must have dy = 0 and finite x, mean and rstd; then they add nothing. Floats are
 * added over at most 16 elements before a double takes them. */
void norm_backward_begin(const NormGradient *gradient, const NormCall *call);
void norm_backward_band(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const NormCall *call);
void norm_backward_end(const NormGradient *gradient, const NormCall *call);
void norm_backward_sums(float *dz, const NormGradient *gradient, const float *dy, const float *x,
                        const NormCall *call);

/* The second half of the derivative, dx = rstd (dz - mean_d - xhat mean_dx) of the band, with dz
 * made of dy as above. mean_d and mean_dx [U][16] are the means of dz and of dz xhat over the whole
 * group of statistics. Lanes from n_valid on get dx = 0. dx may be the same array as dy, unless
 * that is a pooled gradient. */
void norm_backward_apply(float *dx, const float *dy, const float *x, const double *mean_d,
                         const double *mean_dx, int n_valid, const NormCall *call);

#endif
