#ifndef NORMLAB_REPORT_STATISTICS_H
#define NORMLAB_REPORT_STATISTICS_H
/* Statistics of few numbers, such as one accuracy a seed. Distributions are GSL's; what is drawn is
 * counter-based (base/random.h), so the same numbers always give the same result. NaN stands for
 * what is not defined, such as the deviation of one number. All x are finite. Not collective. */
#include "base/status.h"
#include <stddef.h>

typedef struct Interval {
  double low, high;
} Interval;

typedef struct Summary {
  size_t n;
  double mean, deviation; /* n >= 1; n >= 2, with n - 1 in the denominator */
  Interval interval;      /* of the mean: t with n - 1 degrees of freedom; n >= 2 */
} Summary;

/* confidence: 0.95. */
void summary_make(Summary *summary, const double *x, size_t n, double confidence);

/* Student's t interval of a mean: mean -+ t(n - 1) deviation / sqrt(n). */
Interval t_interval(double mean, double deviation, size_t n, double confidence);

/* Two-sided p of Student's t test that the mean is 0. Without any deviation: 1 if the mean is 0, 0
 * otherwise. */
double t_test(double mean, double deviation, size_t n);

/* Sorts x and returns its median; NaN for n = 0. Infinite numbers are allowed. */
double median_of(double *x, size_t n);

enum { SIGN_FLIP_EXACT = 20, SIGN_FLIP_DRAWS = 100000 };

/* Two-sided p of Fisher's randomization test of paired differences x [n]: the share of all 2^n
 * choices of their signs whose sum is at least as far from 0. For n > SIGN_FLIP_EXACT the share of
 * SIGN_FLIP_DRAWS drawn choices and the given one. Not below 2^(1 - n): 5 seeds cannot get below
 * 0.0625. NaN for n < 2. */
double sign_flip_test(const double *x, size_t n);

enum { BOOTSTRAP_DRAWS = 10000 };

/* Bias-corrected and accelerated bootstrap interval of the mean (Efron 1987), BOOTSTRAP_DRAWS
 * resamples; quantiles interpolate (type 7). With few numbers it is too narrow: for n = 5 normal
 * ones, a nominal 95 % covers the mean in about 83 %; for n = 20 in about 93 %. NaN for n < 2. */
Status bootstrap_interval(Interval *interval, const double *x, size_t n,
                          double confidence) MUST_CHECK;

/* Holm's step-down correction (1979) of p [n], in place: the i-th smallest of m becomes the largest
 * (m - k + 1) p_k of k <= i, at most 1. NaN are passed over and not counted in m. */
Status holm_correct(double *p, size_t n) MUST_CHECK;

/* Power of the two-sided paired t test with n >= 2 pairs at level alpha, if the differences are
 * normal with this mean in units of their deviation: from the noncentral t distribution. */
double t_test_power(size_t n, double effect, double alpha);

/* The smallest n with at least this power, 2 <= n <= limit; 0 if there is none. */
size_t t_test_pairs(double effect, double alpha, double power, size_t limit);

#endif
