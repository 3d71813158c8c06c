#ifndef NORMLAB_STUDY_RUNNER_H
#define NORMLAB_STUDY_RUNNER_H
/* Does the runs of a study on this machine. Each run is a process of this program (`normlab train
 * ... --resume`), so one that fails takes no other with it. What it prints goes to a file whose
 * name ends in .log beside its result. Not collective. */
#include "study/state.h"

typedef struct RunnerOptions {
  const char *data; /* the data folder, or NULL: train is then called without --data */
  int n_jobs;       /* the number of runs at once; if above 1, each is bound to cores of its own */
  int n_threads;    /* the number of threads of all runs together; 0: one for each allowed core */
  int n_ranks;      /* the number of processes of a run; if above 1, mpirun starts them */
  const char *wanted; /* [n_runs]: 1 for each run that may be started; NULL: all may */
} RunnerOptions;

/* Starts all open runs (state_is_open()) in order, and reports on standard output as they end. The
 * signals INT, TERM and USR1, which ask it to stop, are handed on: the runs save and end, and no
 * more are started. A second INT kills them. When the function returns, no process is left and the
 * handling of signals is as before.
 *
 * reports [n_runs] say what there is of each run; those of runs that were started are brought up
 * to date. It returns:
 *
 *   STATUS_OK       all runs are finished, or another process works on them
 *   STATUS_STOPPED  a stop was requested, or a run has stopped
 *   STATUS_NUMBERS  some runs have diverged, now or before
 *   STATUS_USAGE    the options do not fit each other, or a file is of another configuration
 *   others          the status of the first run that failed, or that of reading an unreadable file;
 *                   the other runs have been done all the same */
Status runner_run(const Study *study, StateReport *reports,
                  const RunnerOptions *options) MUST_CHECK;

#endif
