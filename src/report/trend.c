#include "report/trend.h"

#include "base/memory.h"
#include "base/random.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATE = 160 };

/* The number of a key's value, and the value with N in its place: 32 and "batch:N" of "batch:32".
 * Returns 0 if the value has no number, or more than one. */
static int split(const char *value, double *number, char rest[TEMPLATE]) {
  size_t before = strcspn(value, "0123456789");
  if (!value[before]) return 0;
  if (before > 0 && (value[before - 1] == '.' || value[before - 1] == '-')) before--;
  char *end;
  *number = strtod(value + before, &end);
  if (end[strcspn(end, "0123456789")] || !isfinite(*number)) return 0;
  snprintf(rest, TEMPLATE, "%.*sN%s", (int)before, value, end);
  return 1;
}

static int is_meant(const char *full, const char *key) {
  size_t n = strlen(full), m = strlen(key);
  return strcmp(full, key) == 0 ||
         (n > m && full[n - m - 1] == '.' && strcmp(full + n - m, key) == 0);
}

static const char *find_key(const Variants *variants, const char *key) {
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = variants->variant[i].example;
    for (size_t k = 0; k < run->n_keys; k++)
      if (is_meant(run->keys[k].key, key)) return run->keys[k].key;
  }
  return NULL;
}

/* Whether two variants differ in the value of the key alone, and there in its number alone. */
static int are_in_line(const Variant *a, const Variant *b, const char *key) {
  const Run *x = a->example, *y = b->example;
  double number;
  char rest_a[TEMPLATE], rest_b[TEMPLATE];
  const char *of_a = run_key(x, key), *of_b = run_key(y, key);
  if (!of_a || !of_b || x->n_keys != y->n_keys) return 0;
  if (!split(of_a, &number, rest_a) || !split(of_b, &number, rest_b)) return 0;
  if (strcmp(rest_a, rest_b) != 0) return 0;
  for (size_t i = 0; i < x->n_keys; i++)
    if (strcmp(x->keys[i].key, key) != 0 && !runs_share_key(x, y, x->keys[i].key)) return 0;
  return runs_share_set(x, y);
}

/* The name of a variant without " lr=0.1", or with N for the number of its norm. */
static char *line_name(const Variant *variant, const char *key) {
  char rest[TEMPLATE], part[TEMPLATE], *name = NULL;
  double number;
  const char *last = strrchr(key, '.');
  snprintf(part, sizeof part, " %s=", last ? last + 1 : key);
  const char *at = strstr(variant->name, part);
  if (strcmp(key, "network.norm") == 0 && split(variant->norm, &number, rest)) {
    const char *more = strncmp(variant->name, variant->norm, strlen(variant->norm)) == 0
                           ? variant->name + strlen(variant->norm)
                           : "";
    return asprintf(&name, "%s%s", rest, more) < 0 ? NULL : name;
  }
  if (!at) return strdup(variant->norm);
  const char *end = at + 1 + strcspn(at + 1, " ");
  return asprintf(&name, "%.*s%s", (int)(at - variant->name), variant->name, end) < 0 ? NULL : name;
}

static int level_order(const void *a, const void *b) {
  const TrendLevel *x = a, *y = b;
  return (x->value > y->value) - (x->value < y->value);
}

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

/* Takes the line of a variant, unless an earlier one has taken it. */
static Status add_line(Trends *trends, const Variants *variants, size_t number) {
  const Variant *first = &variants->variant[number];
  Trend trend = {0};
  for (size_t i = 0; i < number; i++)
    if (variants->variant[i].n_runs && are_in_line(&variants->variant[i], first, trends->key))
      return status_ok();
  TRY(memory_allocate(&trend.level, variants->n, sizeof *trend.level, "a trend"));
  for (size_t i = number; i < variants->n; i++) {
    const Variant *variant = &variants->variant[i];
    double value;
    char rest[TEMPLATE];
    if (!variant->n_runs || !are_in_line(variant, first, trends->key)) continue;
    if (split(run_key(variant->example, trends->key), &value, rest))
      trend.level[trend.n++] = (TrendLevel){value, variant};
  }
  if (trend.n < TREND_LEVELS) {
    free(trend.level);
    return status_ok();
  }
  qsort(trend.level, trend.n, sizeof *trend.level, level_order);
  trend.name = line_name(first, trends->key);
  trends->trend[trends->n++] = trend;
  return trend.name ? test(&trends->trend[trends->n - 1])
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
  *trends = (Trends){.key = find_key(variants, key)};
  if (!trends->key)
    return status_error(STATUS_USAGE, "--trend %.100s: no run has this key of the configuration",
                        key);
  TRY(memory_allocate(&trends->trend, variants->n, sizeof *trends->trend, "trends"));
  Status status = status_ok();
  for (size_t i = 0; i < variants->n && status.code == STATUS_OK; i++)
    if (variants->variant[i].n_runs && run_key(variants->variant[i].example, trends->key))
      status = add_line(trends, variants, i);
  if (status.code == STATUS_OK && trends->n == 0)
    status = status_error(STATUS_USAGE,
                          "--trend %.100s: there are no %d variants with finished runs that differ "
                          "in this number alone",
                          key, TREND_LEVELS);
  if (status.code == STATUS_OK) status = correct(trends);
  if (status.code != STATUS_OK) trends_free(trends);
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
