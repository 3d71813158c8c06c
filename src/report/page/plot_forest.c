#include "comparison_tables.h"
#include "gnuplot.h"
#include "plots.h"
#include "row_cut.h"
#include "series.h"
#include "sweep_figure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* In pixels; rows are lower where there are many. */
enum {
  WIDTH = 800,
  LEFT = 190,
  RIGHT = 80,
  RIGHT_FAILED = 170,
  TOP = 26,
  BELOW = 56,
  ROW = 34,
  LOW_ROW = 24,
  MOST_HIGH = 12,
  NAME = 24
};

/* What is drawn: variants that have finished or failed runs, which come first in the ranking. */
typedef struct Forest {
  const Plots *plots;
  const Metric *metric;
  const Variants *variants;
  size_t n;
  int fails, is_logarithmic, height;
  double cut;     /* where the axis begins, if it leaves something out; -infinity otherwise */
  double ends[2]; /* least and largest run or mean */
} Forest;

static const Variant *row_of(const Forest *forest, size_t i) {
  return &forest->variants->variant[i];
}

static void measure(Forest *forest) {
  const double factor = 8;
  double least = (double)INFINITY, most = -(double)INFINITY;
  for (size_t i = 0; i < forest->n; i++)
    for (size_t r = 0; r < row_of(forest, i)->n_runs; r++) {
      double x = metric_of_run(forest->metric, row_of(forest, i)->runs[r]);
      if (!isfinite(x)) continue;
      least = fmin(least, x);
      most = fmax(most, x);
    }
  forest->cut = forest->metric->has_best ? rows_cut(forest->metric, forest->variants, forest->n)
                                         : -(double)INFINITY;
  if (least <= most) forest->ends[0] = least, forest->ends[1] = most;
  forest->is_logarithmic =
      !forest->metric->has_best && least <= most && least > 0 && most > factor * least;
}

static double drawn(const Forest *forest, double x) {
  return forest->is_logarithmic ? fmax(x, forest->ends[0] / 2) : x;
}

/* $s: runs; $m: the mean with its interval. */
static void print_row(FILE *out, const Forest *forest, size_t number) {
  const Variant *variant = row_of(forest, number);
  const MetricValue value = metric_of_variant(forest->metric, variant);
  fprintf(out, "$s%zu << END\n", number);
  for (size_t i = 0; i < variant->n_runs; i++)
    fprintf(out, "%.9g %g\n", drawn(forest, metric_of_run(forest->metric, variant->runs[i])),
            (double)number + 0.28);
  fprintf(out, "END\n$m%zu << END\n", number);
  if (value.n > 0)
    fprintf(out, "%.9g %zu %.9g %.9g\n", value.mean, number, drawn(forest, value.low),
            drawn(forest, value.high));
  fputs("END\n", out);
}

static void print_number(FILE *out, const Metric *metric, double number) {
  fprintf(out, metric->format, number);
}

static void print_range(Draft *draft, const Forest *forest) {
  int is_cut = 0;
  for (size_t i = 0; i < forest->n && isfinite(forest->cut); i++)
    is_cut |=
        rows_print_outside(draft->commands, forest->metric, row_of(forest, i), i, forest->cut);
  if (is_cut) fprintf(draft->commands, "set xrange [%.9g:*]\n", forest->cut);
  if (is_cut) fprintf(draft->words, "The axis begins at %.2f %%. ", forest->cut);
  if (forest->is_logarithmic) plot_log_axis(draft, "x", forest->ends[0] / 2, forest->ends[1]);
  draft->plot.is_cut = is_cut;
}

/* Means and failures as numbers, to the right of the rows. */
static void print_columns(FILE *out, const Forest *forest) {
  fputs("set label 'mean' at graph 1, graph 1 right offset character 7,0.7\n", out);
  for (size_t i = 0; i < forest->n; i++) {
    const Variant *variant = row_of(forest, i);
    const MetricValue value = metric_of_variant(forest->metric, variant);
    fputs("set label '", out);
    if (value.n > 0) print_number(out, forest->metric, value.mean);
    fprintf(out, "' at graph 1, first %zu right offset character 7,0\n", i);
    if (variant->n_failed > 0)
      fprintf(out,
              "set label '%zu of %zu failed' at graph 1, first %zu left offset character 9,0\n",
              variant->n_failed, variant->n_tried, i);
  }
}

static void describe(FILE *words, const Forest *forest) {
  fputs("Marks with intervals, one a variant, best on top: ", words);
  for (size_t i = 0; i < forest->n; i++) {
    const Variant *v = row_of(forest, i);
    const MetricValue value = metric_of_variant(forest->metric, v);
    fprintf(words, "%s%s", i ? "; " : "", v->name);
    if (value.n > 0) {
      fputc(' ', words);
      print_number(words, forest->metric, value.mean);
      fprintf(words, " %s", forest->metric->unit);
    }
    if (value.n > 1) {
      fputs(" (", words);
      print_number(words, forest->metric, value.low);
      fputs(" to ", words);
      print_number(words, forest->metric, value.high);
      fputc(')', words);
    }
    if (v->n_failed > 0) fprintf(words, ", %zu of %zu failed", v->n_failed, v->n_tried);
  }
  fputc('.', words);
}

/* The first on top. */
static void name_rows(FILE *out, const Forest *forest) {
  fputs("set ytics (", out);
  for (size_t i = 0; i < forest->n; i++) {
    fputs(i ? ", " : "", out);
    gnuplot_text(out, row_of(forest, i)->name, NAME);
    fprintf(out, " %zu", i);
  }
  fprintf(out, ")\nset yrange [%g:-0.6]\nunset grid\nset grid x lw 0.6 lc rgb '#cccccc' dt solid\n",
          (double)forest->n - 0.4);
}

static void print_commands(Draft *draft, const Forest *forest) {
  FILE *out = draft->commands;
  const int right = forest->fails ? RIGHT_FAILED : RIGHT;
  char text[SWEEP_TEXT];
  for (size_t i = 0; i < forest->n; i++) print_row(out, forest, i);
  name_rows(out, forest);
  fprintf(out,
          "set lmargin at screen %.6g\nset rmargin at screen %.6g\n"
          "set tmargin at screen low + (high - low) * %.6g\n"
          "set bmargin at screen low + (high - low) * %.6g\n",
          (double)LEFT / WIDTH, 1 - (double)right / WIDTH, 1 - (double)TOP / forest->height,
          (double)BELOW / forest->height);
  figure_metric_text(text, forest->metric, forest->plots->comparison);
  fprintf(out, "set xlabel '%s, %s'\nset offsets graph 0.03, graph 0.03, 0, 0\n", text,
          forest->metric->unit);
  if (!forest->is_logarithmic) fputs("set xtics autofreq rangelimited\n", out);
  print_range(draft, forest);
  print_columns(out, forest);
  fputs("set bars 0.6\nplot NaN notitle", out);
  for (size_t i = 0; i < forest->n; i++) {
    Series series = series_of(i);
    if (metric_of_variant(forest->metric, row_of(forest, i)).n == 0) continue;
    fprintf(out, ", $s%zu using 1:2 with points pt 6 ps 0.5 lw 1.6 lc ", i);
    series_print_colour(out, series.colour);
    fprintf(out, " notitle, $m%zu using 1:2:3:4 with xerrorbars ps 0.9 lw 1.6", i);
    series.dashes = "";
    series_print_style(out, series);
    fputs(" notitle", out);
  }
  fputc('\n', out);
}

static Status write_caption(char **caption, const Forest *forest) {
  size_t bytes, n_seeds[2] = {0, 0};
  char *data = NULL;
  FILE *out = open_memstream(caption, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "no memory for a figure");
  for (size_t i = 0; i < forest->n; i++) {
    const size_t n = row_of(forest, i)->n_runs;
    if (n > 0 && (n_seeds[0] == 0 || n < n_seeds[0])) n_seeds[0] = n;
    if (n > n_seeds[1]) n_seeds[1] = n;
  }
  figure_print_seeds(out, n_seeds);
  fputs(" In the order of the ranking. Intervals that overlap are no test; the verdicts are.", out);
  if (forest->fails) figure_print_failures(out, forest->plots->comparison);
  Status status = sentence_text(&data, data_sentence, forest->plots->comparison);
  if (status.code == STATUS_OK && data[0]) fprintf(out, " %s", data);
  free(data);
  if (fclose(out) != 0 && status.code == STATUS_OK)
    status = status_error(STATUS_MEMORY, "no memory for a figure");
  return status;
}

static Status add(Plots *plots, const Forest *forest, const char *name) {
  size_t bytes;
  char *title = NULL, *caption = NULL;
  Draft draft;
  FILE *out = open_memstream(&title, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "no memory for a figure");
  figure_print_subject(out, forest->metric, plots->comparison, " after the last epoch");
  int failed = fclose(out) != 0;
  Status status = failed ? status_error(STATUS_MEMORY, "no memory for a figure")
                         : write_caption(&caption, forest);
  if (status.code == STATUS_OK && plot_begin(&draft, plots, WIDTH, forest->height, name, title)) {
    draft.plot.caption = caption;
    caption = NULL;
    print_commands(&draft, forest);
    describe(draft.words, forest);
    plot_end(&draft);
  }
  free(title);
  free(caption);
  return status;
}

Status plots_add_forest(Plots *plots, const char *name, const char *metric) {
  Forest forest = {
      .plots = plots, .metric = metric_find(metric), .variants = &plots->comparison->variants};
  if (!forest.metric) return figure_refuse_metric(metric);
  for (; forest.n < forest.variants->n; forest.n++) {
    if (row_of(&forest, forest.n)->n_tried == 0) break;
    forest.fails |= row_of(&forest, forest.n)->n_failed > 0;
  }
  if (forest.n == 0) return status_error(STATUS_USAGE, "no run has finished or failed");
  measure(&forest);
  const int row = forest.n > MOST_HIGH ? LOW_ROW : ROW;
  forest.height = TOP + BELOW + row * (int)forest.n;
  return add(plots, &forest, name);
}
