#ifndef NORMLAB_STUDY_CALL_H
#define NORMLAB_STUDY_CALL_H
/* Calls of other programs, such as those of Slurm. Not collective. */
#include "study/pool.h"

typedef struct Call {
  char *const *words;      /* the command, ended by NULL; [0] is looked for in PATH */
  const char *const *hide; /* beginnings of variables that it does not get, ended by NULL; or NULL
                            */
  double seconds;          /* after which it is killed */
  int with_errors;         /* 1: its standard error is part of the output, in place of this
                              process's */
} Call;

/* Runs the program and waits for it. *output, in the pool, is what it has printed, of at most 64
 * MiB. *exit_status is that of the program, 128 + the signal that ended it. Returns STATUS_FAILED
 * if it cannot be started, if it has not ended in time, or if it prints more. */
Status call_run(char **output, int *exit_status, Pool *pool, const Call *call) MUST_CHECK;

#endif
