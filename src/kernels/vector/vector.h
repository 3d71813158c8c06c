#ifndef NORMLAB_KERNELS_VECTOR_H
#define NORMLAB_KERNELS_VECTOR_H
/* Vector types of one instruction set. Every source in this folder is compiled once for each, with
 * ISA_SUFFIX (kernel_set.h) and one of ISA_IS_AVX512, ISA_IS_AVX2, ISA_IS_PORTABLE defined, and for
 * blocks of 16 and of 8 lanes, BLOCK_LANES. Whatever the vector length, loops run over lane offsets
 * 0, VL, 2 VL, ... < LANES. Lanes never mix, so neither changes a bit.
 *
 * Multiply-adds are written vf_fma: one rounding everywhere. Plain * and + are never
 * contracted (-ffp-contract=off). */
#include "kernels/block.h"
#include <stdint.h>
#include <string.h>

/* Registers that tiles are cut for. A block of 8 lanes has no use for vectors of 16, but for the 32
 * registers that come with them. */
#if defined ISA_IS_AVX512
#define N_REGISTERS 32
#if BLOCK_LANES < 16
#undef ISA_IS_AVX512
#define ISA_IS_AVX2
#endif
#else
#define N_REGISTERS 16
#endif

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

/* Of functions whose constant arguments make several kernels of one text. */
#define INLINE static inline __attribute__((always_inline))
#define CACHE_LINE __attribute__((aligned(64)))

typedef float vf __attribute__((vector_size(VL_BYTES), may_alias));   /* VL floats */
typedef int32_t vi __attribute__((vector_size(VL_BYTES), may_alias)); /* VL integers */
typedef uint32_t vu __attribute__((vector_size(VL_BYTES), may_alias));

/* Half the lanes, as doubles: one register. */
enum { VH = VL / 2 };
typedef float vfh __attribute__((vector_size(VL_BYTES / 2), may_alias)); /* VH floats */
typedef double vdh __attribute__((vector_size(VL_BYTES), may_alias));    /* VH doubles */
typedef int64_t vl __attribute__((vector_size(VL_BYTES), may_alias));    /* VH integers */
typedef uint64_t vlu __attribute__((vector_size(VL_BYTES), may_alias));

/* The elements of two vectors of floats, or of doubles, that constants number: b's follow a's. gcc
 * before 12 knows it by another name. */
#if defined __clang__ || __GNUC__ >= 12
#define VF_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define VD_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define VF_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#define VD_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vl){__VA_ARGS__})
#endif

/* Conversions, element by element. gcc before 9 has no function for them. */
#if defined __clang__ || __GNUC__ >= 9
static inline vdh vdh_of(vfh v) {
  return __builtin_convertvector(v, vdh);
}
static inline vfh vfh_of(vdh v) {
  return __builtin_convertvector(v, vfh);
}
#else
static inline vdh vdh_of(vfh v) {
  vdh r = {0};
  for (int i = 0; i < VH; i++) r[i] = v[i];
  return r;
}
static inline vfh vfh_of(vdh v) {
  vfh r = {0};
  for (int i = 0; i < VH; i++) r[i] = (float)v[i];
  return r;
}
#endif

static inline vf vf_load(const float *p) {
  return *(const vf *)p;
}
static inline void vf_store(float *p, vf v) {
  *(vf *)p = v;
}
/* Fetches a cache line into the second-level cache. */
static inline void fetch(const float *p) {
  __builtin_prefetch(p, 0, 2);
}
static inline vf vf_set(float x) {
  return x - (vf){0}; /* x in all lanes; keeps the sign of zero */
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
typedef uint64_t vq_bits __attribute__((vector_size(VL_BYTES), may_alias));
static inline vfh vfh_fma(vfh a, vfh b, vfh c) {
  vdh product = vdh_of(a) * vdh_of(b);
  vdh addend = vdh_of(c);
  vdh sum = product + addend;
  vdh back = sum - product;
  vdh error = (product - (sum - back)) + (addend - back);
  /* Where the sum is inexact: cut towards zero, then set the last bit. The error is NaN where the
   * sum is not finite. */
  vq_bits inexact = (vq_bits)((error < 0) | (error > 0));
  vq_bits bits = (vq_bits)sum;
  bits -= inexact & ((bits ^ (vq_bits)error) >> 63);
  bits |= inexact & 1;
  return vfh_of((vdh)bits);
}
typedef union Halves {
  vf whole;
  vfh half[2];
} Halves;
static __attribute__((unused, noinline)) vf vf_fma_to_odd(vf a, vf b, vf c) {
  Halves x = {a}, y = {b}, z = {c};
  for (int h = 0; h < 2; h++) z.half[h] = vfh_fma(x.half[h], y.half[h], z.half[h]);
  return z.whole;
}
#ifdef __SSE2__
/* The sum rounded to nearest in double does as well, unless it lies halfway between two floats: any
 * other one lies on the same side of such a point as the exact sum. So also among the numbers below
 * the normal ones, as these are zero (isa_flush_denormals). */
static inline vf vf_fma(vf a, vf b, vf c) {
  const __m128 x = (__m128)a, y = (__m128)b, z = (__m128)c;
  const __m128d low = _mm_cvtps_pd(x) * _mm_cvtps_pd(y) + _mm_cvtps_pd(z);
  const __m128d high = _mm_cvtps_pd(_mm_movehl_ps(x, x)) * _mm_cvtps_pd(_mm_movehl_ps(y, y)) +
                       _mm_cvtps_pd(_mm_movehl_ps(z, z));
  const __m128 words = _mm_shuffle_ps((__m128)low, (__m128)high, 0x88); /* the lower ones of each */
  const __m128i beyond = _mm_and_si128((__m128i)words, _mm_set1_epi32(0x1fffffff));
  const __m128i halfway = _mm_cmpeq_epi32(beyond, _mm_set1_epi32(0x10000000));
  if (__builtin_expect(_mm_movemask_epi8(halfway), 0)) return vf_fma_to_odd(a, b, c);
  return (vf)_mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
#else
static inline vf vf_fma(vf a, vf b, vf c) {
  return vf_fma_to_odd(a, b, c);
}
#endif
#endif

/* VH floats, of any alignment, as doubles. */
static inline vdh vdh_of_floats(const float *p) {
#if defined ISA_IS_AVX512 /* gcc 12 makes two halves of the generic conversion */
  return (vdh)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif defined ISA_IS_AVX2
  return (vdh)_mm256_cvtps_pd(_mm_loadu_ps(p));
#else
  vfh v;
  memcpy(&v, p, sizeof v);
  return vdh_of(v);
#endif
}
/* VH doubles as floats, to any alignment. Returns the floats as doubles. */
static inline vdh vdh_store_floats(float *p, vdh v) {
#if defined ISA_IS_AVX512
  const __m256 floats = _mm512_cvtpd_ps((__m512d)v);
  _mm256_storeu_ps(p, floats);
  return (vdh)_mm512_cvtps_pd(floats);
#elif defined ISA_IS_AVX2
  const __m128 floats = _mm256_cvtpd_ps((__m256d)v);
  _mm_storeu_ps(p, floats);
  return (vdh)_mm256_cvtps_pd(floats);
#else
  const vfh floats = vfh_of(v);
  memcpy(p, &floats, sizeof floats);
  return vdh_of(floats);
#endif
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
/* sum + x y for values of floats: the product is exact, so that a fused operation rounds alike. */
static inline vdh vdh_add_product(vdh sum, vdh x, vdh y) {
#if defined ISA_IS_AVX512
  return (vdh)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)sum);
#elif defined ISA_IS_AVX2
  return (vdh)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)sum);
#else
  return sum + x * y;
#endif
}

static inline vdh vdh_sqrt(vdh v) {
#if defined ISA_IS_AVX512
  return (vdh)_mm512_sqrt_pd((__m512d)v);
#elif defined ISA_IS_AVX2
  return (vdh)_mm256_sqrt_pd((__m256d)v);
#else
  for (int i = 0; i < VH; i++) v[i] = __builtin_sqrt(v[i]);
  return v;
#endif
}

static inline vi vi_max(vi a, vi b) {
#if defined ISA_IS_AVX512
  return (vi)_mm512_max_epi32((__m512i)a, (__m512i)b);
#elif defined ISA_IS_AVX2
  return (vi)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
  const vi mask = a > b;
  return (a & mask) | (b & ~mask);
#endif
}
/* Whether any element is at least `bound`. */
static inline int vi_reaches(vi v, int bound) {
#if defined ISA_IS_AVX512
  return _mm512_cmpge_epi32_mask((__m512i)v, _mm512_set1_epi32(bound)) != 0;
#elif defined ISA_IS_AVX2
  return _mm256_movemask_epi8((__m256i)(v >= bound)) != 0;
#else
  int reaches = 0;
  for (int i = 0; i < VL; i++) reaches |= v[i] >= bound;
  return reaches;
#endif
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

/* A bit for each of VL lanes, in memory as bit l of 16 for lane l. */
#if defined ISA_IS_AVX512
typedef __mmask16 vm;
#else
typedef vi vm;
#endif

static inline vm vm_load(const uint16_t *bits, int lane) {
#if defined ISA_IS_AVX512
  (void)lane;
  return *bits;
#elif defined ISA_IS_AVX2
  const vi bit = {1, 2, 4, 8, 16, 32, 64, 128};
  const vi place = bit << lane;
  return (vi)((((int32_t)*bits + (vi){0}) & place) == place);
#else
  const vi bit = {1, 2, 4, 8};
  const vi place = bit << lane;
  return (vi)((((int32_t)*bits + (vi){0}) & place) == place);
#endif
}
/* Lanes 0 ... must come first. */
static inline void vm_store(uint16_t *bits, int lane, vm mask) {
#if defined ISA_IS_AVX512
  (void)lane;
  *bits = mask;
#elif defined ISA_IS_AVX2
  ((uint8_t *)bits)[lane / 8] = (uint8_t)_mm256_movemask_ps((__m256)mask);
#else
  unsigned all = lane ? *bits : 0;
  for (int i = 0; i < VL; i++) all |= (unsigned)(mask[i] & 1) << (lane + i);
  *bits = (uint16_t)all;
#endif
}
/* Whether v is not <= 0: a NaN is not. */
static inline vm vm_positive(vf v) {
#if defined ISA_IS_AVX512
  return _mm512_cmp_ps_mask((__m512)v, _mm512_setzero_ps(), _CMP_NLE_UQ);
#else
  return (vi) ~(v <= 0);
#endif
}
/* A mask of all lanes; a without the lanes of b. */
static inline vm vm_all(void) {
#if defined ISA_IS_AVX512
  return 0xffff;
#else
  return ~(vi){0};
#endif
}
static inline vm vm_without(vm a, vm b) {
  return (vm)(a & ~b);
}
/* Whether v is larger than the maximum so far: a NaN is larger than anything. */
static inline vm vm_larger(vf v, vf maximum) {
#if defined ISA_IS_AVX512
  return (vm)(_mm512_cmp_ps_mask((__m512)v, (__m512)maximum, _CMP_GT_OQ) |
              _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q));
#else
  return (vi)(v > maximum) | (vi)(v != v);
#endif
}
/* a where the mask is set, else b. */
static inline vf vm_choose(vm mask, vf a, vf b) {
#if defined ISA_IS_AVX512
  return (vf)_mm512_mask_mov_ps((__m512)b, mask, (__m512)a);
#else
  return (vf)(((vi)a & mask) | ((vi)b & ~mask));
#endif
}
/* Clears those of the VL bits that are not in the mask. */
static inline void vm_narrow(uint16_t *bits, int lane, vm mask) {
#if defined ISA_IS_AVX512
  (void)lane;
  *bits &= mask;
#elif defined ISA_IS_AVX2
  ((uint8_t *)bits)[lane / 8] &= (uint8_t)_mm256_movemask_ps((__m256)mask);
#else
  unsigned narrow = *bits;
  for (int i = 0; i < VL; i++) narrow &= ~((unsigned)(mask[i] == 0) << (lane + i));
  *bits = (uint16_t)narrow;
#endif
}
/* v where the mask is set, else +0. */
static inline vf vm_keep(vm mask, vf v) {
#if defined ISA_IS_AVX512
  return (vf)_mm512_maskz_mov_ps(mask, (__m512)v);
#else
  return (vf)((vi)v & mask);
#endif
}

/* Half number h of the lanes as doubles. */
static inline vdh vdh_half(vf v, int h) {
#if defined ISA_IS_AVX512
  return (vdh)_mm512_cvtps_pd(h ? _mm512_extractf32x8_ps((__m512)v, 1)
                                : _mm512_castps512_ps256((__m512)v));
#elif defined ISA_IS_AVX2
  return (vdh)_mm256_cvtps_pd(h ? _mm256_extractf128_ps((__m256)v, 1)
                                : _mm256_castps256_ps128((__m256)v));
#else
  vfh half[2];
  memcpy(half, &v, sizeof half);
  return vdh_of(half[h]);
#endif
}

/* a where the mask is -1, b where it is 0. */
static inline vf vf_select(vi mask, vf a, vf b) {
  return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

#endif
