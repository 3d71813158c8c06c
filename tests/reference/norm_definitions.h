#ifndef NORMLAB_TESTS_NORM_DEFINITIONS_H
#define NORMLAB_TESTS_NORM_DEFINITIONS_H
/* Which elements share the statistics of over(AXES), word by word, apart from the program's own
 * maps. */
#include "norms/norms.h"

/* Element (n, c, h, w) of an activation of so many samples, channels, rows and columns. */
typedef struct NormElement {
  int samples, channels, rows, columns, n, c, h, w;
} NormElement;

/* The number of the group of statistics that an element belongs to: that of its group of samples,
 * times the groups of a sample, plus its number among these. */
int norm_definition_group(NormSpec spec, NormElement e);

/* In how many groups such a batch of samples is cut; the number of samples where each has its own
 * statistics. */
int norm_definition_sample_groups(NormSpec spec, int samples);

#endif
