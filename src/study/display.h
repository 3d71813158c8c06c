#ifndef NORMLAB_STUDY_DISPLAY_H
#define NORMLAB_STUDY_DISPLAY_H
/* What a study shows of its progress. Not collective. */
#include "child.h"
#include "study/state.h"

typedef struct Display {
  const Study *study;
  const StateReport *reports;
  const Child *children; /* [n_children] */
  int n_children;
  double start;         /* in the seconds of child_clock() */
  int64_t epochs_ended; /* the epochs of runs that have been started and have ended */
  int is_watched;       /* 1: the output is a terminal */
} Display;

/* Prints a line about a run that has ended: "[13/35] layer-s2: finished in 84 s, test accuracy
 * 98.91 %; about 21 min left". `outcome` is that of its process. */
void display_end(const Display *display, const Child *child, const Status *outcome);
/* Writes the line of a terminal that is written again and again, and removes it. */
void display_progress(const Display *display);
void display_clear(const Display *display);

#endif
