#ifndef NORMLAB_STUDY_SUBMIT_CHECK_H
#define NORMLAB_STUDY_SUBMIT_CHECK_H
/* Checks of a submission's folder before its jobs are queued. Not collective. */
#include "reconcile.h"

/* Starts the runs [n_runs] that are to be queued, one of each variant, as the jobs would, by their
 * copy of the program, and lets it check them. The failures are those of the checks, in the words
 * of the user's files where these tell them. */
Status check_runs(Pool *pool, const Submission *submission, const RunPlan *runs,
                  int n_runs) MUST_CHECK;

/* Reads the study of a chain from the folder. STATUS_USAGE if it is not this one: somebody has
 * written its file in between. */
Status check_study(const Submission *submission, const Study *study) MUST_CHECK;

#endif
