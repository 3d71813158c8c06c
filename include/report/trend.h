#ifndef NORMLAB_REPORT_TREND_H
#define NORMLAB_REPORT_TREND_H
/* Trends: does a quantity rise or fall along an ordered axis, such as the size of batch norm's
 * groups or the learning rate? Comparing each value with the best of them answers another question:
 * against the best of eleven equals at least one of the others has an interval without 0 in more
 * than half of all studies. Not collective. */
#include "report/two_samples.h"
#include "report/variant.h"

enum { TREND_LEVELS = 3, TREND_DRAWS = 20000 };

/* A value on the axis, and the variant that has it. */
typedef struct TrendLevel {
  double value;
  const Variant *variant;
} TrendLevel;

/* The variants that differ in the key of the axis alone, by rising value: a line of a figure. */
typedef struct Trend {
  char *name;        /* the variant without its value: "batch:N", "layer"; owned */
  TrendLevel *level; /* [n] with finished runs; owned */
  size_t n, n_runs;
  int is_logarithmic; /* 1: a step is a doubling of the value; 0: it is one unit */
  /* The slope of the test accuracy: with x the value, or its logarithm to base 2, and m the means
   * of the levels,
   *
   *   difference = sum (x - mean x) m / sum (x - mean x)^2   a step,
   *
   * a linear contrast, whose error takes each level's own deviation; degrees of freedom by
   * Satterthwaite, and those of the level with the fewest runs where counts differ and that one has
   * fewer than WELCH_CAREFUL. NaN if a level has one run. */
  TwoMeans slope;
  double p_holm; /* slope.p after Holm's correction for the number of trends */
  /* Of the test of Jonckheere (1954) and Terpstra (1952), which asks for a rise (or fall) of any
   * form: the share of TREND_DRAWS random orders of the runs whose number of rising pairs is at
   * least as far from its mean. */
  double p_order, p_order_holm;
} Trend;

typedef struct Trends {
  const char *key; /* of the configuration, in full */
  Trend *trend;    /* [n] */
  size_t n;
} Trends;

/* Finds the trends along a key of the configuration, which may be given by its last part ("lr"), or
 * is "norm" for the number in a norm's name. The numbers are those of finished runs. Returns
 * STATUS_USAGE if there is no line with at least TREND_LEVELS numbers; or STATUS_MEMORY. The caller
 * frees them by trends_free(); after a failure there is nothing to free. The variants must outlive
 * them. */
Status trends_make(Trends *trends, const Variants *variants, const char *key) MUST_CHECK;
void trends_free(Trends *trends);

/* Computes the slope of levels with these positions x, means, deviations and numbers of runs [n];
 * deviations below `least` count as `least`. */
void trend_slope(TwoMeans *slope, const double *x, const Summary *const *level, size_t n,
                 double least, double confidence);

/* Computes p_order of values [n_values], of which the i-th belongs to group [i], 0, 1, ... in
 * rising order. Returns STATUS_MEMORY. */
Status trend_order(double *p, const double *value, const size_t *group, size_t n) MUST_CHECK;

#endif
