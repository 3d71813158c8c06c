#ifndef NORMLAB_STUDY_CHILD_H
#define NORMLAB_STUDY_CHILD_H
/* One run as a process. */
#include "base/status.h"
#include <sched.h>
#include <sys/types.h>

typedef struct Child {
  pid_t pid; /* 0: none */
  int by_mpirun;
  char *log;             /* file of what it prints */
  off_t log_start;       /* where this start's part of it begins */
  double start;          /* child_clock() */
  int64_t epochs_before; /* that the run had when it was started */
  int run;
} Child;

typedef struct Launch {
  char *const *words;    /* to be executed; [0] by PATH */
  const cpu_set_t *cpus; /* NULL: all */
  const char *temporary; /* folder of Open MPI's own files */
} Launch;

/* Starts it in a process group of its own, so that a terminal's signals do not reach it, with
 * signals unblocked. It is asked to stop when this process dies. child->log and by_mpirun are set
 * before. */
Status child_start(Child *child, const Launch *launch) MUST_CHECK;

/* Asks it to save and end; mpirun hands USR1 on to its ranks, and would kill them on others. */
void child_stop(const Child *child);
void child_kill(const Child *child);

/* What its exit means: STATUS_OK, or one of the program's statuses with the message that it left in
 * its log. wait_status: of waitpid. */
Status child_outcome(const Child *child, int wait_status) MUST_CHECK;

/* Epochs done by the log; epochs_before if none has been since. */
int64_t child_epochs(const Child *child);

double child_clock(void); /* seconds, monotonic */

#endif
