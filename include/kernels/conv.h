#ifndef NORMLAB_KERNELS_CONV_H
#define NORMLAB_KERNELS_CONV_H
/* Convolution (cross-correlation, as in PyTorch's Conv2d) of one block, with stride s, padding p,
 * zeros outside the input and no bias (pointwise.h has that):
 *
 *   y[co][i][j] = sum over ci, kh, kw of  w[co][ci][kh][kw] x[ci][i s + kh - p][j s + kw - p]
 *   dx[ci][..]  = sum over co, kh, kw of  w dy
 *   dw[co][ci][kh][kw] += sum over lanes, i, j of  x dy
 *
 * x and dx are [in.c][in.h][in.w][16], y and dy [out.c][out.h][out.w][16], laid out as block.h says
 * and 64-byte aligned; w and dw are [out.c][in.c][kernel][kernel], as PyTorch stores them, w as
 * floats and dw as exact sums over samples: integers on the grid of base/exact.h's gradients.
 * Products with the padding may be left out.
 *
 * There are two independent families of backends. The vector kernels have several algorithms, among
 * which `direct` takes the one that computes the formulas as they stand, `winograd` one of fewer
 * multiplications wherever there is one for the shape (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", 2016), and `auto` the fastest for the shape. `gemm` uses im2col
 * and OpenBLAS.
 * Nothing but prepare() fails, since sizes are checked when a network is built, and nothing
 * communicates.
 * Several threads may call a backend if their outputs and scratch differ. */
#include "base/status.h"
#include "kernels/block.h"
#include "kernels/linear.h"

typedef struct ConvShape {
  Shape in, out; /* out.h = (in.h + 2 padding - kernel) / stride + 1, likewise out.w */
  int kernel;    /* rows and columns of the square kernel, at least 1 */
  int stride;    /* 1 or 2 */
  int padding;   /* 0 <= padding < kernel */
} ConvShape;

/* Cache lines that are needed next, to read or to write. A kernel fetches one of them into the
 * second-level cache for every 24 (or 12) multiply-adds, which costs nothing beside them. They form
 * n_columns columns of n_lines lines. Results do not depend on this hint. */
typedef struct Ahead {
  const float *at;     /* the first line; NULL: nothing is fetched */
  size_t step, column; /* floats from line to line, and from column to column */
  size_t n_lines, n_columns;
} Ahead;

/* The directions of a convolution: y, dx and dw. */
typedef enum ConvDirection { CONV_FORWARD, CONV_DATA, CONV_WEIGHTS } ConvDirection;

/* Where the bands of a direction may begin and end. */
typedef struct ConvSteps {
  int channels, rows;
} ConvSteps;

/* One convolution of one block. */
typedef struct ConvCall {
  const ConvShape *shape; /* the whole convolution, from which the algorithm follows */
  /* What the arrays are where that is less; NULL: the whole. backward_weights(): some channels of
   * x or of dy, of which dw is computed. forward() of a 1 x 1 kernel at stride 1: some rows. */
  const ConvShape *part;
  const float *packed; /* what pack() made of the weights; backward_weights() does not read it */
  const Band *band;    /* what of y (forward) or dx (backward_data) to compute; NULL: all of it */
  Ahead ahead;
  float *scratch; /* scratch_size() floats, 64-byte aligned, whose values mean nothing */
  double limit;   /* the bound of a sample's term of dw; only backward_weights() reads this and: */
  size_t dw_channel; /* integers from output channel to output channel of dw; 0: they are dense */
} ConvCall;

typedef struct ConvBackend {
  const char *name;   /* static */
  int is_indivisible; /* 1: the bits may depend on bands and parts, and on where a sample stands in
                         its block: two threads do not share a direction of a block, nor two ranks
                         the samples of one; and blocks have 16 lanes */

  /* Returns the name of the algorithm that computes a direction of a convolution: "direct". It
   * follows from the shape alone. A static string. */
  const char *(*algorithm)(const ConvShape *shape, ConvDirection direction);

  /* Makes ready what the functions below need, on this rank, before n_threads threads call them;
   * the sizes, the steps and pack() need nothing. NULL: nothing is needed. The backend `gemm` loads
   * its library: STATUS_USAGE where it cannot, STATUS_MEMORY where there is no room for it. */
  Status (*prepare)(int n_threads) MUST_CHECK;

  /* The number of floats that pack() writes. */
  size_t (*packed_size)(const ConvShape *shape);

  /* Writes the weights w in the order that this backend's kernels want, for forward() and
   * backward_data(). The order depends on the backend and the instruction set. It has to be called
   * after each change of the weights. */
  void (*pack)(float *packed, const float *w, const ConvShape *shape);

  /* The number of floats of scratch that the three functions below need. */
  size_t (*scratch_size)(const ConvShape *shape);

  /* Writes y, or a band of it. */
  void (*forward)(float *y, const float *x, const ConvCall *call);

  /* Overwrites dx, or a band of it. */
  void (*backward_data)(float *dx, const float *dy, const ConvCall *call);

  /* Returns the steps of the bands of y or dx: the first channel of a band and its number of
   * channels must be multiples of steps.channels, except that a band up to the last channel may be
   * shorter; 0: a band must have all channels. steps.rows, which is at least 1, says the same of
   * rows. The bits do not depend on the bands unless the backend is indivisible. */
  ConvSteps (*steps)(const ConvShape *shape, ConvDirection direction);

  /* Adds the gradient of each of the block's 16 samples, rounded by itself, to dw. dy of empty
   * lanes must be zero; then x of empty lanes, which is finite, has no influence. It ignores the
   * call's band. Returns 1 if a sample's term was not smaller than call->limit in magnitude or was
   * NaN, and has left it out; otherwise 0. */
  int (*backward_weights)(int64_t *dw, const float *x, const float *dy, const ConvCall *call);

  /* Returns the linear layers of the backend: those of the vector kernels are one set for all their
   * backends. */
  const LinearKernels *(*linear)(void);
} ConvBackend;

/* Returns the backend of that name ("auto", "direct", "winograd", "gemm"), or NULL for other names.
 * The vector kernels are those of isa_current() at the time of a call. */
const ConvBackend *conv_backend(const char *name);

#endif
