#ifndef NORMLAB_REPORT_ROW_CUT_H
#define NORMLAB_REPORT_ROW_CUT_H
/* Figures with a row a variant, where a few runs may lie far below all others. Not collective. */
#include "report/metric.h"
#include <stdio.h>

/* The least width of what values of a metric in percent are drawn in, in its unit. */
#define ROWS_LEAST_WIDTH 0.2

/* Returns where the axis of a metric begins, in its unit, so that a few runs of the first n
 * variants that are far below the others do not press these into a point: below the gap that is
 * several times as wide as all that is above it, if at least two thirds of the runs are above.
 * Without such a gap, or without memory, it is -infinity. */
double rows_cut(const Metric *metric, const Variants *variants, size_t n);

/* Writes the commands for an arrow to the left at a row, and the numbers that it stands for: those
 * of the variant that are below the cut. Returns 0 if there are none. */
int rows_print_outside(FILE *out, const Metric *metric, const Variant *variant, size_t number,
                       double cut);

#endif
