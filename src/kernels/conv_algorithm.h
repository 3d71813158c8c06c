#ifndef NORMLAB_KERNELS_CONV_ALGORITHM_H
#define NORMLAB_KERNELS_CONV_ALGORITHM_H
/* The algorithms that the vector kernels have for a convolution (conv.h has the formulas), and the
 * choice among them.
 *
 * Forward and dX are the same operation, a correlation: dX correlates dY with the flipped kernel,
 * with padding kernel - 1 - padding, and dY dilated by the stride. So an algorithm is a row either
 * of the correlations or of the weight gradients. Which algorithm computes a direction of a
 * convolution follows from the shape of the whole convolution alone, never from a band, the
 * instruction set, the threads or the batch: algorithms round differently. Within an algorithm all
 * instruction sets and all bands give the same bits. */
#include "kernels/conv.h"

/* y[o][i][j] = sum over c, kh, kw of w[o][c][kh][kw] x'[c][i stride + kh - padding][...]
 * where x' is x with dilation - 1 zeros between rows and between columns. */
typedef struct Correlation {
  Shape in, out;
  int kernel, stride, padding, dilation;
} Correlation;

/* Where a correlation finds its weights: w[o out + c in + tap step], tap = kh kernel + kw. */
typedef struct CorrelationWeights {
  const float *w;
  ptrdiff_t out, in, step;
} CorrelationWeights;

/* One correlation of one block, or a band of it. */
typedef struct CorrelationCall {
  const Correlation *of; /* the whole */
  const float *packed;   /* of pack(), for the whole */
  Band band;             /* what of y to compute; its stride is that of y's channels */
  Ahead ahead;           /* at == NULL: the algorithm fetches what it likes */
  float *scratch;        /* scratch_size() floats, 64-byte aligned, whose values mean nothing */
} CorrelationCall;

typedef struct CorrelationAlgorithm {
  const char *name; /* static; "direct" */

  /* Whether the algorithm can compute it. NULL: it can compute all. */
  int (*fits)(const Correlation *c);

  /* The number of floats that pack() writes, for all channels. */
  size_t (*packed_size)(const Correlation *c);
  void (*pack)(float *packed, CorrelationWeights w, const Correlation *c);

  /* The number of floats of scratch that run() needs, whatever the band. */
  size_t (*scratch_size)(const Correlation *c);

  /* Writes the band of y, which begins at y. x is the whole input. */
  void (*run)(float *y, const float *x, const CorrelationCall *call);

  /* The steps of bands as conv.h's ConvBackend has them: of channels and of rows. */
  int (*channel_step)(const Correlation *c);
  int (*row_step)(const Correlation *c);
} CorrelationAlgorithm;

typedef struct WeightsAlgorithm {
  const char *name; /* static; "direct" */

  /* Whether the algorithm can compute it. NULL: it can compute all. */
  int (*fits)(const ConvShape *s);

  /* The number of floats of scratch that run() needs. */
  size_t (*scratch_size)(const ConvShape *s);

  /* conv.h's backward_weights(). s is the shape of the arrays, which may be a part of the whole:
   * some channels of the input or of the output. It ends in conv_add_lanes() (vector/conv_lanes.h),
   * which adds what it has summed lane by lane to dw. */
  int (*run)(int64_t *dw, const float *x, const float *dy, const ConvShape *s,
             const ConvCall *call);
} WeightsAlgorithm;

/* X(id, name) of each algorithm: its row is correlation_<name> or weights_<name> of each
 * instruction set. */
#define CORRELATION_LIST(X)                                                                        \
  X(DIRECT, direct)                                                                                \
  X(WINOGRAD_ROWS, winograd_rows)                                                                  \
  X(TILES_2X2, tiles2x2) X(TILES_3X3, tiles3x3) X(TILES_3X4, tiles3x4)
#define WEIGHTS_LIST(X) X(DIRECT, direct) X(WINOGRAD, winograd)

#define CORRELATION_ID(id, name) CORRELATION_##id,
#define WEIGHTS_ID(id, name) WEIGHTS_##id,
typedef enum CorrelationId { CORRELATION_LIST(CORRELATION_ID) N_CORRELATIONS } CorrelationId;
typedef enum WeightsId { WEIGHTS_LIST(WEIGHTS_ID) N_WEIGHTS } WeightsId;

/* How a backend chooses. */
typedef enum ConvChoice {
  CHOOSE_DIRECT,   /* the direct algorithm */
  CHOOSE_WINOGRAD, /* the cheapest of the others that fit, or else the direct algorithm */
  CHOOSE_CHEAPEST  /* the cheapest of all that fit */
} ConvChoice;

/* Return the algorithm for a whole convolution's forward pass or dX, and for its dW. */
CorrelationId conv_choose_correlation(ConvChoice choice, const Correlation *whole);
WeightsId conv_choose_weights(ConvChoice choice, const ConvShape *whole);

#endif
