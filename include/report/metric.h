#ifndef NORMLAB_REPORT_METRIC_H
#define NORMLAB_REPORT_METRIC_H
/* What can be drawn of variants and runs: each column of a comparison that has a mean over seeds,
 * under the name that users give it. Not collective. */
#include "report/variant.h"

typedef struct Metric {
  const char *name;   /* "error"; it may also be given by its column, if it is no complement */
  const char *column; /* of a variant and of a run (src/report/columns.c), whose numbers it has */
  const char *title;  /* "error"; with "test " or "validation " before it if is_evaluated */
  const char *unit;   /* "%" */
  int is_evaluated;   /* 1: it is of the test set, or of the validation split in its place */
  int is_complement;  /* 1: it is what the column lacks to its largest value */
  int has_best;       /* 1: it has a largest value, and how much is missing to it is of interest */
  const char *format; /* the printf format of a number */
} Metric;

/* The rows; the last one has no name. */
extern const Metric METRICS[];

/* Returns the row of a name; NULL if there is none. */
const Metric *metric_find(const char *name);

/* Writes all names, "error, accuracy, ...", cut off to bytes. */
void metric_names(char *text, size_t bytes);

/* A metric of a variant in its unit, with the interval of the mean that tables have; NaN where it
 * is not known. */
typedef struct MetricValue {
  size_t n; /* the number of runs */
  double mean, low, high;
} MetricValue;
MetricValue metric_of_variant(const Metric *metric, const Variant *variant);

/* Returns a metric of a run in its unit; NaN where it is not known. */
double metric_of_run(const Metric *metric, const Run *run);

#endif
