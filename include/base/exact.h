#ifndef NORMLAB_BASE_EXACT_H
#define NORMLAB_BASE_EXACT_H
/* Exact sums: fixed-point integers, so that a sum does not depend on the order of its terms, hence
 * not on threads or ranks. Each term is rounded once, to the grid; the additions are exact.
 *
 * Two grids:
 * - gradients: 64 bits, step 2^-40 = 9.1e-13, range +-2^22 for a whole sum;
 * - statistics and losses: 128 bits, step 2^-50 = 8.9e-16, range +-2^60 for a whole sum.
 *
 * Overflow is detected on the terms: with at most N terms, a term of at least limit / N in
 * magnitude (or one that is not a number) marks the sum as overflowed. Terms below that cannot
 * overflow it. */
#include <stdint.h>

#define EXACT_GRADIENT_RANGE 0x1p22 /* bound of |sum| of gradients */
#define EXACT_SUM_RANGE 0x1p60      /* bound of |sum| of an ExactSum; its high part fits 64 bits */

__extension__ typedef __int128 ExactSum;

/* Largest magnitude a single term may have in a sum of at most n_terms terms. */
static inline double exact_term_limit(double range, uint64_t n_terms) {
  return range / (double)(n_terms ? n_terms : 1);
}

/* Adds a term; returns 1 if !(|term| < limit), in which case nothing is added. */
static inline int exact_add(ExactSum *sum, double term, double limit) {
  if (!(__builtin_fabs(term) < limit)) return 1;
  *sum += (ExactSum)__builtin_rint(term * 0x1p50);
  return 0;
}

static inline double exact_value(ExactSum sum) {
  return (double)sum * 0x1p-50;
}

/* An ExactSum as two 64-bit integers that may be added up separately over as many as 2^15 ranks. */
static inline void exact_split(int64_t part[2], ExactSum sum) {
  part[0] = (int64_t)(sum >> 48);
  part[1] = (int64_t)(sum & ((((ExactSum)1) << 48) - 1));
}

static inline ExactSum exact_join(const int64_t part[2]) {
  return (ExactSum)part[0] * (((ExactSum)1) << 48) + part[1];
}

/* Adds a term to a gradient; returns 1 if it is not within the range of a sum, in which case
 * nothing is added. */
static inline int exact_gradient_add(int64_t *sum, double term) {
  if (!(__builtin_fabs(term) < EXACT_GRADIENT_RANGE)) return 1;
  *sum += (int64_t)__builtin_rint(term * 0x1p40);
  return 0;
}

static inline double exact_gradient_value(int64_t sum) {
  return (double)sum * 0x1p-40;
}

#endif
