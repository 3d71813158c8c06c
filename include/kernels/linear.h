#ifndef NORMLAB_KERNELS_LINEAR_H
#define NORMLAB_KERNELS_LINEAR_H
/* A linear layer of one block:
 *
 *   y[o]     = bias[o] + sum over i of weight[o][i] x[i]
 *   dx[i]    = sum over o of weight[o][i] dy[o]
 *   dw[o][i] += sum over lanes of dy[o] x[i],   db[o] += sum over lanes of dy[o]
 *
 * x and dx are [in.c][in.h][in.w][16]; their elements i = (c h + row) w + column are the features,
 * n_in = in.c in.h in.w of them (PyTorch's flatten order). y and dy are [n_out][1][1][16] with a
 * channel stride of 16, dw is [n_out][n_in] and db [n_out], both exact sums over
 * samples: integers on the grid of base/exact.h's gradients.
 *
 * Each backend of conv.h has such kernels. Those of `direct` add in one order, which is that of the
 * indices, for every instruction set. Nothing here fails or communicates. Several threads may call
 * a kernel if their outputs and scratch differ. */
#include "kernels/block.h"
#include <stdint.h>

typedef struct LinearCall {
  Shape in;
  int n_out;
  int n_row;           /* numbers from a row of weights to the next: n_in, or more where `in` has
                          some channels of the input alone, for backward_data() */
  const float *weight; /* [n_out][n_row], of which n_in; backward_weights() does not read it */
  const float *bias;   /* [n_out]; NULL: none; only forward() reads it */
  float *scratch;      /* scratch_size() floats, 64-byte aligned, whose values mean nothing */
  double limit;        /* the bound of a sample's term; only backward_weights() reads it */
} LinearCall;

typedef struct LinearKernels {
  /* The number of floats of scratch that the three functions below need. */
  size_t (*scratch_size)(Shape in);

  /* Writes y. */
  void (*forward)(float *y, const float *x, const LinearCall *call);

  /* Overwrites dx. */
  void (*backward_data)(float *dx, const float *dy, const LinearCall *call);

  /* Adds the terms of each of the block's 16 samples, rounded by itself, to dw, and to db unless
   * that is NULL. dy of empty lanes must be zero; then x of empty lanes, which is finite, has no
   * influence. Returns 1 if a term was not smaller than call->limit in magnitude or was NaN, and
   * has left it out; otherwise 0. */
  int (*backward_weights)(int64_t *dw, int64_t *db, const float *x, const float *dy,
                          const LinearCall *call);
} LinearKernels;

#endif
