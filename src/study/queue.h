#ifndef NORMLAB_STUDY_QUEUE_H
#define NORMLAB_STUDY_QUEUE_H
/* What Slurm says is queued, and calls of its commands. Not collective. */
#include "study/pool.h"
#include "submission.h"

/* A job or a task of an array that has not ended. */
typedef struct QueueJob {
  char *id;                /* as Slurm's commands take it: "17", "17_3" */
  char *array;             /* the number without the task: "17" */
  int task;                /* from 1; 0: this is no array */
  int is_waiting;          /* 1: pending, held or requeued */
  int is_held;             /* 1: it waits until it is released */
  int is_ending;           /* 1: it has ended or been requeued, and its processes may live on */
  char *folder;            /* of the submission that it is of; NULL: of none */
  SubmissionScript script; /* of a job with a folder */
  int stage;               /* the number of the array or the step in its chain */
} QueueJob;

/* Returns the runs that the job's array does; NULL if it does none or they are not known yet. */
const FrozenList *queue_list(const QueueJob *job, const Submission *submission);
/* Returns the run that the job does; NULL if it does none or that is not known yet. */
const FrozenRun *queue_run(const QueueJob *job, const Submission *submission);

/* Asks squeue for all jobs. results [n_results] are folders whose submissions tell of jobs that
 * squeue does not give the command of. STATUS_FAILED if squeue does not answer, or says what is not
 * understood: it is then not known what is queued. */
Status queue_read(QueueJob **jobs, int *n, Pool *pool, char *const *results,
                  int n_results) MUST_CHECK;
/* Does the same with what squeue has printed, a line "ID|ARRAY|TASKS|STATE|REASON|COMMAND" for
 * each. TASKS is a number, N/A, or several as in "1,3-7:2%4", which are taken one by one. The text
 * is changed. */
Status queue_parse(QueueJob **jobs, int *n, Pool *pool, char *text, char *const *results,
                   int n_results) MUST_CHECK;

/* Calls sbatch with these words, ended by NULL, and sets *job to the number that it prints.
 * STATUS_FAILED. */
Status queue_submit(char **job, Pool *pool, char *const *words) MUST_CHECK;
/* Calls a command, with a verb in front if that is not NULL, on jobs [n]. STATUS_FAILED. */
Status queue_call(Pool *pool, const char *command, const char *verb, const char *const *ids,
                  int n) MUST_CHECK;
/* Cancels jobs [n]. STATUS_FAILED. */
Status queue_cancel(Pool *pool, const QueueJob *const *jobs, int n) MUST_CHECK;

#endif
