#ifndef NORMLAB_STUDY_DIFFERENCES_H
#define NORMLAB_STUDY_DIFFERENCES_H
/* Warnings about variants that differ in more than norms and axes. Not collective. */
#include "study/pool.h"
#include "study/study.h"

/* Warns about each key that is neither the norm nor an axis and differs between variants. Returns
 * STATUS_MEMORY. */
Status differences_warn(const Study *study, Pool *pool) MUST_CHECK;

/* Warns if texts [n_variants] are not all the same: "WHAT: 7,652 (batch; layer), 7,594 (layer:w)".
 * A text is NULL for a variant that does not have it. Returns STATUS_MEMORY. */
Status differences_warn_of(const Study *study, const char *what,
                           const char *const *texts) MUST_CHECK;

#endif
