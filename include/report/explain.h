#ifndef NORMLAB_REPORT_EXPLAIN_H
#define NORMLAB_REPORT_EXPLAIN_H
/* A normalization worked out with numbers, in double precision. Not collective. */
#include "config/config.h"
#include "report/values.h"
#include <stdio.h>

#define EXPLAIN_EPSILON 1e-5
#define EXPLAIN_MOMENTUM 0.1

/* How a figure somebody published stands to the computed one. */
typedef enum Agreement {
  AGREE_ROUNDED,  /* equal when the computed one is rounded to the published digits */
  AGREE_CUT_OFF,  /* equal when further digits are dropped: the last digit is not rounded */
  AGREE_VARIANCE, /* it is the variance, given as deviation */
  AGREE_NOT       /* another number */
} Agreement;

/* published: decimal text such as ".70"; its digits after the point say how far it can be trusted.
 * variance: NaN where it does not apply. NaN computed gives AGREE_NOT. */
Agreement explain_agreement(const char *published, double computed, double variance);

/* One norm in full: what is averaged over, groups with mean, biased variance, deviation and
 * 1 / sqrt(variance + epsilon), normalized values, parameters, and for batch norm the running
 * statistics after one step. */
Status explain_norm(FILE *out, const Values *values, NormSpec spec) MUST_CHECK;

/* The norms that there are, as a Markdown table with a row for each way to write one: what a group
 * of statistics is, the scale and the shift, the number of parameters, and the source. */
Status explain_list(FILE *out) MUST_CHECK;

/* All norms in short form. One that does not fit the channels is named with the reason. */
Status explain_all(FILE *out, const Values *values) MUST_CHECK;

/* The figures published for values_example() beside the computed ones; all norms that have any, or
 * that of spec alone (nothing is printed if it has none). */
Status explain_published(FILE *out, const NormSpec *spec) MUST_CHECK;

#endif
