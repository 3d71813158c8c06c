#ifndef NORMLAB_STUDY_CHILD_H
#define NORMLAB_STUDY_CHILD_H
/* A run as a process of its own. Not collective. */
#include "base/status.h"
#include <sched.h>
#include <sys/types.h>

typedef struct Child {
  pid_t pid; /* 0: there is no process */
  int by_mpirun;
  char *log;             /* the file that its output goes to */
  off_t log_start;       /* where the output of this start begins in the file */
  double start;          /* in the seconds of child_clock() */
  int64_t epochs_before; /* the epochs that the run had done when it was started */
  int run;
} Child;

/* How a process is started. */
typedef struct Launch {
  char *const *words;    /* the command and its arguments, ended by NULL; [0] is looked for in
                            PATH */
  const cpu_set_t *cpus; /* the processors it may use; NULL: all */
  const char *temporary; /* the folder for Open MPI's own files */
} Launch;

/* Starts the process, in a process group of its own so that a terminal's signals do not reach it,
 * and with signals unblocked. The process is asked to stop when this process dies. child->log and
 * child->by_mpirun must be set before. */
Status child_start(Child *child, const Launch *launch) MUST_CHECK;

/* Asks the process to save and end. mpirun hands USR1 on to its ranks; on other signals it would
 * kill them. */
void child_stop(const Child *child);
/* Ends the process without asking. */
void child_kill(const Child *child);

/* Returns what the exit of the process means: STATUS_OK, or one of the program's statuses with the
 * message that the process left in its log. wait_status is that of waitpid(). */
Status child_outcome(const Child *child, int wait_status) MUST_CHECK;

/* Returns how many epochs are done according to the log, or epochs_before if none has been done
 * since the start. */
int64_t child_epochs(const Child *child);

double child_clock(void); /* Returns the seconds of a monotonic clock. */

#endif
