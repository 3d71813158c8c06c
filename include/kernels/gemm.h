#ifndef NORMLAB_KERNELS_GEMM_H
#define NORMLAB_KERNELS_GEMM_H
/* Everything that uses OpenBLAS: the `gemm` convolution backend and the linear layer. Nothing here
 * communicates. */
#include "base/status.h"
#include "kernels/block.h"
#include "kernels/conv.h"

/* Makes OpenBLAS use kernels that suit the processor. OpenBLAS chooses its core type before main(),
 * and Debian's build takes recent processors for old ones. If OPENBLAS_CORETYPE is unset and the
 * chosen core is narrower than the processor, this sets the right one in the environment and
 * executes the program again, once; otherwise it returns. It has to be called first in main(),
 * before MPI starts. */
void gemm_fix_core_type(char **argv);

/* Makes OpenBLAS use one thread for each call, because its callers are threads already. */
void gemm_single_thread(void);

/* OpenBLAS's core type in use, such as "SkylakeX", and its version and options. Static strings. */
const char *gemm_core_type(void);
const char *gemm_version(void);

/* The backend "gemm" of conv.h. */
extern const ConvBackend conv_gemm;

/* A linear layer of one block:
 *
 *   y[o]     = bias[o] + sum over i of weight[o][i] x[i]
 *   dx[i]    = sum over o of weight[o][i] dy[o]
 *   dw[o][i] = sum over lanes of dy[o] x[i],   db[o] = sum over lanes of dy[o]
 *
 * x and dx are [in.c][in.h][in.w][16]; their elements i = (c h + row) w + column are the features,
 * n_in = in.c in.h in.w of them (PyTorch's flatten order). y and dy are [n_out][1][1][16] with a
 * channel stride of 16, dw is [n_out][n_in] and db [n_out]. */
typedef struct LinearCall {
  Shape in;
  int n_out;
  const float *weight; /* [n_out][n_in]; linear_backward_weights() does not read it */
  const float *bias;   /* [n_out]; NULL: none; only linear_forward() reads it */
  float *scratch;      /* linear_scratch_size() floats */
} LinearCall;

/* The number of floats of scratch that the three functions below need. */
size_t linear_scratch_size(Shape in, int n_out);

/* Writes y. */
void linear_forward(float *y, const float *x, const LinearCall *call);

/* Overwrites dx. */
void linear_backward_data(float *dx, const float *dy, const LinearCall *call);

/* Overwrites dw, and db unless that is NULL. dy of empty lanes must be zero. */
void linear_backward_weights(float *dw, float *db, const float *x, const float *dy,
                             const LinearCall *call);

#endif
