#ifndef NORMLAB_KERNELS_GEMM_H
#define NORMLAB_KERNELS_GEMM_H
/* The backend `gemm`, whose matrix products are those of OpenBLAS or another library with
 * cblas_sgemm(). The library is loaded by the backend's prepare() and by nothing else. Its core
 * type is the one that $OPENBLAS_CORETYPE names, or else the one that suits the processor. Nothing
 * here communicates. */
#include "kernels/conv.h"

/* Return the core type that OpenBLAS computes for, such as "SkylakeX", and the version and options
 * of the library: what the results of the backend depend on. Both are "none" before the library is
 * loaded; another library has the core type "unknown" and its file as its version. Static strings.
 */
const char *gemm_core_type(void);
const char *gemm_version(void);

/* The backend "gemm" of conv.h. */
extern const ConvBackend conv_gemm;

#endif
