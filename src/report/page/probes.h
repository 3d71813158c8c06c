#ifndef NORMLAB_REPORT_PROBES_H
#define NORMLAB_REPORT_PROBES_H
/* The plots of what probes saw, a row each: what is plotted, and what it says. Not collective. */
#include "plots.h"

typedef struct ProbePlot {
  Lines lines;
  const char *text; /* what is shown, and whose figure it is like, in a sentence each */
} ProbePlot;

enum { N_PROBE_PLOTS = 8 };
extern const ProbePlot PROBE_PLOTS[N_PROBE_PLOTS];

#endif
