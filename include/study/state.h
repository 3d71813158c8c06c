#ifndef NORMLAB_STUDY_STATE_H
#define NORMLAB_STUDY_STATE_H
#include "study/study.h"
#include <stdint.h>

/* What there is of a run. */
typedef enum RunState {
  RUN_MISSING,
  RUN_RUNNING,     /* a process has its file open for writing */
  RUN_INTERRUPTED, /* killed; goes on from its last checkpoint */
  RUN_STOPPED,     /* on request; the same */
  RUN_FINISHED,
  RUN_DIVERGED,  /* a result too: it would diverge again */
  RUN_DIFFERENT, /* the file is of another configuration */
  RUN_UNREADABLE,
  N_RUN_STATES
} RunState;

typedef struct StateReport {
  RunState state;
  int64_t epochs;       /* done; 0 if not known */
  double test_accuracy; /* of the last epoch, 0 .. 1; NaN without one */
  char data[32];        /* hash of the data it was trained on, "" if not known */
  StatusCode code;      /* RUN_UNREADABLE: of the failure */
  char text[400];       /* RUN_RUNNING: by whom; RUN_DIFFERENT: the first difference;
                           RUN_UNREADABLE: why; "" otherwise */
} StateReport;

/* Reads the result file of a run. */
void state_look(StateReport *report, const StudyRun *run);

const char *state_word(RunState state); /* "missing", "finished", "of another configuration", ... */
/* Whether it is to be started or to be gone on with. */
int state_is_open(RunState state);

#endif
