#ifndef NORMLAB_REPORT_DIFFERENCE_H
#define NORMLAB_REPORT_DIFFERENCE_H
/* How a variant differs from the baseline. Not collective. */
#include "report/comparison.h"

/* Pairs the runs of variant and baseline, and fills in everything but what needs Holm's correction
 * or much time. Returns STATUS_MEMORY. The caller calls difference_free(), also after a failure. */
Status difference_test(Difference *difference) MUST_CHECK;

/* Fills in the rest after p_holm has been set: the verdict, the seeds needed, the bootstrap
 * intervals and the sign flip tests. `planned` is the difference to plan for, or 0 for the one
 * that was seen. Returns STATUS_MEMORY. */
Status difference_judge(Difference *difference, double planned, size_t n_tests) MUST_CHECK;

void difference_free(Difference *difference);

#endif
