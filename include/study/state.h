#ifndef NORMLAB_STUDY_STATE_H
#define NORMLAB_STUDY_STATE_H
#include "study/study.h"
#include <stdint.h>

/* What there is of a run. */
typedef enum StudyState {
  STATE_MISSING,
  STATE_RUNNING,     /* a process has its file open for writing */
  STATE_INTERRUPTED, /* killed; goes on from its last checkpoint */
  STATE_STOPPED,     /* on request; the same */
  STATE_FINISHED,
  STATE_DIVERGED,  /* a result too: it would diverge again */
  STATE_DIFFERENT, /* the file is of another configuration */
  STATE_UNREADABLE,
  N_STATES
} StudyState;

typedef struct StateReport {
  StudyState state;
  int64_t epochs;       /* done; 0 if not known */
  double test_accuracy; /* of the last epoch, 0 .. 1; NaN without one */
  char data[32];        /* hash of the data it was trained on, "" if not known */
  StatusCode code;      /* STATE_UNREADABLE: of the failure */
  char text[400];       /* STATE_RUNNING: by whom; STATE_DIFFERENT: the first difference;
                           STATE_UNREADABLE: why; "" otherwise */
} StateReport;

/* Reads the result file of a run. */
void state_look(StateReport *report, const StudyRun *run);

const char *
state_word(StudyState state); /* "missing", "finished", "of another configuration", ... */
/* Whether it is to be started or to be gone on with. */
int state_is_open(StudyState state);

#endif
