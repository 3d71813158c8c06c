#ifndef NORMLAB_KERNELS_LIMITS_H
#define NORMLAB_KERNELS_LIMITS_H
#include "vector/vector.h"

/* The smaller and the larger of a constant and v: a NaN of v stays. */
static inline vf vf_at_most(float limit, vf v) {
#if defined ISA_IS_AVX512
  return (vf)_mm512_min_ps((__m512)vf_set(limit), (__m512)v);
#elif defined ISA_IS_AVX2
  return (vf)_mm256_min_ps((__m256)vf_set(limit), (__m256)v);
#else
  return vf_select((vi)(vf_set(limit) < v), vf_set(limit), v);
#endif
}
static inline vf vf_at_least(float limit, vf v) {
#if defined ISA_IS_AVX512
  return (vf)_mm512_max_ps((__m512)vf_set(limit), (__m512)v);
#elif defined ISA_IS_AVX2
  return (vf)_mm256_max_ps((__m256)vf_set(limit), (__m256)v);
#else
  return vf_select((vi)(vf_set(limit) > v), vf_set(limit), v);
#endif
}

/* Whether v is not <= bound: a NaN is not. */
static inline vm vm_above(vf v, vf bound) {
#if defined ISA_IS_AVX512
  return _mm512_cmp_ps_mask((__m512)v, (__m512)bound, _CMP_NLE_UQ);
#else
  return (vi) ~(v <= bound);
#endif
}

#endif
