#include "report/trend.h"

#include "base/memory.h"
#include "base/random.h"
#include "report/sweep.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps are doublings where the numbers span more than a factor of two and none is 0 or less. */
static int has_doublings(const Trend *trend) {
  double least = trend->level[0].value, most = trend->level[trend->n - 1].value;
  return least > 0 && most > 2 * least;
}

static double place_of(const Trend *trend, size_t i) {
  return trend->is_logarithmic ? log2(trend->level[i].value) : trend->level[i].value;
}

void trend_slope(TwoMeans *slope, const double *x, const Summary *const *level, size_t n,
                 double least, double confidence) {
  double middle = 0, spread = 0, variance = 0, squares = 0;
  size_t fewest = level[0]->n, most = level[0]->n;
  *slope = (TwoMeans){0};
  for (size_t i = 0; i < n; i++) {
    middle += x[i] / (double)n;
    if (level[i]->n < fewest) fewest = level[i]->n;
    if (level[i]->n > most) most = level[i]->n;
  }
  for (size_t i = 0; i < n; i++) spread += (x[i] - middle) * (x[i] - middle);
  for (size_t i = 0; i < n; i++) {
    double c = (x[i] - middle) / spread, runs = (double)level[i]->n;
    double part = c * c * pow(fmax(level[i]->deviation, least), 2) / runs;
    slope->difference += c * level[i]->mean;
    variance += part;
    squares += part * part / (runs - 1);
  }
  if (fewest < 2) {
    double none = (double)NAN;
    *slope = (TwoMeans){slope->difference, none, none, {none, none}, none, none};
    return;
  }
  slope->error = sqrt(variance);
  int is_careful = fewest != most && fewest < WELCH_CAREFUL;
  slope->degrees =
      is_careful || !(squares > 0) ? (double)fewest - 1 : variance * variance / squares;
  means_test(slope, (double)NAN, confidence);
}

/* The number of pairs of values of different groups of which the later group's is larger; equal
 * ones count half. */
static double rising(const double *value, const size_t *group, size_t n) {
  double count = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++)
      if (group[i] < group[k]) count += value[i] < value[k] ? 1 : value[i] == value[k] ? 0.5 : 0;
  return count;
}

static double order_share(double *drawn, const double *value, const size_t *group, size_t n) {
  double all = 0;
  size_t n_far = 1;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++) all += group[i] < group[k];
  double distance = fabs(rising(value, group, n) - all / 2);
  memcpy(drawn, value, n * sizeof *drawn);
  for (uint64_t draw = 0; draw < TREND_DRAWS; draw++) {
    RandomStream stream = random_stream(2, RANDOM_RESAMPLE, draw);
    for (size_t i = n; i > 1; i--) {
      size_t k = random_below(&stream, (uint32_t)i);
      double swapped = drawn[i - 1];
      drawn[i - 1] = drawn[k];
      drawn[k] = swapped;
    }
    n_far += fabs(rising(drawn, group, n) - all / 2) >= distance;
  }
  return (double)n_far / (TREND_DRAWS + 1.0);
}

Status trend_order(double *p, const double *value, const size_t *group, size_t n) {
  double *drawn;
  TRY(memory_allocate(&drawn, n, sizeof *drawn, "orders"));
  *p = order_share(drawn, value, group, n);
  free(drawn);
  return status_ok();
}

static Status test_order(Trend *trend) {
  double *value;
  size_t *group, n = 0;
  TRY(memory_allocate(&value, trend->n_runs, sizeof *value, "a trend"));
  Status status = memory_allocate(&group, trend->n_runs, sizeof *group, "a trend");
  for (size_t i = 0; i < trend->n && status.code == STATUS_OK; i++)
    for (size_t k = 0; k < trend->level[i].variant->n_runs; k++) {
      value[n] = trend->level[i].variant->runs[k]->test_accuracy;
      group[n++] = i;
    }
  if (status.code == STATUS_OK) status = trend_order(&trend->p_order, value, group, n);
  free(value);
  free(group);
  return status;
}

static Status test(Trend *trend) {
  double *x;
  const Summary **level;
  double least = run_least_deviation(trend->level[0].variant->example);
  TRY(memory_allocate(&x, trend->n, sizeof *x, "a trend"));
  Status status = memory_allocate(&level, trend->n, sizeof *level, "a trend");
  trend->is_logarithmic = has_doublings(trend);
  for (size_t i = 0; i < trend->n && status.code == STATUS_OK; i++) {
    x[i] = place_of(trend, i);
    level[i] = &trend->level[i].variant->test_accuracy;
    trend->n_runs += trend->level[i].variant->n_runs;
  }
  if (status.code == STATUS_OK)
    trend_slope(&trend->slope, x, level, trend->n, least, VARIANT_CONFIDENCE);
  free(x);
  free(level);
  return status.code == STATUS_OK ? test_order(trend) : status;
}

/* The trend of a line, if enough of its points have finished runs. */
static Status add_trend(Trends *trends, const SweepLine *line) {
  Trend *trend = &trends->trend[trends->n];
  size_t n = 0;
  for (size_t i = 0; i < line->n; i++) n += line->point[i].variant->n_runs > 0;
  if (n < TREND_LEVELS) return status_ok();
  trends->n++;
  TRY(memory_allocate(&trend->level, n, sizeof *trend->level, "a trend"));
  for (size_t i = 0; i < line->n; i++)
    if (line->point[i].variant->n_runs > 0)
      trend->level[trend->n++] = (TrendLevel){line->point[i].value, line->point[i].variant};
  trend->name = strdup(line->name);
  return trend->name ? test(trend)
                     : status_error(STATUS_MEMORY, "no memory for the name of a trend");
}

static Status correct(Trends *trends) {
  double *p;
  TRY(memory_allocate(&p, 2 * trends->n, sizeof *p, "probabilities"));
  for (size_t i = 0; i < trends->n; i++) {
    p[i] = trends->trend[i].slope.p;
    p[trends->n + i] = trends->trend[i].p_order;
  }
  Status status = holm_correct(p, trends->n);
  if (status.code == STATUS_OK) status = holm_correct(p + trends->n, trends->n);
  for (size_t i = 0; i < trends->n; i++) {
    trends->trend[i].p_holm = p[i];
    trends->trend[i].p_order_holm = p[trends->n + i];
  }
  free(p);
  return status;
}

Status trends_make(Trends *trends, const Variants *variants, const char *key) {
  Sweep sweep;
  *trends = (Trends){.key = sweep_find_key(variants, key)};
  if (!trends->key)
    return status_error(STATUS_USAGE, "--trend %.100s: no run has this key of the configuration",
                        key);
  TRY(sweep_make(&sweep, variants, trends->key));
  Status status = memory_allocate(&trends->trend, sweep.n, sizeof *trends->trend, "trends");
  for (size_t i = 0; i < sweep.n && sweep.is_number && status.code == STATUS_OK; i++)
    status = add_trend(trends, &sweep.line[i]);
  if (status.code == STATUS_OK && trends->n == 0)
    status = status_error(STATUS_USAGE,
                          "--trend %.100s: there are no %d variants with finished runs that differ "
                          "in this number alone",
                          key, TREND_LEVELS);
  if (status.code == STATUS_OK) status = correct(trends);
  if (status.code != STATUS_OK) trends_free(trends);
  sweep_free(&sweep);
  return status;
}

void trends_free(Trends *trends) {
  for (size_t i = 0; i < trends->n; i++) {
    free(trends->trend[i].name);
    free(trends->trend[i].level);
  }
  free(trends->trend);
  *trends = (Trends){0};
}
