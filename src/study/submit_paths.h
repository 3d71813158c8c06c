#ifndef NORMLAB_STUDY_SUBMIT_PATHS_H
#define NORMLAB_STUDY_SUBMIT_PATHS_H
/* Absolute paths, what stands at them, and locks on folders. Not collective. */
#include "study/pool.h"
#include "submission.h"

/* Makes a path absolute, links resolved as far as it is there. STATUS_USAGE if it has a character
 * that does not print; STATUS_FILE. */
Status path_absolute(char **out, Pool *pool, const char *path) MUST_CHECK;

/* Fills in what a submission needs to know of a run: paths and hashes. `before` [n] are the runs
 * that have been filled in already, whose hashes of the same folder are taken. */
Status wanted_make(WantedRun *wanted, Pool *pool, const SubmitRun *run, const WantedRun *before,
                   int n) MUST_CHECK;

/* Locks RESULTS/submissions, which is made, until *lock is closed. Waits for another submission up
 * to two minutes, and says so. STATUS_FILE if that is not over by then. */
Status submissions_lock(int *lock, const char *results) MUST_CHECK;

#endif
