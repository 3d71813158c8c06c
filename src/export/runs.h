#ifndef NORMLAB_EXPORT_RUNS_H
#define NORMLAB_EXPORT_RUNS_H
#include "export/export.h"
#include "report/run.h"
#include "store/record.h"

/* A quantity of a run that has a value at each epoch or each step. */
typedef struct Series {
  const char *unit;     /* "epoch" or "step" */
  const char *quantity; /* its name in the file */
  const double *values; /* [n] */
  const int64_t *at;    /* [n]: the number of each epoch or step, from 1; NULL: 1 to n */
  size_t n;
} Series;

/* What is called with what the runs of a job have: begin() with each run, which lasts until the
 * next, then take() with each of its series, those of /metrics and those of /timing, and at last
 * end(), which may be NULL. */
typedef struct RunVisitor {
  void *context;
  Status (*begin)(void *context, size_t number, const Run *run, const Record *record);
  Status (*take)(void *context, const Series *series);
  Status (*end)(void *context);
} RunVisitor;

/* Reads a file after the other. Ends at the first failure, of reading or of a call. */
Status export_visit_runs(const ExportJob *job, const RunVisitor *visitor) MUST_CHECK;

#endif
