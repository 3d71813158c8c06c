#include "report/statistics.h"

#include "base/memory.h"
#include "base/random.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static const Interval NO_INTERVAL = {(double)NAN, (double)NAN};

Interval t_interval(double mean, double deviation, size_t n, double confidence) {
  if (n < 2) return NO_INTERVAL;
  double half =
      gsl_cdf_tdist_Qinv((1 - confidence) / 2, (double)n - 1) * deviation / sqrt((double)n);
  return (Interval){mean - half, mean + half};
}

void summary_make(Summary *summary, const double *x, size_t n, double confidence) {
  *summary = (Summary){n, (double)NAN, (double)NAN, NO_INTERVAL};
  if (n > 0) summary->mean = gsl_stats_mean(x, 1, n);
  if (n > 1) summary->deviation = gsl_stats_sd_m(x, 1, n, summary->mean);
  summary->interval = t_interval(summary->mean, summary->deviation, n, confidence);
}

double median_of(double *x, size_t n) {
  if (n == 0) return (double)NAN;
  gsl_sort(x, 1, n);
  double low = x[(n - 1) / 2], high = x[n / 2];
  return low == high ? low : (low + high) / 2; /* also where both are infinite */
}

/* Sums of rounded numbers that are equal in exact arithmetic count as equal. */
static double slack(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += fabs(x[i]);
  return 1e-9 * sum;
}

static double all_flips(const double *x, size_t n, double least) {
  size_t n_choices = (size_t)1 << (n - 1), n_far = 0; /* the other half mirrors this one */
  for (size_t choice = 0; choice < n_choices; choice++) {
    double sum = x[n - 1];
    for (size_t i = 0; i + 1 < n; i++) sum += choice >> i & 1 ? -x[i] : x[i];
    n_far += fabs(sum) >= least;
  }
  return (double)n_far / (double)n_choices;
}

static double drawn_flips(const double *x, size_t n, double least) {
  size_t n_far = 1;
  for (uint64_t draw = 0; draw < SIGN_FLIP_DRAWS; draw++) {
    RandomStream stream = random_stream(0, RANDOM_RESAMPLE, draw);
    double sum = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 1) {
      if (i % 32 == 0) bits = random_next(&stream);
      sum += bits & 1 ? -x[i] : x[i];
    }
    n_far += fabs(sum) >= least;
  }
  return (double)n_far / (SIGN_FLIP_DRAWS + 1.0);
}

double sign_flip_test(const double *x, size_t n) {
  if (n < 2) return (double)NAN;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  double least = fabs(sum) - slack(x, n);
  return n <= SIGN_FLIP_EXACT ? all_flips(x, n, least) : drawn_flips(x, n, least);
}

Status holm_correct(double *p, size_t n) {
  double *sorted;
  TRY(memory_allocate(&sorted, n, sizeof *sorted, "sorted p"));
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(p[i])) sorted[m++] = p[i];
  gsl_sort(sorted, 1, m);
  for (size_t i = 0; i < n; i++) {
    double largest = 0;
    for (size_t k = 0; k < m && sorted[k] <= p[i]; k++)
      largest = fmax(largest, (double)(m - k) * sorted[k]);
    if (!isnan(p[i])) p[i] = fmin(1, largest);
  }
  free(sorted);
  return status_ok();
}

typedef struct Noncentral {
  double degrees, critical, shift;
} Noncentral;

/* P(|Z + shift| > critical s / sqrt(degrees)) times the density of s, chi. */
static double exceeds(double s, void *context) {
  const Noncentral *t = context;
  double least = t->critical * s / sqrt(t->degrees);
  return 2 * s * gsl_ran_chisq_pdf(s * s, t->degrees) *
         (gsl_cdf_ugaussian_Q(least - t->shift) + gsl_cdf_ugaussian_P(-least - t->shift));
}

double t_power(double shift, double degrees, double alpha) {
  enum { PIECES = 200 };
  gsl_set_error_handler_off(); /* QAG is asked for more than it can certify near its rounding */
  double result = (double)NAN, error;
  Noncentral t = {degrees, gsl_cdf_tdist_Qinv(alpha / 2, degrees), fabs(shift)};
  gsl_integration_workspace *space = gsl_integration_workspace_alloc(PIECES);
  if (!space) return result;
  gsl_function function = {exceeds, &t};
  gsl_integration_qag(&function, sqrt(gsl_cdf_chisq_Pinv(1e-12, degrees)),
                      sqrt(gsl_cdf_chisq_Qinv(1e-12, degrees)), 1e-10, 1e-8, PIECES,
                      GSL_INTEG_GAUSS31, space, &result, &error);
  gsl_integration_workspace_free(space);
  return result;
}

double t_test_power(size_t n, double effect, double alpha) {
  return t_power(effect * sqrt((double)n), (double)n - 1, alpha);
}

size_t t_test_pairs(double effect, double alpha, double power, size_t limit) {
  size_t low = 1, high = 2; /* low is too few */
  while (!(t_test_power(high, effect, alpha) >= power)) {
    low = high;
    if (high >= limit) return 0;
    high = 2 * high < limit ? 2 * high : limit;
  }
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (t_test_power(middle, effect, alpha) >= power)
      high = middle;
    else
      low = middle;
  }
  return high;
}
