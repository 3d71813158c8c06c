#ifndef NORMLAB_REPORT_SWEEP_FIGURE_H
#define NORMLAB_REPORT_SWEEP_FIGURE_H
/* A metric of variants along an axis, before it is drawn: which lines there are, how they look, and
 * how far the axes go. Not collective. */
#include "plots.h"
#include "report/metric.h"
#include "report/sweep.h"
#include "series.h"

/* So many lines share one panel; more have a panel each. */
enum { FIGURE_MOST_LINES = 8 };

/* A line of the figure. */
typedef struct FigureLine {
  const Sweep *sweep;
  const SweepLine *line;
  char *name;                  /* for the legend; owned */
  Series look;                 /* colour, marker, dashes */
  double place;                /* of a level line: where the marks of its runs are */
  int fails;                   /* 1: some run of it has failed */
  size_t number, family, rank; /* the number in the order of the ranking; how many lines differ from
                                  it in the number in their name alone, itself among them, and
                                  how many of these have a smaller one */
} FigureLine;

typedef struct Figure {
  const Comparison *comparison;
  const Metric *metric;
  Sweep sweep[N_STATISTICS]; /* [n_sweeps]: one for each way of evaluation */
  size_t n_sweeps;
  FigureLine *line; /* [n] */
  size_t n;
  int fails;          /* 1: some run of some line has failed */
  int marks_best;     /* 1: the best value of each line is marked */
  int is_logarithmic; /* the axis of the metric */
  int draws_missing;  /* 1: drawn is what is missing to the largest value, with the metric's own
                          numbers beside the axis */
  double x[2], y[2];  /* ends of the axes, in what is drawn */
  size_t n_seeds[2];  /* finished runs of a point, fewest and most */
} Figure;

/* Finds out what there is to draw. Evaluations are those of plots; the lines of norms that cross
 * samples are there once for each. Returns STATUS_USAGE if there is no such metric, key, or value,
 * with what there is; or STATUS_MEMORY. The caller frees the figure by figure_free(); after a
 * failure there is nothing to free. */
Status figure_make(Figure *figure, const Plots *plots, const Comparison *comparison,
                   const char *metric, const char *key) MUST_CHECK;
void figure_free(Figure *figure);

/* Returns STATUS_USAGE for a name that no metric has, with those that there are. */
Status figure_refuse_metric(const char *name) MUST_CHECK;

/* Returns what is drawn for a value of the metric: no less than what a logarithmic axis has. */
double figure_drawn(const Figure *figure, double value);

/* Returns the place on the axis that is a share of the way from its least to its largest value. */
double figure_place(const Figure *figure, double share);

/* Returns the number of the point of a line that would be chosen (sweep_is_better()); line->n if
 * none has finished runs. */
size_t figure_best(const SweepLine *line);

/* Returns whether samples share statistics in the norm of a line. */
int figure_crosses_samples(const SweepLine *line);

/* Writes a value of the axis in short. */
void figure_value_text(char text[SWEEP_TEXT], const Figure *figure, const SweepPoint *point);

/* Write what stands at the axes, above the figure, and below it. */
void figure_print_axis(FILE *out, const Figure *figure);
void figure_print_title(FILE *out, const Figure *figure);
void figure_print_caption(FILE *out, const Figure *figure);
/* For figures of any kind: a metric in words ("test error"); a title, with `by` between the metric
 * and what was trained on what; over how many seeds means are, fewest and most; what has failed. */
void figure_metric_text(char text[SWEEP_TEXT], const Metric *metric, const Comparison *comparison);
void figure_print_subject(FILE *out, const Metric *metric, const Comparison *comparison,
                          const char *by);
void figure_print_seeds(FILE *out, const size_t n_seeds[2]);
void figure_print_failures(FILE *out, const Comparison *comparison);
/* Writes the numbers of all points as a sentence. */
void figure_describe(FILE *out, const Figure *figure);

#endif
