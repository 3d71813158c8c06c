#ifndef NORMLAB_KERNELS_GEMM_H
#define NORMLAB_KERNELS_GEMM_H
/* All that uses OpenBLAS: the `gemm` convolution backend and the linear layer. */
#include "base/status.h"
#include "kernels/block.h"
#include "kernels/conv.h"

/* OpenBLAS reads its core type before main(), and Debian's build takes recent processors for old
 * ones. If OPENBLAS_CORETYPE is unset and the detected core is narrower than the processor, sets
 * the right one in the environment and executes the program again (once). To be called first in
 * main(), before MPI starts. Returns if there is nothing to do. */
void gemm_fix_core_type(char **argv);

/* One thread a call: callers are threads already. */
void gemm_single_thread(void);

/* OpenBLAS's core type in use, such as "SkylakeX"; its version and options. Static strings. */
const char *gemm_core_type(void);
const char *gemm_version(void);

extern const ConvBackend conv_gemm;

/* A linear layer of one block:
 *
 *   y[o]     = bias[o] + sum over i of weight[o][i] x[i]
 *   dx[i]    = sum over o of weight[o][i] dy[o]
 *   dw[o][i] = sum over lanes of dy[o] x[i],   db[o] = sum over lanes of dy[o]
 *
 * x and dx are [in.c][in.h][in.w][16], whose elements i = (c h + row) w + column are the n_in = c h
 * w features (PyTorch's flatten order); y and dy are [n_out][1][1][16] with a channel stride of 16;
 * dw is [n_out][n_in], db [n_out]. */
typedef struct LinearCall {
  Shape in;
  int n_out;
  const float *weight; /* [n_out][n_in]; linear_backward_weights() does not read it */
  const float *bias;   /* [n_out]; NULL: none; only linear_forward() reads it */
  float *scratch;      /* linear_scratch_size() floats */
} LinearCall;

size_t linear_scratch_size(Shape in, int n_out);
void linear_forward(float *y, const float *x, const LinearCall *call);

/* Overwrites dx. */
void linear_backward_data(float *dx, const float *dy, const LinearCall *call);

/* Overwrites dw, and db unless that is NULL. dy of empty lanes must be zero. */
void linear_backward_weights(float *dw, float *db, const float *x, const float *dy,
                             const LinearCall *call);

#endif
