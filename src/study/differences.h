#ifndef NORMLAB_STUDY_DIFFERENCES_H
#define NORMLAB_STUDY_DIFFERENCES_H
#include "pool.h"
#include "study/study.h"

/* Warns of each key that is neither the norm nor an axis and differs between variants. */
Status differences_warn(const Study *study, Pool *pool) MUST_CHECK;

/* Warns if the texts [n_variants] are not all the same: "WHAT: 7,652 (batch; layer), 7,594
 * (layer:w)". NULL: does not have it. */
Status differences_warn_of(const Study *study, const char *what,
                           const char *const *texts) MUST_CHECK;

#endif
