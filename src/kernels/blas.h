#ifndef NORMLAB_KERNELS_SRC_BLAS_H
#define NORMLAB_KERNELS_SRC_BLAS_H
/* The library of matrix products, which the backend `gemm` alone uses. The program is not linked to
 * it: it is loaded when it is needed. Not collective. */
#include "base/status.h"

/* The values of CBLAS_ORDER and CBLAS_TRANSPOSE, which are the same in all libraries. */
enum { BLAS_ROW_MAJOR = 101 };
typedef enum BlasTranspose { BLAS_AS_IT_IS = 111, BLAS_TRANSPOSED = 112 } BlasTranspose;

/* c[m][n] = beta c + alpha times the product of a[m][k] and b[k][n]: cblas_sgemm(). */
typedef void BlasProduct(int order, int transpose_a, int transpose_b, int m, int n, int k,
                         float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                         float *c, int ldc);

/* Loads the library, once, for n_threads threads that call it at the same time, and lets it use one
 * thread for each call. Returns STATUS_USAGE if there is none that can be loaded, and STATUS_MEMORY
 * if the limit of address space leaves too little room for it. */
Status blas_load(int n_threads) MUST_CHECK;

/* The product; NULL before blas_load(). */
extern BlasProduct *blas_product;

#endif
