#ifndef NORMLAB_STUDY_HAND_OVER_H
#define NORMLAB_STUDY_HAND_OVER_H
/* The calls of Slurm that carry a submission out. Not collective. */
#include "reconcile.h"

typedef struct HandOver {
  Pool *pool;
  const SubmitRequest *request;
  const Submission *submission; /* with the runs that are queued, which may be none */
  const char *name;             /* what the jobs are called */
  const JobPlan *jobs;          /* [n_jobs], what is queued */
  int n_jobs;
  char *const *folders; /* [n_folders], of the results, for queue_read() */
  int n_folders;
} HandOver;

/* Cancels, if request->cancels, what is queued with another configuration or is no longer of the
 * study; submits the runs, and behind all that is queued the jobs of the chain and the comparison;
 * cancels earlier ones of these that wait. Prints the numbers of the new jobs. STATUS_FAILED: Slurm
 * has refused or has not answered; what had been queued before stays queued, and the next
 * submission finds it. */
Status hand_over(const HandOver *what) MUST_CHECK;

#endif
