#ifndef NORMLAB_BASE_EXACT_H
#define NORMLAB_BASE_EXACT_H
/* Exact sums. A sum is kept as a fixed-point integer, so it does not depend on the order of its
 * terms, and hence not on the number of threads or ranks. Each term is rounded once, to the
 * nearest step of the grid; the additions themselves are exact. Nothing here is collective.
 *
 * There are two grids:
 * - A gradient is a sum in 64 bits with the step 2^-42 = 2.3e-13 and the range +-(2^21 - 2). Its
 *   terms are those of single samples, so the gradient of a mean loss, which is the sum over the
 *   number of samples, is wrong by at most half a step, 1.1e-13. A float of at least 2^-19 = 1.9e-6
 *   is on the grid.
 * - A statistic or a loss is a sum in 128 bits with the step 2^-50 = 8.9e-16 and the range +-2^60.
 *
 * Overflow is detected on the terms. In a sum of at most N terms, a term whose magnitude is at
 * least limit / N, or which is not a number, marks the sum as overflowed. Smaller terms cannot
 * overflow the sum. */
#include <stdint.h>

#define EXACT_GRADIENT_STEP 0x1p-42
#define EXACT_GRADIENT_RANGE 0x1.fffffp20 /* the bound of |sum| of gradients */
#define EXACT_SUM_RANGE 0x1p60            /* the bound of |sum| of an ExactSum */

__extension__ typedef __int128 ExactSum;

/* Returns the bound that the magnitude of each term has to stay below in a sum of at most n_terms
 * terms whose own range is `range`. */
static inline double exact_term_limit(double range, uint64_t n_terms) {
  return range / (double)(n_terms ? n_terms : 1);
}

/* Adds a term to the sum. Returns 0, or 1 if |term| is not below the limit (also if it is NaN);
 * then nothing is added. */
static inline int exact_add(ExactSum *sum, double term, double limit) {
  if (!(__builtin_fabs(term) < limit)) return 1;
  *sum += (ExactSum)__builtin_rint(term * 0x1p50);
  return 0;
}

/* Returns the sum as a floating-point number. */
static inline double exact_value(ExactSum sum) {
  return (double)sum * 0x1p-50;
}

/* Splits an ExactSum into two 64-bit integers. Over up to 2^15 ranks, each of them may be added up
 * separately; exact_join() makes the sum of all ranks of the two results. */
static inline void exact_split(int64_t part[2], ExactSum sum) {
  part[0] = (int64_t)(sum >> 48);
  part[1] = (int64_t)(sum & ((((ExactSum)1) << 48) - 1));
}

/* Joins the two integers of exact_split(), or sums of such integers, to one ExactSum. */
static inline ExactSum exact_join(const int64_t part[2]) {
  return (ExactSum)part[0] * (((ExactSum)1) << 48) + part[1];
}

/* Adds a term to a gradient. Returns 0, or 1 if |term| is not below EXACT_GRADIENT_RANGE (also if
 * it is NaN); then nothing is added. */
static inline int exact_gradient_add(int64_t *sum, double term) {
  if (!(__builtin_fabs(term) < EXACT_GRADIENT_RANGE)) return 1;
  *sum += (int64_t)__builtin_rint(term / EXACT_GRADIENT_STEP);
  return 0;
}

/* Returns the gradient as a floating-point number. */
static inline double exact_gradient_value(int64_t sum) {
  return (double)sum * EXACT_GRADIENT_STEP;
}

#endif
