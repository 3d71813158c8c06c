#include "gnuplot.h"
#include "plots.h"
#include "series.h"
#include "sweep_figure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In pixels; panels of single lines stand in COLUMNS. */
enum {
  WIDTH = 800,
  LEFT = 80,
  RIGHT = 14,
  LEGEND = 222,
  TOP = 8,
  MAIN = 300,
  BELOW = 56,
  FAILED = 64,
  BETWEEN = 26,
  COLUMNS = 4,
  SMALL = 112,
  SMALL_TITLE = 22,
  SMALL_FAILED = 22,
  SMALL_GAP = 12,
  SMALL_BETWEEN = 15,
  SMALL_NAME = 26,
  NAME = 30,
  LETTER = 8
};

/* A panel, in pixels from the left and the upper edge of the figure. */
typedef struct Panel {
  int left, right, top, bottom, height; /* height: of the whole figure */
} Panel;

/* The commands before have set low and high: where the figure begins and ends on the canvas, which
 * in files has more above and below. */
static void print_margins(FILE *out, const Panel *panel) {
  fprintf(out,
          "set lmargin at screen %.6g\nset rmargin at screen %.6g\n"
          "set tmargin at screen low + (high - low) * %.6g\n"
          "set bmargin at screen low + (high - low) * %.6g\n",
          (double)panel->left / WIDTH, (double)panel->right / WIDTH,
          1 - (double)panel->top / panel->height, 1 - (double)panel->bottom / panel->height);
}

/* Numbers that would touch those before them are left out; their tics stay. */
static void print_values(FILE *out, const Figure *figure, const Panel *panel, int has_text) {
  const Sweep *sweep = &figure->sweep[0];
  const double *x = figure->x;
  double end = -(double)INFINITY;
  if (sweep->is_logarithmic) fputs("set logscale x\n", out);
  fprintf(out, "set xrange [%.9g:%.9g]\nset xtics (", x[0], x[1]);
  for (size_t i = 0; i < sweep->n_values; i++) {
    char text[SWEEP_TEXT];
    const double value = sweep->value[i].value;
    double share = sweep->is_logarithmic ? log(value / x[0]) / log(x[1] / x[0])
                                         : (value - x[0]) / (x[1] - x[0]);
    figure_value_text(text, figure, &sweep->value[i]);
    double at = share * (panel->right - panel->left);
    double half = LETTER * (double)strlen(text) / 2;
    fputs(i ? ", " : "", out);
    gnuplot_text(out, has_text && at - half > end ? text : "", NAME);
    fprintf(out, " %.9g", value);
    if (at - half > end) end = at + half + LETTER / 2;
  }
  fputs(")\n", out);
}

static void print_value_axis(Draft *draft, const Figure *figure, int has_text) {
  FILE *out = draft->commands;
  const double *y = figure->y, pad = 0.04 * (y[1] - y[0]);
  if (figure->draws_missing)
    plot_accuracy_axis(draft, y[0], y[1], has_text);
  else if (figure->is_logarithmic)
    plot_log_axis(draft, "y", y[0], y[1]);
  else
    fprintf(out, "unset logscale y\nset ytics autofreq\nset yrange [%.9g:%.9g]\n",
            y[0] > 0 && y[0] < pad ? 0 : y[0] - pad, y[1] > y[0] ? y[1] + pad : y[1] + 1);
  fputs(has_text ? "set format y\n" : "set format y ''\n", out);
}

/* Level lines go from edge to edge; points of categories stand side by side. */
static double place_of(const Figure *figure, size_t number, const SweepPoint *point) {
  const double step = 0.05;
  if (figure->sweep[0].is_number) return point->value;
  return point->value + step * ((double)number - (double)(figure->n - 1) / 2);
}

static void print_mean(FILE *out, const Figure *figure, double at, const Variant *variant) {
  const MetricValue value = metric_of_variant(figure->metric, variant);
  if (value.n == 0) {
    fputc('\n', out); /* a gap in the line */
    return;
  }
  fprintf(out, "%.9g", at);
  gnuplot_number(out, figure_drawn(figure, value.mean));
  gnuplot_number(out, figure_drawn(figure, value.low));
  gnuplot_number(out, figure_drawn(figure, value.high));
  fputc('\n', out);
}

static void print_share(FILE *out, double at, const Variant *variant) {
  fprintf(out, "%.9g %.9g\n", at, 100 * (double)variant->n_failed / (double)variant->n_tried);
}

static void print_runs(FILE *out, const Figure *figure, double at, const Variant *variant) {
  for (size_t i = 0; i < variant->n_runs; i++) {
    const double value = metric_of_run(figure->metric, variant->runs[i]);
    if (isfinite(value)) fprintf(out, "%.9g %.9g\n", at, figure_drawn(figure, value));
  }
}

/* $m: means with intervals; $f: failures in percent; $s: runs; $b: the best mean. */
static void print_data(FILE *out, const Figure *figure, size_t number) {
  const FigureLine *line = &figure->line[number];
  const SweepLine *points = line->line;
  const size_t best = figure->marks_best ? figure_best(points) : points->n;
  fprintf(out, "$m%zu << END\n", number);
  for (size_t i = 0; i < points->n + (points->is_level != 0); i++) {
    const SweepPoint *point = &points->point[points->is_level ? 0 : i];
    print_mean(out, figure, points->is_level ? figure->x[i] : place_of(figure, number, point),
               point->variant);
  }
  fprintf(out, "END\n$f%zu << END\n", number);
  for (size_t i = 0; i < points->n + (points->is_level != 0); i++) {
    const SweepPoint *point = &points->point[points->is_level ? 0 : i];
    print_share(out, points->is_level ? figure->x[i] : place_of(figure, number, point),
                point->variant);
  }
  fprintf(out, "END\n$s%zu << END\n", number);
  for (size_t i = 0; i < points->n; i++) {
    const SweepPoint *point = &points->point[i];
    print_runs(out, figure, points->is_level ? line->place : place_of(figure, number, point),
               point->variant);
  }
  fprintf(out, "END\n$b%zu << END\n", number);
  if (best < points->n)
    print_mean(out, figure, place_of(figure, number, &points->point[best]),
               points->point[best].variant);
  fputs("END\n", out);
}

static int has_runs(const Figure *figure, const SweepLine *line) {
  for (size_t i = 0; i < line->n; i++)
    if (metric_of_variant(figure->metric, line->point[i].variant).n > 0) return 1;
  return 0;
}

/* Marks at the lower edge where all runs have failed. */
static void print_crosses(FILE *out, const Figure *figure, size_t number, Series look) {
  const FigureLine *line = &figure->line[number];
  for (size_t i = 0; i < line->line->n; i++) {
    const SweepPoint *point = &line->line->point[i];
    if (point->variant->n_runs > 0) continue;
    fprintf(out, "set label '' at first %.9g, graph 0.04 point pt 2 ps 0.8 lw 2 lc ",
            line->line->is_level ? line->place : place_of(figure, number, point));
    series_print_colour(out, look.colour);
    fputc('\n', out);
  }
}

/* A line with its band, its runs and its marks. */
static void print_line(FILE *out, const Figure *figure, size_t number, Series look,
                       const char *title) {
  const double size = figure->n > FIGURE_MOST_LINES ? 0.45 : 0.7;
  const FigureLine *line = &figure->line[number];
  const int is_single =
      !figure->sweep[0].is_number || (line->line->n == 1 && !line->line->is_level);
  if (!has_runs(figure, line->line)) {
    fputs(", NaN with points", out);
    series_print_style(out, look);
  } else {
    if (!is_single) {
      fprintf(out, ", $m%zu using 1:3:4 with filledcurves fs transparent solid 0.15 noborder lc ",
              number);
      series_print_colour(out, look.colour);
      fputs(" notitle", out);
    }
    fprintf(out, ", $s%zu using 1:2 with points pt 6 ps 0.45 lw 1 lc ", number);
    series_print_colour(out, look.colour);
    fprintf(out, " notitle, $m%zu using %s with %s lw 1.8 ps %g", number,
            is_single ? "1:2:3:4" : "1:2",
            is_single              ? "yerrorbars"
            : line->line->is_level ? "lines"
                                   : "linespoints",
            size);
    if (line->line->is_level) look.point = 0;
    series_print_style(out, look);
  }
  fputs(title ? " title " : " notitle", out);
  if (title) gnuplot_text(out, title, NAME);
  if (!figure->marks_best || figure_best(line->line) == line->line->n) return;
  fprintf(out, ", $b%zu using 1:2 with points pt 6 ps %g lw 1.6 lc ", number, 2 * size);
  series_print_colour(out, look.colour);
  fputs(" notitle", out);
}

static void print_shares(FILE *out, const Figure *figure, size_t number, Series look) {
  fprintf(out, ", $f%zu using 1:2 with %s lw 1.6 ps 0.6", number,
          figure->sweep[0].is_number ? "linespoints" : "points");
  series_print_style(out, look);
  fputs(" notitle", out);
}

/* The name of the axis, as a string of gnuplot. */
static void print_axis(FILE *out, const Figure *figure) {
  char axis[SWEEP_TEXT] = "";
  FILE *text = fmemopen(axis, sizeof axis, "w");
  if (text) figure_print_axis(text, figure);
  if (text) fclose(text);
  gnuplot_text(out, axis, SWEEP_TEXT);
}

static void print_labels(FILE *out, const Figure *figure, int has_axis, int has_metric) {
  char metric[SWEEP_TEXT], label[SWEEP_TEXT] = "";
  figure_metric_text(metric, figure->metric, figure->comparison);
  if (has_metric) snprintf(label, sizeof label, "%.120s, %s", metric, figure->metric->unit);
  fputs("set xlabel ", out);
  if (has_axis)
    print_axis(out, figure);
  else
    fputs("''", out);
  fputs("\nset ylabel ", out);
  gnuplot_text(out, label, SWEEP_TEXT);
  fprintf(out, " font ',%d'\n", figure->n > FIGURE_MOST_LINES ? 11 : 13);
}

/* One panel with all lines, and one beneath it where runs have failed. */
static void print_together(Draft *draft, const Figure *figure, int height) {
  FILE *out = draft->commands;
  const int right = figure->n > 1 ? WIDTH - LEGEND : WIDTH - RIGHT;
  Panel panel = {LEFT, right, TOP, TOP + MAIN, height};
  print_margins(out, &panel);
  print_values(out, figure, &panel, !figure->fails);
  print_value_axis(draft, figure, 1);
  print_labels(out, figure, !figure->fails, 1);
  fprintf(out,
          "set key at screen %.6g, low + (high - low) * %.6g left top Left reverse samplen 2 "
          "spacing 1.2\n",
          (double)(right + RIGHT) / WIDTH, 1 - (double)TOP / height);
  if (figure->n == 1) fputs("unset key\n", out);
  for (size_t i = 0; i < figure->n; i++) print_crosses(out, figure, i, figure->line[i].look);
  fputs("plot NaN notitle", out);
  for (size_t i = 0; i < figure->n; i++)
    print_line(out, figure, i, figure->line[i].look, figure->line[i].name);
  fputs("\nunset label\nunset key\n", out);
  if (!figure->fails) return;
  panel.top = panel.bottom + BETWEEN;
  panel.bottom = panel.top + FAILED;
  print_margins(out, &panel);
  print_values(out, figure, &panel, 1);
  print_labels(out, figure, 1, 0);
  fputs("set ylabel 'failed, %'\nunset logscale y\nset yrange [0:105] noreverse\n"
        "set ytics (0, 50, 100)\nplot NaN notitle",
        out);
  for (size_t i = 0; i < figure->n; i++)
    if (figure->line[i].fails) print_shares(out, figure, i, figure->line[i].look);
  fputc('\n', out);
}

/* A panel for a line, with the others in grey behind it. */
static void print_alone(Draft *draft, const Figure *figure, Panel panel, size_t number,
                        int is_lowest) {
  FILE *out = draft->commands;
  const int grey = N_SERIES_COLOURS - 2;
  const Series look = {0, 7, ""};
  const int is_left = number % COLUMNS == 0;
  const int has_values = is_lowest && !figure->fails;
  print_margins(out, &panel);
  print_values(out, figure, &panel, has_values);
  print_value_axis(draft, figure, is_left);
  print_labels(out, figure, 0, is_left);
  fputs("set title ", out);
  gnuplot_text(out, figure->line[number].name, SMALL_NAME);
  fputs(" offset 0,-0.7 font ',12'\n", out);
  print_crosses(out, figure, number, look);
  fputs("plot NaN notitle", out);
  for (size_t i = 0; i < figure->n; i++) {
    if (i == number || !has_runs(figure, figure->line[i].line)) continue;
    fprintf(out, ", $m%zu using 1:2 with lines lw 0.5 lc ", i);
    series_print_colour(out, grey);
    fputs(" notitle", out);
  }
  print_line(out, figure, number, look, NULL);
  fputs("\nunset label\nunset title\nset format y\n", out);
  if (!figure->fails) return;
  panel.top = panel.bottom + SMALL_BETWEEN;
  panel.bottom = panel.top + SMALL_FAILED;
  print_margins(out, &panel);
  print_values(out, figure, &panel, is_lowest);
  print_labels(out, figure, 0, 0);
  fprintf(out, "unset logscale y\nset yrange [0:110] noreverse\nset ytics (%s)\nplot NaN notitle",
          is_left ? "'0 %%' 0, '100 %%' 100" : "'' 0, '' 100");
  if (figure->line[number].fails) print_shares(out, figure, number, look);
  fputc('\n', out);
}

static int small_height(const Figure *figure) {
  return SMALL_TITLE + SMALL + (figure->fails ? SMALL_BETWEEN + SMALL_FAILED : 0) + SMALL_GAP;
}

/* Panels have their numbers below where no panel stands beneath. */
static void print_apart(Draft *draft, const Figure *figure, int height) {
  FILE *out = draft->commands;
  const int step = (WIDTH - LEFT - RIGHT + SMALL_GAP) / COLUMNS, row = small_height(figure);
  fputs("set label ", out);
  print_axis(out, figure);
  fprintf(out, " at screen 0.5, low + (high - low) * %.6g center\n", 12.0 / height);
  for (size_t i = 0; i < figure->n; i++) {
    const int left = LEFT + (int)(i % COLUMNS) * step;
    const int top = (int)(i / COLUMNS) * row + SMALL_TITLE;
    print_alone(draft, figure, (Panel){left, left + step - SMALL_GAP, top, top + SMALL, height}, i,
                i + COLUMNS >= figure->n);
  }
}

static int height_of(const Figure *figure) {
  const int n_rows = ((int)figure->n + COLUMNS - 1) / COLUMNS;
  if (figure->n > FIGURE_MOST_LINES) return n_rows * small_height(figure) + BELOW;
  return TOP + MAIN + (figure->fails ? BETWEEN + FAILED : 0) + BELOW;
}

static Status text_of(char **text, void (*print)(FILE *, const Figure *), const Figure *figure) {
  size_t bytes;
  FILE *out = open_memstream(text, &bytes);
  if (out) {
    print(out, figure);
    if (fclose(out) == 0) return status_ok();
  }
  return status_error(STATUS_MEMORY, "no memory for a figure");
}

static Status add(Plots *plots, const Figure *figure, const char *name) {
  char *title = NULL, *caption = NULL;
  Draft draft;
  const int height = height_of(figure);
  Status status = text_of(&title, figure_print_title, figure);
  if (status.code == STATUS_OK) status = text_of(&caption, figure_print_caption, figure);
  if (status.code == STATUS_OK && plot_begin(&draft, plots, WIDTH, height, name, title)) {
    FILE *out = draft.commands;
    draft.plot.caption = caption;
    caption = NULL;
    for (size_t i = 0; i < figure->n; i++) print_data(out, figure, i);
    fputs("set multiplot\n", out);
    if (figure->n > FIGURE_MOST_LINES)
      print_apart(&draft, figure, height);
    else
      print_together(&draft, figure, height);
    fputs("unset multiplot\n", out);
    figure_describe(draft.words, figure);
    plot_end(&draft);
  }
  free(title);
  free(caption);
  return status;
}

Status plots_add_sweep(Plots *plots, const Comparison *comparison, const char *name,
                       const char *metric, const char *key) {
  Figure figure;
  TRY(figure_make(&figure, plots, comparison, metric, key));
  Status status = add(plots, &figure, name);
  figure_free(&figure);
  return status;
}

/* Whether an earlier variant has the key, too. */
static int is_known(const Variants *variants, size_t number, const char *key) {
  for (size_t i = 0; i < number; i++)
    if (run_key(variants->variant[i].example, key)) return 1;
  return 0;
}

/* Keys along which a line has at least so many points. */
Status plots_add_sweeps(Plots *plots) {
  enum { POINTS = 3 };
  const Variants *variants = &plots->comparison->variants;
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].example->n_keys; k++) {
      const char *key = variants->variant[i].example->keys[k].key;
      char name[SWEEP_TEXT];
      Sweep sweep;
      if (is_known(variants, i, key)) continue;
      TRY(sweep_make(&sweep, variants, key));
      const int is_long = sweep_longest(&sweep) >= POINTS;
      sweep_free(&sweep);
      if (!is_long) continue;
      snprintf(name, sizeof name, SWEEP_PREFIX "%s", key);
      TRY(plots_add_sweep(plots, plots->comparison, name, "error", key));
    }
  return status_ok();
}
