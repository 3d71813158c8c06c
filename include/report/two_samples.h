#ifndef NORMLAB_REPORT_TWO_SAMPLES_H
#define NORMLAB_REPORT_TWO_SAMPLES_H
/* Comparisons of two samples of few numbers, a [n_a] and b [n_b], such as the accuracies of two
 * variants over seeds. The samples are independent of one another; for numbers that belong together
 * in pairs there is statistics.h. The distributions are those of GSL. NaN stands for what is not
 * defined. Not collective. */
#include "report/statistics.h"

/* The mean of a less the mean of b, by Welch's method (1947), which does not ask that both deviate
 * alike:
 *
 *   error^2 = deviation_a^2 / n_a + deviation_b^2 / n_b,
 *   degrees = error^4 / (deviation_a^4 / (n_a^2 (n_a - 1)) + deviation_b^4 / (n_b^2 (n_b - 1))).
 *
 * Where n_a and n_b differ and one of them is below WELCH_CAREFUL, these degrees are too many (with
 * 20 and 2 normally distributed numbers p is below 0.05 in 12 % of cases without a difference), and
 * those of Hsu (1938) take their place: min(n_a, n_b) - 1. */
typedef struct TwoMeans {
  double difference, error, degrees;
  Interval interval;   /* of the difference */
  double p;            /* two-sided, that the difference is 0 */
  double p_equivalent; /* that the difference is not between -margin and margin: the larger p of
                          the two one-sided tests (Schuirmann 1987) */
} TwoMeans;

enum { WELCH_CAREFUL = 5 };

/* Fills in interval, p and p_equivalent from difference, error and degrees. */
void means_test(TwoMeans *result, double margin, double confidence);

/* Compares two summaries, of which mean, deviation and n count. A deviation below `least` counts as
 * `least`: numbers that come in steps may be equal by chance. All but the difference is NaN if one
 * sample has fewer than two numbers. */
void two_means(TwoMeans *result, const Summary *a, const Summary *b, double least, double margin,
               double confidence);

/* The same for the mean difference of pairs, whose summary is given, by Student's t. */
void paired_means(TwoMeans *result, const Summary *difference, double least, double margin,
                  double confidence);

/* Returns the smallest n >= 2 with which Welch's test of n and n numbers at level alpha finds a
 * difference with this power, if the numbers of each deviate as stated; 0 if it is above limit. */
size_t two_means_needed(double difference, double deviation_a, double deviation_b, double alpha,
                        double power, size_t limit);

enum { RANKS_EXACT = 60 };

/* Computes the two-sided p of the rank sum test (Wilcoxon 1945; Mann and Whitney 1947), which asks
 * nothing of the distributions: the share of all choices of n_a of the numbers whose ranks have a
 * sum at least as far from its mean. Equal numbers share their mean rank. It is exact up to
 * n_a + n_b = RANKS_EXACT; beyond it is the normal approximation with the correction for ties and
 * for continuity. NaN if a sample is empty. Returns STATUS_MEMORY. */
Status rank_sum_test(double *p, const double *a, size_t n_a, const double *b,
                     size_t n_b) MUST_CHECK;

/* How probable it is that a number of a is above one of b, where equal numbers count half: the mean
 * over all pairs. */
typedef struct Superiority {
  double probability;
  Interval interval; /* the score interval of Newcombe (2006), method 5; never beyond 0 and 1 */
} Superiority;

/* Sets the result to NaN if a sample is empty. */
void superiority(Superiority *result, const double *a, size_t n_a, const double *b, size_t n_b,
                 double confidence);

/* Returns the two-sided p of Fisher's exact test (1935) that `failed` of n runs and `other_failed`
 * of other_n are of the same rate: the probability of all tables with these sums that are at most
 * as probable as this one. 1 if n or other_n is 0. */
double fisher_exact(size_t failed, size_t n, size_t other_failed, size_t other_n);

/* Returns the exact interval of a rate of which `failed` of n were seen (Clopper and Pearson 1934);
 * NaN for n = 0. */
Interval rate_interval(size_t failed, size_t n, double confidence);

/* Returns Pearson's correlation of x [n] and y [n]; NaN for n < 3 or where one does not vary. */
double correlation(const double *x, const double *y, size_t n);

#endif
