#ifndef NORMLAB_STUDY_CONTROL_H
#define NORMLAB_STUDY_CONTROL_H
/* What becomes of the jobs of a study that are queued or running under Slurm. Not collective. */
#include "study/study.h"

typedef enum ControlAction {
  CONTROL_CANCEL, /* what waits is gone; runs save, end and stay ended */
  CONTROL_PAUSE,  /* what waits is held; runs save, end, and are held in the queue */
  CONTROL_RESUME, /* what is held may start again */
  N_CONTROLS
} ControlAction;

typedef struct ControlRequest {
  ControlAction action;
  const char *title;           /* the path of the study or the list, as it was submitted */
  const Study *study;          /* NULL: it is a list */
  const char *const *variants; /* [n_variants] norms or names, of which runs are meant; none: all
                                  jobs, also those that decide and compare */
  int n_variants;
  int is_dry; /* 1: says what would be done, and does nothing */
} ControlRequest;

/* Finds the jobs by their submissions, does it, and looks whether it has come so. Prints their
 * numbers, a line each, and says by log_note() what becomes of each. That there are none is no
 * failure.
 *
 *   STATUS_USAGE   no variant has a name, or a list is asked for variants
 *   STATUS_FAILED  Slurm does not answer, or has not done it */
Status control_jobs(const ControlRequest *request) MUST_CHECK;

#endif
