#ifndef NORMLAB_STUDY_RECONCILE_H
#define NORMLAB_STUDY_RECONCILE_H
/* Compares the runs that are wanted with what is there and what is queued. Not collective. */
#include "queue.h"
#include "study/state.h"
#include "submission.h"

/* What becomes of a run. */
typedef enum Decision {
  RUN_QUEUES,    /* it is submitted */
  RUN_DONE,      /* it has finished or diverged */
  RUN_QUEUED,    /* a job of the same configuration is queued or running */
  RUN_ELSEWHERE, /* a process that is no job of ours writes its file */
  RUN_CONFLICTS, /* a job of another configuration is queued */
  RUN_LATER,     /* it is open, but looks may show that it is not needed */
  RUN_BLOCKED,   /* its file is of another configuration or of other images, or unreadable */
  N_DECISIONS
} Decision;

typedef struct RunPlan {
  const WantedRun *wanted;
  int is_later;       /* 1: it is not to be queued yet */
  StateReport report; /* of its file */
  Decision decision;
  const QueueJob *job;   /* does it; NULL: none does */
  const QueueJob *other; /* would do it with another configuration; NULL: none would */
  StatusCode code;       /* RUN_BLOCKED, RUN_CONFLICTS: the failure */
  char text[500];        /* the reason; "" otherwise */
} RunPlan;

/* What a job of ours is to the request. */
typedef enum Relation {
  JOB_FOREIGN, /* of other results */
  JOB_SAME,    /* does a run that is wanted */
  JOB_OTHER,   /* would do it with another configuration */
  JOB_DROPPED, /* does a run that the study had when it was submitted, and has no longer */
  JOB_FOLLOWS  /* comes behind runs of the same study, and is made anew: a comparison, a step of a
                  chain, or a task whose run the step before it has not named yet */
} Relation;

typedef struct JobPlan {
  const QueueJob *job;
  const Submission *submission; /* NULL: its folder is gone */
  Relation relation;
  const char *out; /* the result file of a run; NULL otherwise */
} JobPlan;

/* Decides. jobs [n_jobs] have their job and submission, runs [n_runs] what they want and a report
 * of their files. `title` and `results` are those of the request. With `cancels`, runs that
 * conflict are queued. STATUS_MEMORY. */
Status reconcile(RunPlan *runs, int n_runs, JobPlan *jobs, int n_jobs, const char *title,
                 const char *results, int cancels) MUST_CHECK;

#endif
