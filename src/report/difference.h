#ifndef NORMLAB_REPORT_DIFFERENCE_H
#define NORMLAB_REPORT_DIFFERENCE_H
#include "report/comparison.h"

/* Pairs the runs of variant and baseline and fills all but what needs the correction or much time.
 * STATUS_MEMORY; difference_free is due also then. */
Status difference_test(Difference *difference) MUST_CHECK;

/* The rest, with p_holm set: the verdict, the seeds needed, bootstrap intervals, sign flips.
 * planned: 0 for the difference seen. */
Status difference_judge(Difference *difference, double planned, size_t n_tests) MUST_CHECK;

void difference_free(Difference *difference);

#endif
