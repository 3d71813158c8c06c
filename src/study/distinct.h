#ifndef NORMLAB_STUDY_DISTINCT_H
#define NORMLAB_STUDY_DISTINCT_H
#include "config/tree.h"
#include "study/pool.h"
#include "study/study.h"

/* Refuses runs of one name, and variants with nothing between them: mistakes of the study file.
 * Returns STATUS_USAGE or STATUS_MEMORY. Not collective. */
Status distinct_check(const Study *study, Pool *pool, Report *report) MUST_CHECK;

#endif
