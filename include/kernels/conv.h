#ifndef NORMLAB_KERNELS_CONV_H
#define NORMLAB_KERNELS_CONV_H
/* Convolution (cross-correlation, as in PyTorch's Conv2d) of one block:
 *
 *   y[co][i][j] = sum over ci, kh, kw of  w[co][ci][kh][kw] x[ci][i s + kh - p][j s + kw - p]
 *
 * with zeros outside the input, stride s, padding p; no bias (see pointwise.h).
 *   dx[ci][..] = sum over co, kh, kw of w dy;    dw[co][ci][kh][kw] = sum over lanes, i, j of x dy.
 *
 * Shapes: x, dx [in.c][in.h][in.w][16], y, dy [out.c][out.h][out.w][16] with the channel strides of
 * block.h, all 64-byte aligned; w, dw [out.c][in.c][kernel][kernel], as PyTorch stores them. Two
 * independent backends: `direct` (vector kernels) and `gemm` (im2col and OpenBLAS). Weights packed
 * by a backend are for that backend and instruction set alone. Products with the padding may be
 * left out. Errors: none; sizes are checked when a network is built. Not collective; thread safe as
 * long as outputs and scratch differ. */
#include "kernels/block.h"

typedef struct ConvShape {
  Shape in, out; /* out.h = (in.h + 2 padding - kernel) / stride + 1, likewise out.w */
  int kernel;    /* square, >= 1 */
  int stride;    /* 1 or 2 */
  int padding;   /* 0 <= padding < kernel */
} ConvShape;

/* Cache lines that are needed next, to read or to write, fetched into the second-level cache while a
 * kernel computes: one for every 24 (or 12) multiply-adds, which costs nothing beside them. They are
 * n_columns times n_lines, a step apart. A tile of the result goes on where the one before it stopped.
 * A hint: results do not depend on it. */
typedef struct Ahead {
  const float *at;     /* the first line; NULL: nothing */
  size_t step, column; /* floats from line to line, and from column to column */
  size_t n_lines, n_columns;
} Ahead;

/* A part of a result alone, which is an array of this band; its ahead may be empty. */
typedef struct ConvPart {
  Band band;
  Ahead ahead;
} ConvPart;

typedef struct ConvBackend {
  const char *name;

  /* Floats of the packed weights (whatever order the backend's kernels want, for forward and dx).
   */
  size_t (*packed_size)(const ConvShape *s);
  /* Once a step, after the weights have changed. */
  void (*pack)(float *packed, const float *w, const ConvShape *s);

  /* Floats of scratch that the three calls below may use; one such area a thread, 64-byte aligned.
   */
  size_t (*scratch_size)(const ConvShape *s);
  /* part: NULL is all of y. */
  void (*forward)(float *y, const float *x, const float *packed, const ConvShape *s,
                  const ConvPart *part, float *scratch);
  /* Overwrites dx. Its parts have all rows. */
  void (*backward_data)(float *dx, const float *dy, const float *packed, const ConvShape *s,
                        const ConvPart *part, float *scratch);
  /* What the first channel of a part and their number must be multiples of (a part that goes to the
   * last channel may be shorter); 0: all channels. */
  int (*forward_step)(const ConvShape *s);
  int (*backward_step)(const ConvShape *s);
  /* Overwrites dw with this block's sum over all 16 lanes; dy of empty lanes must be zero, and then
   * x of empty lanes has no influence (it is finite). Parts, of x or of dy, are shapes with fewer
   * channels. ahead may be NULL. */
  void (*backward_weights)(float *dw, const float *x, const float *dy, const ConvShape *s,
                           const Ahead *ahead, float *scratch);
} ConvBackend;

/* "direct" or "gemm"; NULL for other names. The direct kernels are those of isa_current(). */
const ConvBackend *conv_backend(const char *name);

#endif
