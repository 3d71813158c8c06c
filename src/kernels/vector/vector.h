#ifndef NORMLAB_KERNELS_VECTOR_H
#define NORMLAB_KERNELS_VECTOR_H
/* Vector types of one instruction set. Every source in this folder is compiled once for each, with
 * ISA_SUFFIX and one of ISA_IS_AVX512, ISA_IS_AVX2, ISA_IS_PORTABLE defined; what it exports is
 * named by ISA_NAME(). A block has 16 lanes whatever the vector length: loops run over lane offsets
 * 0, VL, 2 VL, ... < 16. Lanes never mix, so the vector length does not change a bit.
 *
 * Multiply-adds are written vf_fma and vd_fma: one rounding everywhere. Plain * and + are never
 * contracted (-ffp-contract=off). */
#include "kernels/block.h"
#include <stdint.h>
#include <string.h>

#define ISA_PASTE2(a, b) a##b
#define ISA_PASTE(a, b) ISA_PASTE2(a, b)
#define ISA_NAME(name) ISA_PASTE(name, ISA_SUFFIX)

#if defined ISA_IS_AVX512
enum { VL = 16 };
#define VL_BYTES 64
#elif defined ISA_IS_AVX2
enum { VL = 8 };
#define VL_BYTES 32
#else
enum { VL = 4 };
#define VL_BYTES 16
#endif
#ifdef __SSE2__
#include <immintrin.h>
#endif

typedef float vf __attribute__((vector_size(VL_BYTES), may_alias));   /* VL floats */
typedef int32_t vi __attribute__((vector_size(VL_BYTES), may_alias)); /* VL integers */
typedef uint32_t vu __attribute__((vector_size(VL_BYTES), may_alias));
typedef double vd
    __attribute__((vector_size(2 * VL_BYTES), may_alias)); /* VL doubles: two registers */

/* Half the lanes, as doubles: one register. */
enum { VH = VL / 2 };
typedef float vfh __attribute__((vector_size(VL_BYTES / 2), may_alias)); /* VH floats */
typedef double vdh __attribute__((vector_size(VL_BYTES), may_alias));    /* VH doubles */

static inline vf vf_load(const float *p) {
  return *(const vf *)p;
}
static inline void vf_store(float *p, vf v) {
  *(vf *)p = v;
}
static inline vf vf_set(float x) {
  return x - (vf){0}; /* x in all lanes; keeps the sign of zero */
}
static inline vd vd_of(vf v) {
  return __builtin_convertvector(v, vd);
}

#if defined ISA_IS_AVX512
static inline vf vf_fma(vf a, vf b, vf c) {
  return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined ISA_IS_AVX2
static inline vf vf_fma(vf a, vf b, vf c) {
  return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#elif defined __FP_FAST_FMAF
static inline vf vf_fma(vf a, vf b, vf c) {
  vf r;
  for (int i = 0; i < VL; i++) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return r;
}
#else
/* No fused multiply-add in this instruction set. The product of two floats is exact in double; the
 * sum is rounded to odd there, so that the second rounding, to float, gives what one rounding would
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). */
typedef int64_t vl64 __attribute__((vector_size(2 * VL_BYTES), may_alias));
static inline vf vf_fma(vf a, vf b, vf c) {
  vd product = vd_of(a) * vd_of(b), addend = vd_of(c);
  vd sum = product + addend;
  vd back = sum - product;
  vd error = (product - (sum - back)) + (addend - back);
  vl64 bits = (vl64)sum;
  /* Where the sum was inexact and its last bit is even, step towards the error. */
  vl64 inexact = (vl64)(error != 0) & (vl64)(error == error) & (((bits & 1) == 0));
  vl64 away = (vl64)((error > 0) == (sum > 0)); /* -1: grow the magnitude */
  bits += inexact & ((away & 2) - 1);           /* -1 & 2 = 2, less 1 = +1; 0 - 1 = -1 */
  return __builtin_convertvector((vd)bits, vf);
}
#endif

/* VH floats as doubles. */
static inline vdh vdh_of_floats(const float *p) {
  return __builtin_convertvector(*(const vfh *)p, vdh);
}
/* Doubles, of any alignment. */
static inline vdh vdh_load(const double *p) {
  vdh v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void vdh_store(double *p, vdh v) {
  memcpy(p, &v, sizeof v);
}

/* v, but +0 where v < 0: a NaN stays. */
static inline vf vf_relu(vf v) {
#if defined ISA_IS_AVX512
  return (vf)_mm512_max_ps(_mm512_setzero_ps(), (__m512)v);
#elif defined ISA_IS_AVX2
  return (vf)_mm256_max_ps(_mm256_setzero_ps(), (__m256)v);
#else
  return (vf)((vi)v & ~(v < 0));
#endif
}

/* v, but +0 where y <= 0: where y is NaN, v passes. */
static inline vf vf_relu_backward(vf v, vf y) {
#if defined ISA_IS_AVX512
  __mmask16 keep = _mm512_cmp_ps_mask((__m512)y, _mm512_setzero_ps(), _CMP_NLE_UQ);
  return (vf)_mm512_maskz_mov_ps(keep, (__m512)v);
#else
  return (vf)((vi)v & ~(y <= 0));
#endif
}

/* a where the mask is -1, b where it is 0. */
static inline vf vf_select(vi mask, vf a, vf b) {
  return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

#if defined ISA_IS_AVX512
static inline vd vd_fma(vd a, vd b, vd c) {
  union {
    vd v;
    __m512d h[2];
  } x = {a}, y = {b}, z = {c};
  for (int i = 0; i < 2; i++) z.h[i] = _mm512_fmadd_pd(x.h[i], y.h[i], z.h[i]);
  return z.v;
}
#elif defined ISA_IS_AVX2
static inline vd vd_fma(vd a, vd b, vd c) {
  union {
    vd v;
    __m256d h[2];
  } x = {a}, y = {b}, z = {c};
  for (int i = 0; i < 2; i++) z.h[i] = _mm256_fmadd_pd(x.h[i], y.h[i], z.h[i]);
  return z.v;
}
#else
static inline vd vd_fma(vd a, vd b, vd c) {
  vd r;
  for (int i = 0; i < VL; i++) r[i] = __builtin_fma(a[i], b[i], c[i]);
  return r;
}
#endif

#endif
