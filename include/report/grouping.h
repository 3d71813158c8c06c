#ifndef NORMLAB_REPORT_GROUPING_H
#define NORMLAB_REPORT_GROUPING_H
/* Normalization of an array [N][C][H][W] by the definition: in double precision, element by
 * element, without regard to speed. Which elements share statistics is said by norms/partition.h,
 * as in training. Not collective.
 *
 *   mean = sum x / n,   variance = sum (x - mean)^2 / n (biased),   unbiased = variance n / (n - 1)
 *   y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *
 * For a norm that is not centred the mean is 0, so that the variance is the mean square. */
#include "norms/partition.h"

typedef struct Grouping {
  NormSpec spec;
  int n, c, h, w;  /* of the array */
  NormMap map;     /* empty for a norm without statistics */
  size_t n_groups; /* of the array; 0 for a norm without statistics */
} Grouping;

typedef struct GroupStatistics {
  size_t n; /* elements */
  double mean, variance;
  double unbiased; /* NaN for a group of one element */
} GroupStatistics;

/* n, c, h, w are at least 1. STATUS_USAGE if the norm does not fit the channels. Nothing is to be
 * freed after a failure. */
Status grouping_make(Grouping *grouping, NormSpec spec, int n, int c, int h, int w) MUST_CHECK;
void grouping_free(Grouping *grouping);

/* Group of element (n, c, h, w), from 0 to n_groups - 1, whatever w; not to be called if n_groups
 * is 0. */
size_t grouping_of(const Grouping *grouping, int n, int c, int h);

/* statistics [n_groups] of x [N][C][H][W], in two passes.
 * STATUS_NUMBERS if one is out of the range of a double. */
Status grouping_statistics(GroupStatistics *statistics, const Grouping *grouping,
                           const double *x) MUST_CHECK;

/* y [N][C][H][W] with gamma = 1, beta = 0; y = x for a norm without statistics. y may be x. */
void grouping_normalize(double *y, const Grouping *grouping, const GroupStatistics *statistics,
                        const double *x, double epsilon);

enum { GROUPING_TEXT = 96 };
/* A group as Python slices: "x[0, 2:4]" is channels 2 and 3 of sample 0. */
void grouping_text(char text[GROUPING_TEXT], const Grouping *grouping, size_t group);
/* The axes within a group: "channels (2 at a time), rows, columns". */
void grouping_axes_text(char text[GROUPING_TEXT], const Grouping *grouping);
/* The number of scales and shifts, as formula and value: "2 C = 8". */
void grouping_parameters_text(char text[GROUPING_TEXT], const Grouping *grouping);
/* What PyTorch calls it: "GroupNorm(2, 4)"; "-" if it has no such module. */
void grouping_module_text(char text[GROUPING_TEXT], const Grouping *grouping);

#endif
