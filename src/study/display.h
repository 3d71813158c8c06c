#ifndef NORMLAB_STUDY_DISPLAY_H
#define NORMLAB_STUDY_DISPLAY_H
#include "child.h"
#include "study/state.h"

typedef struct Display {
  const Study *study;
  const StateReport *reports;
  const Child *children; /* [n_children] */
  int n_children;
  double start;         /* child_clock() */
  int64_t epochs_ended; /* by runs that have been started and have ended */
  int is_watched;       /* a terminal */
} Display;

/* "[13/35] layer-s2: finished in 84 s, test accuracy 98.91 %; about 21 min left". outcome: of the
 * process. */
void display_end(const Display *display, const Child *child, const Status *outcome);
/* A line of a terminal that is written again and again. */
void display_progress(const Display *display);
void display_clear(const Display *display);

#endif
