#ifndef NORMLAB_REPORT_EXPLAIN_H
#define NORMLAB_REPORT_EXPLAIN_H
/* Shows how a normalization is computed, with numbers, in double precision. Not collective. */
#include "config/config.h"
#include "report/values.h"
#include <stdio.h>

/* The epsilon that is added to variances, and the momentum of running statistics. */
#define EXPLAIN_EPSILON 1e-5
#define EXPLAIN_MOMENTUM 0.1

/* How a number that somebody has published compares with the computed one. */
typedef enum Agreement {
  AGREE_ROUNDED,  /* they are equal when the computed one is rounded to the published digits */
  AGREE_CUT_OFF,  /* they are equal when further digits are dropped: the last digit is not
                     rounded */
  AGREE_VARIANCE, /* the published number is the variance, though it is given as the deviation */
  AGREE_NOT       /* they are different numbers */
} Agreement;

/* Returns how a published number compares with a computed one. `published` is decimal text such as
 * ".70", whose digits after the point say how exact it is. `variance` is the variance if the
 * number is a deviation, and NaN otherwise. If `computed` is NaN, the result is AGREE_NOT. */
Agreement explain_agreement(const char *published, double computed, double variance);

/* Prints one norm in full: what is averaged over, each group of statistics with its mean, biased
 * variance, deviation and 1 / sqrt(variance + epsilon), the normalized values, the parameters, and
 * for batch norm the running statistics after one step. Returns STATUS_USAGE if the norm does not
 * fit the channels. */
Status explain_norm(FILE *out, const Values *values, NormSpec spec) MUST_CHECK;

/* Prints all norms as a Markdown table with a row for each way to write one: what a group of
 * statistics is, the scale and the shift, the number of parameters, and the source. */
Status explain_list(FILE *out) MUST_CHECK;

/* Prints all norms in short form. A norm that does not fit the channels is named with the reason.
 */
Status explain_all(FILE *out, const Values *values) MUST_CHECK;

/* Prints the numbers that were published for values_example() beside the computed ones, for all
 * norms for which there are any. If spec is not NULL, only those of its norm are printed, or
 * nothing if there are none. */
Status explain_published(FILE *out, const NormSpec *spec) MUST_CHECK;

#endif
