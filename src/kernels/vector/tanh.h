#ifndef NORMLAB_KERNELS_TANH_H
#define NORMLAB_KERNELS_TANH_H
#include "vector/limits.h"

/* tanh v, the same bits in every instruction set: x P(x^2) / Q(x^2) with x = v cut off at +-9.02,
 * from where tanh is 1 in single precision. P and Q are those of degree 4 whose quotient has the
 * smallest relative error, 2.1e-8; with all roundings the error is at most 3.1e-7, relative and
 * absolute. |tanh v| <= 1, tanh(-v) = -tanh v, and tanh of a NaN is a NaN. */
static inline vf vf_tanh(vf v) {
  const vf x = vf_at_least(-9.02f, vf_at_most(9.02f, v)), u = x * x;
  vf p = vf_set(0x1.c9a3b0p-27f), q = vf_set(0x1.a0b850p-21f);
  p = vf_fma(p, u, vf_set(0x1.595556p-16f));
  q = vf_fma(q, u, vf_set(0x1.5841d4p-12f));
  p = vf_fma(p, u, vf_set(0x1.c9f854p-9f));
  q = vf_fma(q, u, vf_set(0x1.a7df22p-6f));
  p = vf_fma(p, u, vf_set(0x1.120440p-3f));
  q = vf_fma(q, u, vf_set(0x1.de576ap-2f));
  p = vf_fma(p, u, vf_set(1));
  q = vf_fma(q, u, vf_set(1));
  return vf_at_least(-1, vf_at_most(1, x * p / q));
}

#endif
