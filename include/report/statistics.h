#ifndef NORMLAB_REPORT_STATISTICS_H
#define NORMLAB_REPORT_STATISTICS_H
/* Statistics of few numbers, such as one accuracy for each seed. The distributions are those of
 * GSL. What is drawn comes from counter-based random numbers (base/random.h), so the same numbers
 * always give the same result. NaN stands for what is not defined, such as the deviation of one
 * number. All x are finite. Not collective. */
#include "base/status.h"
#include <stddef.h>

typedef struct Interval {
  double low, high;
} Interval;

typedef struct Summary {
  size_t n;
  double mean, deviation; /* the mean needs n >= 1; the deviation needs n >= 2 and has n - 1 in
                             its denominator */
  Interval interval;      /* of the mean, by t_interval(); it needs n >= 2 */
} Summary;

/* Summarizes x [n]. confidence is that of the interval, such as 0.95. */
void summary_make(Summary *summary, const double *x, size_t n, double confidence);

/* Returns Student's t interval of a mean: mean -+ t(n - 1) deviation / sqrt(n). */
Interval t_interval(double mean, double deviation, size_t n, double confidence);

/* Sorts x and returns its median; NaN for n = 0. Infinite numbers are allowed. */
double median_of(double *x, size_t n);

enum { SIGN_FLIP_EXACT = 20, SIGN_FLIP_DRAWS = 100000 };

/* Returns the two-sided p of Fisher's randomization test of paired differences x [n]: the share of
 * all 2^n choices of their signs whose sum is at least as far from 0 as the given one. For n >
 * SIGN_FLIP_EXACT it is the share among SIGN_FLIP_DRAWS drawn choices and the given one. p is
 * never below 2^(1 - n), so 5 seeds cannot get below 0.0625. It is NaN for n < 2. */
double sign_flip_test(const double *x, size_t n);

/* Corrects p [n] in place by Holm's step-down method (1979). Of m numbers, the i-th smallest
 * becomes the largest of (m - k + 1) p_k over k <= i, but at most 1. NaN stay as they are and are
 * not counted in m. Returns STATUS_MEMORY. */
Status holm_correct(double *p, size_t n) MUST_CHECK;

/* Returns the power of a two-sided t test at level alpha, whose t has so many degrees of freedom
 * and is shifted by the true difference in standard errors, from the noncentral t distribution. */
double t_power(double shift, double degrees, double alpha);

/* Returns the power of the two-sided paired t test with n >= 2 pairs at level alpha. The
 * differences are taken to be normally distributed; `effect` is their mean divided by their
 * standard deviation. */
double t_test_power(size_t n, double effect, double alpha);

/* Returns the smallest n, 2 <= n <= limit, with which t_test_power() is at least `power`; 0 if
 * there is none. */
size_t t_test_pairs(double effect, double alpha, double power, size_t limit);

#endif
