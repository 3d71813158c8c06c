#ifndef NORMLAB_REPORT_DIFFERENCE_H
#define NORMLAB_REPORT_DIFFERENCE_H
/* How a variant differs from the baseline. Not collective. */
#include "report/comparison.h"

/* Pairs the runs of variant and baseline, and fills in everything but what needs the corrected p.
 * Returns STATUS_MEMORY. The caller calls difference_free(), also after a failure. */
Status difference_test(Difference *difference, const ComparisonOptions *options) MUST_CHECK;

/* Fills in the verdict and the seeds needed, after Holm's correction for n_tests comparisons. */
void difference_judge(Difference *difference, const ComparisonOptions *options, size_t n_tests);

void difference_free(Difference *difference);

/* Computes what the choice of test images adds: images_error and interval_of_both. */
Status difference_images(Difference *difference) MUST_CHECK;

#endif
