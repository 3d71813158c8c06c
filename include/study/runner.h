#ifndef NORMLAB_STUDY_RUNNER_H
#define NORMLAB_STUDY_RUNNER_H
/* Runs of a study on this machine, each a process of this program (`normlab train ... --resume`),
 * so that one that fails takes no other with it. What it prints goes to a file .log beside its
 * result. */
#include "study/state.h"

typedef struct RunnerOptions {
  const char *data; /* folder, or NULL: as train without --data */
  int n_jobs;       /* runs at once, each on cores of its own if more than 1 */
  int n_threads;    /* of all together; 0: the allowed cores */
  int n_ranks;      /* processes of a run, by mpirun if more than 1 */
} RunnerOptions;

/* Starts what is open (state_is_open), in order, and reports on standard output as runs end.
 * Signals to stop (INT, TERM, USR1) are handed on; runs save and end, and no more are started. A
 * second INT kills them. When it returns, no process is left and the signals are as before.
 *
 * reports [n_runs]: as they are before; those of runs that were started are brought up to date.
 *
 *   STATUS_OK       all runs are finished, or at work elsewhere
 *   STATUS_STOPPED  on request, or because a run was
 *   STATUS_NUMBERS  runs have diverged, now or before
 *   others          of the first run that failed; the others have been run all the same. Runs of
 *                   another configuration are STATUS_USAGE; of unreadable ones it is that of
 *                   reading. Or the options do not fit each other (STATUS_USAGE). */
Status runner_run(const Study *study, StateReport *reports,
                  const RunnerOptions *options) MUST_CHECK;

#endif
