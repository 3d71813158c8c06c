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

/* Linear layer on a block: y[o] = b[o] + sum over i of w[o][i] x[i], where x is
 * [in.c][in.h][in.w][16] flattened to n_in = c h w features (PyTorch's flatten order), y is
 * [n_out][1][1][16] with its stride of 16. w [n_out][n_in]; b [n_out] or NULL. scratch:
 * linear_scratch_size() floats. */
size_t linear_scratch_size(Shape in, int n_out);
void linear_forward(float *y, const float *x, const float *w, const float *b, Shape in, int n_out,
                    float *scratch);
/* dx[i] = sum over o of w[o][i] dy[o]. Overwrites dx. */
void linear_backward_data(float *dx, const float *dy, const float *w, Shape in, int n_out,
                          float *scratch);
/* dw[o][i] = sum over lanes of dy[o] x[i]; db[o] = sum over lanes of dy[o] (db may be NULL).
 * Overwrites. dy of empty lanes is zero. */
void linear_backward_weights(float *dw, float *db, const float *x, const float *dy, Shape in,
                             int n_out, float *scratch);

#endif
