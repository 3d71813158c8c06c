#ifndef NORMLAB_REPORT_GROUPING_H
#define NORMLAB_REPORT_GROUPING_H
/* Normalization of an array [N][C][H][W] by its definition: in double precision, element by
 * element, without regard to speed. Which elements share statistics follows from
 * norms/partition.h, as in training. Not collective.
 *
 *   mean = sum x / n,   variance = sum (x - mean)^2 / n (biased),   unbiased = variance n / (n - 1)
 *   y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *
 * For a norm that is not centred the mean is 0, so that the variance is the mean square. */
#include "norms/partition.h"

typedef struct Grouping {
  NormSpec spec;
  int n, c, h, w;    /* the sizes of the array */
  NormMap map;       /* which elements share statistics; empty for a norm without statistics */
  size_t n_groups;   /* the number of groups of the array; 0 for a norm without statistics */
  int (*ends)[4][2]; /* [n_groups]: the first and the last sample, channel, row and column of each;
                        its elements are all those between them */
} Grouping;

/* The statistics of one group. */
typedef struct GroupStatistics {
  size_t n; /* the number of elements */
  double mean, variance;
  double unbiased; /* NaN for a group of one element */
} GroupStatistics;

/* Makes the groups of an array whose sizes are at least 1. Returns STATUS_USAGE if the norm does
 * not fit the channels, or STATUS_MEMORY. The caller frees the grouping by grouping_free(); after
 * a failure there is nothing to free. */
Status grouping_make(Grouping *grouping, NormSpec spec, int n, int c, int h, int w) MUST_CHECK;
void grouping_free(Grouping *grouping);

/* Returns the group of an element, from 0 to n_groups - 1. It must not be called if n_groups is 0.
 */
size_t grouping_of(const Grouping *grouping, int n, int c, int h, int w);

/* Computes statistics [n_groups] of x [N][C][H][W] in two passes. Returns STATUS_NUMBERS if one is
 * out of the range of a double. */
Status grouping_statistics(GroupStatistics *statistics, const Grouping *grouping,
                           const double *x) MUST_CHECK;

/* Writes y [N][C][H][W] with gamma = 1 and beta = 0. For a norm without statistics y = x. y may be
 * the same array as x. */
void grouping_normalize(double *y, const Grouping *grouping, const GroupStatistics *statistics,
                        const double *x, double epsilon);

enum { GROUPING_TEXT = 112 };
/* Writes a group as Python slices: "x[0, 2:4, :, :]" is channels 2 and 3 of sample 0. */
void grouping_text(char text[GROUPING_TEXT], const Grouping *grouping, size_t group);
/* Writes it with all samples, for a norm that crosses them: "x[:, 2:4, :, :]". The group must be
 * one of the map's n_groups. */
void grouping_running_text(char text[GROUPING_TEXT], const Grouping *grouping, size_t group);
/* Writes the axes along which the elements of a group lie: "channels (2 at a time), rows,
 * columns". */
void grouping_axes_text(char text[GROUPING_TEXT], const Grouping *grouping);
/* Writes the number of scales and shifts as a formula and its value: "2 C = 8". */
void grouping_parameters_text(char text[GROUPING_TEXT], const Grouping *grouping);

#endif
