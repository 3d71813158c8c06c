#include "plots.h"

#include "gnuplot.h"
#include "row_cut.h"
#include "series.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 520, FRAME = 66 };

/* What a row takes: less where there are many, so that all are seen at once. */
static int row_height(size_t n) {
  return n <= 6 ? 34 : n <= 12 ? 24 : n <= 20 ? 18 : 16;
}

/* Those that are finished come first in the ranking; of the others, up to the last that failed. */
static size_t rows_of(const Variants *variants) {
  size_t n = variants_finished(variants);
  for (size_t i = n; i < variants->n; i++)
    if (variants->variant[i].n_failed > 0) n = i + 1;
  return n;
}

static Interval interval_of(const Variant *variant) {
  const Summary *s = &variant->test_accuracy;
  if (s->n < 2) return (Interval){s->mean, s->mean};
  return (Interval){fmax(0, s->interval.low), fmin(1, s->interval.high)};
}

static void tell_row(Draft *draft, const Variant *variant, size_t number) {
  const Interval interval = interval_of(variant);
  const Summary *s = &variant->test_accuracy;
  if (variant->n_runs == 1) {
    plot_tip(draft, number, 100 * s->mean, (double)number, "%.2f %%", 100 * s->mean);
    return;
  }
  char *text = NULL;
  size_t bytes;
  FILE *seeds = open_memstream(&text, &bytes);
  if (!seeds) return;
  for (size_t i = 0; i < variant->n_runs; i++)
    fprintf(seeds, "%s%.2f", i ? ", " : "", 100 * variant->runs[i]->test_accuracy);
  if (fclose(seeds) == 0)
    plot_tip(draft, number, 100 * s->mean, (double)number, "%.2f %% (%.2f to %.2f); seeds: %s",
             100 * s->mean, 100 * interval.low, 100 * interval.high, text);
  free(text);
}

static void print_seeds(Draft *draft, const Variant *variant, size_t number) {
  FILE *out = draft->commands;
  fprintf(out, "$s%zu << END\n", number);
  for (size_t i = 0; i < variant->n_runs; i++)
    fprintf(out, "%.9g %g\n", 100 * variant->runs[i]->test_accuracy, (double)number + 0.28);
  const Interval interval = interval_of(variant);
  fprintf(out, "END\n$m%zu << END\n%.9g %zu %.9g %.9g\nEND\n", number,
          100 * variant->test_accuracy.mean, number, 100 * interval.low, 100 * interval.high);
  tell_row(draft, variant, number);
}

/* What is drawn of the axis: all runs above the cut, and their intervals unless these are far wider
 * than what lies between the runs, which two seeds alone can make them. */
static Interval find_range(const Variants *variants, size_t n, double cut) {
  double least = (double)INFINITY, most = -(double)INFINITY, low = least, high = most;
  for (size_t i = 0; i < n; i++) {
    const Variant *variant = &variants->variant[i];
    for (size_t r = 0; r < variant->n_runs; r++) {
      double x = variant->runs[r]->test_accuracy;
      if (x < cut) continue;
      least = fmin(least, x);
      most = fmax(most, x);
    }
    low = fmin(low, interval_of(variant).low);
    high = fmax(high, interval_of(variant).high);
  }
  double width = fmax(most - least, ROWS_LEAST_WIDTH / 100);
  low = fmin(least, fmax(low, fmax(least - width, 0)));
  high = fmax(most, fmin(high, fmin(most + width, 1)));
  if (isfinite(cut)) low = cut;
  double pad = 0.04 * fmax(high - low, ROWS_LEAST_WIDTH / 100);
  return (Interval){isfinite(cut) ? low : low - pad, fmin(high + pad, 1.0 + pad / 8)};
}

/* Few enough tics that their numbers do not meet beside long names. */
static void print_tics(FILE *out, Interval range) {
  enum { MOST_TICS = 7 };
  static const double factors[] = {1, 2, 5, 10};
  const double width = 100 * (range.high - range.low) / MOST_TICS;
  const double power = pow(10, floor(log10(width)));
  int i = 0;
  while (i < 3 && factors[i] * power < width) i++;
  fprintf(out, "set xtics %.9g\n", factors[i] * power);
}

/* Whether an interval goes on beyond the axis. */
static int is_clipped(const Variants *variants, size_t n, Interval range) {
  for (size_t i = 0; i < n; i++) {
    const Variant *variant = &variants->variant[i];
    if (variant->test_accuracy.mean < range.low) continue;
    if (interval_of(variant).low < range.low || interval_of(variant).high > range.high) return 1;
  }
  return 0;
}

/* Says what the axis leaves out. */
static void print_range(Draft *draft, const Variants *variants, size_t n) {
  const Metric *accuracy = metric_find("accuracy");
  const double cut = rows_cut(accuracy, variants, n);
  int is_cut = 0;
  for (size_t i = 0; i < n && isfinite(cut); i++)
    is_cut |= rows_print_outside(draft->commands, accuracy, &variants->variant[i], i, cut);
  Interval range = find_range(variants, n, is_cut ? cut / 100 : -(double)INFINITY);
  fprintf(draft->commands, "set xrange [%.9g:%.9g]\n", 100 * range.low, 100 * range.high);
  print_tics(draft->commands, range);
  if (is_cut) fprintf(draft->words, "The axis begins at %.2f %%. ", cut);
  draft->plot.is_cut = is_cut;
  draft->plot.is_clipped = is_clipped(variants, n, range);
}

/* How many runs have failed, at the right end of the rows. */
static void print_failures(FILE *out, const Variants *variants, size_t n) {
  const char *comma = "set y2tics scale 0 (";
  for (size_t i = 0; i < n; i++) {
    const Variant *v = &variants->variant[i];
    if (v->n_failed == 0) continue;
    fprintf(out, "%s'%zu of %zu failed' %zu", comma, v->n_failed, v->n_tried, i);
    comma = ", ";
  }
  if (comma[0] == ',') fprintf(out, ")\nset y2range [%g:-0.6]\n", (double)n - 0.4);
}

static void describe_final(FILE *words, const Variants *variants, size_t n) {
  fputs("Marks with intervals, one a variant, best on top: ", words);
  for (size_t i = 0; i < n; i++) {
    const Variant *v = &variants->variant[i];
    fprintf(words, "%s%s", i ? "; " : "", v->name);
    if (v->n_runs > 0) fprintf(words, " %.2f %%", 100 * v->test_accuracy.mean);
    if (v->n_runs > 1)
      fprintf(words, " (%.2f to %.2f)", 100 * interval_of(v).low, 100 * interval_of(v).high);
    if (v->n_failed > 0) fprintf(words, ", %zu of %zu failed", v->n_failed, v->n_tried);
  }
  fputc('.', words);
}

static void print_rows(Draft *draft, size_t n) {
  for (size_t i = 0; i < n; i++) {
    Series series = series_of(i);
    plot_element(draft, "s", i, "1:2 with points pt 6 ps 0.5 lw 1.6 lc ");
    series_print_colour(draft->commands, series.colour);
    fputs(" notitle", draft->commands);
    plot_element(draft, "m", i, "1:2:3:4 with xerrorbars ps 0.9 lw 1.6");
    series.dashes = "";
    series_print_style(draft->commands, series);
    fputs(" notitle", draft->commands);
  }
  fputc('\n', draft->commands);
}

void plots_add_final(Plots *plots) {
  const Variants *variants = &plots->comparison->variants;
  size_t n = variants_finished(variants), n_rows = rows_of(variants);
  int is_validated = run_is_validated(plots->comparison->baseline->example);
  Draft draft;
  if (!plot_begin(&draft, plots, WIDTH, FRAME + row_height(n_rows) * (int)n_rows, "final",
                  is_validated ? "Final accuracy on the validation split"
                               : "Final accuracy on the test set"))
    return;
  FILE *out = draft.commands;
  draft.plot.lookup = LOOKUP_Y;
  for (size_t i = 0; i < n; i++) print_seeds(&draft, &variants->variant[i], i);
  plot_name_axis(out, variants, n_rows);
  print_failures(out, variants, n_rows);
  print_range(&draft, variants, n);
  fputs("set xlabel 'accuracy, %'\nset bars 0.6\n", out);
  print_rows(&draft, n);
  describe_final(draft.words, variants, n_rows);
  plot_end(&draft);
}
