#include "report/two_samples.h"

#include "base/memory.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Interval NO_INTERVAL = {(double)NAN, (double)NAN};

void means_test(TwoMeans *result, double margin, double confidence) {
  double half = gsl_cdf_tdist_Qinv((1 - confidence) / 2, result->degrees) * result->error;
  double d = result->difference, error = result->error;
  result->interval = (Interval){d - half, d + half};
  if (error > 0) {
    result->p = fmin(1, 2 * gsl_cdf_tdist_Q(fabs(d) / error, result->degrees));
    result->p_equivalent = gsl_cdf_tdist_Q((margin - fabs(d)) / error, result->degrees);
  } else {
    result->p = d == 0;
    result->p_equivalent = fabs(d) >= margin;
  }
}

static double welch_degrees(double part_a, double part_b, size_t n_a, size_t n_b) {
  size_t least = n_a < n_b ? n_a : n_b;
  double sum = part_a + part_b;
  if ((n_a != n_b && least < WELCH_CAREFUL) || sum == 0) return (double)least - 1;
  return sum * sum / (part_a * part_a / ((double)n_a - 1) + part_b * part_b / ((double)n_b - 1));
}

void two_means(TwoMeans *result, const Summary *a, const Summary *b, double least, double margin,
               double confidence) {
  double none = (double)NAN;
  *result = (TwoMeans){a->mean - b->mean, none, none, NO_INTERVAL, none, none};
  if (a->n < 2 || b->n < 2) return;
  double of_a = pow(fmax(a->deviation, least), 2) / (double)a->n;
  double of_b = pow(fmax(b->deviation, least), 2) / (double)b->n;
  result->error = sqrt(of_a + of_b);
  result->degrees = welch_degrees(of_a, of_b, a->n, b->n);
  means_test(result, margin, confidence);
}

void paired_means(TwoMeans *result, const Summary *difference, double least, double margin,
                  double confidence) {
  double none = (double)NAN;
  *result = (TwoMeans){difference->mean, none, none, NO_INTERVAL, none, none};
  if (difference->n < 2) return;
  result->error = fmax(difference->deviation, least) / sqrt((double)difference->n);
  result->degrees = (double)difference->n - 1;
  means_test(result, margin, confidence);
}

static double power_of_two(size_t n, double difference, double of_a, double of_b, double alpha) {
  double a = of_a * of_a / (double)n, b = of_b * of_b / (double)n;
  return t_power(difference / sqrt(a + b), welch_degrees(a, b, n, n), alpha);
}

size_t two_means_needed(double difference, double deviation_a, double deviation_b, double alpha,
                        double power, size_t limit) {
  size_t low = 1, high = 2; /* low is too few */
  if (!(deviation_a + deviation_b > 0)) return 2;
  while (!(power_of_two(high, difference, deviation_a, deviation_b, alpha) >= power)) {
    low = high;
    if (high >= limit) return 0;
    high = 2 * high < limit ? 2 * high : limit;
  }
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (power_of_two(middle, difference, deviation_a, deviation_b, alpha) >= power)
      high = middle;
    else
      low = middle;
  }
  return high;
}

/* Twice the rank of each of x [n], so that shared ranks are whole, and sum of t^3 - t over groups
 * of t equal numbers. */
static Status double_ranks(size_t *rank, double *ties, const double *x, size_t n) {
  size_t *order;
  TRY(memory_allocate(&order, n, sizeof *order, "ranks"));
  gsl_sort_index(order, x, 1, n);
  *ties = 0;
  for (size_t first = 0, end; first < n; first = end) {
    for (end = first + 1; end < n && x[order[end]] == x[order[first]];) end++;
    for (size_t i = first; i < end; i++) rank[order[i]] = first + 1 + end;
    double t = (double)(end - first);
    *ties += t * t * t - t;
  }
  free(order);
  return status_ok();
}

/* The share of all choices of n_a of the ranks [n] whose sum is at least as far from the mean as
 * that of the first n_a. ways[k][s]: how many choices of k of the ranks so far have the sum s. */
static Status exact_ranks(double *p, const size_t *rank, size_t n_a, size_t n) {
  size_t most = n * (n + 1), seen = 0, middle = n_a * (n + 1);
  double *ways, all = 0, far = 0;
  TRY(memory_allocate(&ways, (n_a + 1) * (most + 1), sizeof *ways, "sums of ranks"));
  for (size_t i = 0; i < n_a; i++) seen += rank[i];
  ways[0] = 1;
  for (size_t i = 0; i < n; i++)
    for (size_t k = i < n_a ? i + 1 : n_a; k > 0; k--)
      for (size_t s = most; s >= rank[i]; s--)
        ways[k * (most + 1) + s] += ways[(k - 1) * (most + 1) + s - rank[i]];
  const double *chosen = ways + n_a * (most + 1);
  size_t distance = seen > middle ? seen - middle : middle - seen;
  for (size_t s = 0; s <= most; s++) {
    all += chosen[s];
    if ((s > middle ? s - middle : middle - s) >= distance) far += chosen[s];
  }
  *p = far / all;
  free(ways);
  return status_ok();
}

static double normal_ranks(const size_t *rank, double ties, size_t n_a, size_t n) {
  double a = (double)n_a, b = (double)(n - n_a), all = (double)n, sum = 0;
  for (size_t i = 0; i < n_a; i++) sum += (double)rank[i] / 2;
  double variance = a * b / 12 * (all + 1 - ties / (all * (all - 1)));
  double distance = fabs(sum - a * (all + 1) / 2) - 0.5;
  if (!(variance > 0) || distance <= 0) return 1;
  return fmin(1, 2 * gsl_cdf_ugaussian_Q(distance / sqrt(variance)));
}

Status rank_sum_test(double *p, const double *a, size_t n_a, const double *b, size_t n_b) {
  size_t n = n_a + n_b, *rank = NULL;
  double *x, ties;
  *p = (double)NAN;
  if (n_a == 0 || n_b == 0) return status_ok();
  TRY(memory_allocate(&x, n, sizeof *x, "ranks"));
  memcpy(x, a, n_a * sizeof *x);
  memcpy(x + n_a, b, n_b * sizeof *x);
  Status status = memory_allocate(&rank, n, sizeof *rank, "ranks");
  if (status.code == STATUS_OK) status = double_ranks(rank, &ties, x, n);
  if (status.code == STATUS_OK && n <= RANKS_EXACT)
    status = exact_ranks(p, rank, n_a, n);
  else if (status.code == STATUS_OK)
    *p = normal_ranks(rank, ties, n_a, n);
  free(x);
  free(rank);
  return status;
}

/* The variance of an estimate whose true value is t (Newcombe 2006, part 2, method 5). */
static double superiority_variance(double t, double n_a, double n_b) {
  double middle = (n_a + n_b) / 2 - 1;
  return t * (1 - t) / (n_a * n_b) * (1 + middle * (1 - t) / (2 - t) + middle * t / (1 + t));
}

/* The t furthest from the estimate, towards `end` (0 or 1), whose variance still allows it. */
static double superiority_end(double estimate, double end, double z, double n_a, double n_b) {
  double inside = estimate, outside = end;
  for (int i = 0; i < 60; i++) {
    double t = (inside + outside) / 2;
    if (fabs(t - estimate) <= z * sqrt(superiority_variance(t, n_a, n_b)))
      inside = t;
    else
      outside = t;
  }
  return inside;
}

void superiority(Superiority *result, const double *a, size_t n_a, const double *b, size_t n_b,
                 double confidence) {
  *result = (Superiority){(double)NAN, NO_INTERVAL};
  if (n_a == 0 || n_b == 0) return;
  double above = 0;
  for (size_t i = 0; i < n_a; i++)
    for (size_t k = 0; k < n_b; k++) above += a[i] > b[k] ? 1 : a[i] == b[k] ? 0.5 : 0;
  double t = above / ((double)n_a * (double)n_b);
  double z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);
  result->probability = t;
  result->interval = (Interval){superiority_end(t, 0, z, (double)n_a, (double)n_b),
                                superiority_end(t, 1, z, (double)n_a, (double)n_b)};
}

double correlation(const double *x, const double *y, size_t n) {
  if (n < 3 || !(gsl_stats_sd(x, 1, n) > 0) || !(gsl_stats_sd(y, 1, n) > 0)) return (double)NAN;
  return gsl_stats_correlation(x, 1, y, 1, n);
}
