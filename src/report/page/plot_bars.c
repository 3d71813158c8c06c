#include "plots.h"

#include "gnuplot.h"
#include "series.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 480, FRAME = 66, LINE = 34, NAME = 24 };

/* The first of n on top. */
static void name_axis(FILE *out, const Variants *variants, size_t n) {
  fputs("set ytics (", out);
  for (size_t i = 0; i < n; i++) {
    fputs(i ? ", " : "", out);
    gnuplot_text(out, variants->variant[i].name, NAME);
    fprintf(out, " %zu", i);
  }
  fprintf(out, ")\nset yrange [%g:-0.6]\nunset grid\nset grid x lw 0.6 lc rgb '#cccccc' dt solid\n",
          (double)n - 0.4);
}

static void print_seeds(FILE *out, const Variant *variant, size_t number) {
  fprintf(out, "$s%zu << END\n", number);
  for (size_t i = 0; i < variant->n_runs; i++)
    fprintf(out, "%.9g %g\n", 100 * variant->runs[i]->test_accuracy, (double)number + 0.28);
  fprintf(out, "END\n$m%zu << END\n", number);
  const Summary *s = &variant->test_accuracy;
  int has_interval = s->n > 1;
  double low = has_interval ? fmax(0, s->interval.low) : s->mean;
  double high = has_interval ? fmin(1, s->interval.high) : s->mean;
  fprintf(out, "%.9g %zu %.9g %.9g\nEND\n", 100 * s->mean, number, 100 * low, 100 * high);
}

static int smaller_first(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Where the axis of accuracies begins so that a few runs that are far below the others do not press
 * these into a point: below the gap that is several times as wide as all that is above it, if at
 * least two thirds of the runs are above. Without such a gap it is -infinity. */
static double find_cut(const Variants *variants, size_t n_variants) {
  enum { FAR = 3 };
  const double least_width = 0.002;
  size_t n = 0, k = 0;
  for (size_t i = 0; i < n_variants; i++) n += variants->variant[i].n_runs;
  double *all = calloc(n + 1, sizeof *all), cut = -(double)INFINITY;
  for (size_t i = 0; all && i < n_variants; i++)
    for (size_t r = 0; r < variants->variant[i].n_runs; r++)
      all[k++] = variants->variant[i].runs[r]->test_accuracy;
  qsort(all, k, sizeof *all, smaller_first);
  for (size_t i = 1; i < k && 3 * i <= k && n_variants > 2; i++) {
    double width = fmax(all[k - 1] - all[i], least_width);
    if (all[i] - all[i - 1] > FAR * width) cut = all[i] - 0.4 * width;
  }
  free(all);
  return cut;
}

/* An arrow to the left, and the numbers that it stands for. */
static int print_outside(FILE *out, const Variant *variant, size_t number, double cut) {
  double mean = variant->test_accuracy.mean;
  int n_outside = 0;
  for (size_t r = 0; r < variant->n_runs; r++) n_outside += variant->runs[r]->test_accuracy < cut;
  if (n_outside == 0 && !(mean < cut)) return 0;
  double place = (double)number + (mean < cut ? 0 : 0.28);
  fprintf(out,
          "set arrow from graph 0.05,first %g to graph 0.005,first %g filled size graph "
          "0.025,20 lc rgb '#7a7a7a'\nset label '",
          place, place);
  if (mean < cut) fprintf(out, "mean %.2f%s", 100 * mean, variant->n_runs > 1 ? "; " : "");
  const char *comma = "";
  for (size_t r = 0; r < variant->n_runs && variant->n_runs > 1; r++) {
    double x = variant->runs[r]->test_accuracy;
    if (x < cut) fprintf(out, "%s%.2f", comma, 100 * x);
    if (x < cut) comma = ", ";
  }
  fprintf(out, "' at graph 0.065,first %g left font ',10'\n", place);
  return 1;
}

/* Returns whether the axis leaves something out. */
static int print_range(Draft *draft, const Variants *variants, size_t n) {
  double cut = find_cut(variants, n);
  int is_cut = 0;
  if (!isfinite(cut)) return 0;
  for (size_t i = 0; i < n; i++)
    is_cut |= print_outside(draft->commands, &variants->variant[i], i, cut);
  if (is_cut) fprintf(draft->commands, "set xrange [%.9g:*]\n", 100 * cut);
  if (is_cut) fprintf(draft->words, "The axis begins at %.2f %%. ", 100 * cut);
  return is_cut;
}

static void describe_final(FILE *words, const Variants *variants, size_t n) {
  fputs("Marks with intervals, one a variant, best on top: ", words);
  for (size_t i = 0; i < n; i++) {
    const Variant *v = &variants->variant[i];
    fprintf(words, "%s%s %.2f %%", i ? "; " : "", v->name, 100 * v->test_accuracy.mean);
    if (v->n_runs > 1)
      fprintf(words, " (%.2f to %.2f)", 100 * fmax(0, v->test_accuracy.interval.low),
              100 * fmin(1, v->test_accuracy.interval.high));
  }
  fputc('.', words);
}

void plots_add_final(Plots *plots) {
  const Variants *variants = &plots->comparison->variants;
  size_t n = variants_finished(variants);
  int is_validated = run_is_validated(plots->comparison->baseline->example);
  Draft draft;
  if (!plot_begin(&draft, plots, WIDTH, FRAME + LINE * (int)n, "final",
                  is_validated ? "Final accuracy on the validation split"
                               : "Final accuracy on the test set"))
    return;
  FILE *out = draft.commands;
  for (size_t i = 0; i < n; i++) print_seeds(out, &variants->variant[i], i);
  name_axis(out, variants, n);
  draft.plot.is_cut = print_range(&draft, variants, n);
  fputs("set xlabel 'accuracy, %'\nset offsets graph 0.03, graph 0.03, 0, 0\n"
        "set xtics autofreq rangelimited\nset bars 0.6\nplot ",
        out);
  for (size_t i = 0; i < n; i++) {
    Series series = series_of(i);
    fprintf(out, "%s$s%zu using 1:2 with points pt 6 ps 0.5 lw 1.6 lc ", i ? ", " : "", i);
    series_print_colour(out, series.colour);
    fprintf(out, " notitle, $m%zu using 1:2:3:4 with xerrorbars ps 0.9 lw 1.6", i);
    series.dashes = "";
    series_print_style(out, series);
    fputs(" notitle", out);
  }
  fputc('\n', out);
  describe_final(draft.words, variants, n);
  plot_end(&draft);
}

double phase_value(const Detail *detail, int quantity, size_t phase, size_t k) {
  (void)quantity;
  (void)k;
  return (int)phase < detail->n_phases ? detail->phases[phase].seconds : (double)NAN;
}

const Detail *plots_phases(const Plots *plots) {
  const Variants *variants = &plots->comparison->variants;
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].n_runs; k++) {
      const Detail *detail = plots_detail(plots, variants->variant[i].runs[k]);
      if (detail->n_phases > 0) return detail;
    }
  return NULL;
}

static void print_bars(FILE *out, const Plots *plots, size_t n_variants, size_t n_phases) {
  for (size_t p = 0; p < n_phases; p++) {
    fprintf(out, "$p%zu << END\n", p);
    for (size_t i = 0; i < n_variants; i++) {
      const Variant *variant = &plots->comparison->variants.variant[i];
      double before = 0;
      for (size_t q = 0; q < p; q++) {
        double x = band_of(plots, variant, phase_value, 0, q, 0).mean;
        before += isnan(x) ? 0 : x;
      }
      double x = band_of(plots, variant, phase_value, 0, p, 0).mean;
      double after = before + (isnan(x) ? 0 : x);
      fprintf(out, "%.9g %zu %.9g %.9g %g %g\n", after, i, before, after, (double)i - 0.32,
              (double)i + 0.32);
    }
    fputs("END\n", out);
  }
}

void plots_add_time(Plots *plots) {
  const Variants *variants = &plots->comparison->variants;
  const Detail *phases = plots_phases(plots);
  size_t n = variants_finished(variants);
  Draft draft;
  if (!phases) return;
  if (!plot_begin(&draft, plots, WIDTH, FRAME + LINE * (int)n, "time",
                  "Seconds an epoch, by phase"))
    return;
  draft.plot.n_keys = phases->n_phases;
  FILE *out = draft.commands;
  print_bars(out, plots, n, (size_t)phases->n_phases);
  name_axis(out, variants, n);
  fputs("set xlabel 'seconds an epoch'\nset xrange [0:1e-6<*]\n", out);
  for (int p = 0; p < phases->n_phases; p++) {
    fprintf(out, "%s$p%d using 1:2:3:4:5:6 with boxxyerror fs solid 1 border lc rgb 'white' fc ",
            p ? ", " : "plot ", p);
    series_print_colour(out, p % N_SERIES_COLOURS);
    fputs(" title ", out);
    gnuplot_text(out, phases->phases[p].name, NAME);
  }
  fputc('\n', out);
  fputs("Stacked bars, one a variant; the table beside it has the numbers.", draft.words);
  plot_end(&draft);
}
