#ifndef NORMLAB_STUDY_STATE_H
#define NORMLAB_STUDY_STATE_H
/* What there is of the runs of a study, by their result files. Not collective. */
#include "study/study.h"
#include <stdint.h>

/* The states that a run can be in. */
typedef enum StudyState {
  STATE_MISSING,
  STATE_RUNNING,     /* a process has its file open for writing */
  STATE_INTERRUPTED, /* it was killed; it goes on from its last checkpoint when it is started
                        again */
  STATE_STOPPED,     /* it stopped on request; it goes on in the same way */
  STATE_FINISHED,
  STATE_DIVERGED,  /* this is a result, too: the run would diverge again */
  STATE_DIFFERENT, /* the file is of another configuration */
  STATE_UNREADABLE,
  N_STATES
} StudyState;

typedef struct StateReport {
  StudyState state;
  int64_t epochs;       /* the number of epochs done; 0 if not known */
  int64_t n_planned;    /* the number of epochs of the run; training.epochs as long as there is no
                           file that tells on how many images it trains */
  double test_accuracy; /* of the last epoch, 0 to 1; NaN if there is none */
  char data[32];        /* a hash of the data it was trained on; "" if not known */
  char title[64];       /* what this data set is called: "MNIST"; "" if not known */
  StatusCode code;      /* STATE_UNREADABLE: the code of the failure */
  char text[400];       /* STATE_RUNNING: who runs it; STATE_DIFFERENT: the first difference;
                           STATE_UNREADABLE: the reason; "" otherwise */
} StateReport;

/* Reads the result file of a run and fills in the report. */
void state_look(StateReport *report, const StudyRun *run);

/* Returns a word for a state: "missing", "finished", "of another configuration", ... */
const char *state_word(StudyState state);

/* Returns whether a run in this state can be started or resumed. */
int state_is_open(StudyState state);

#endif
