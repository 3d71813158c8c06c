#include "plots.h"

#include "gnuplot.h"
#include "series.h"
#include <math.h>
#include <stdio.h>

enum { WIDTH = 480, FRAME = 66, LINE = 34, NAME = 24 };

/* The first of n on top. */
void plot_name_axis(FILE *out, const Variants *variants, size_t n) {
  fputs("set ytics (", out);
  for (size_t i = 0; i < n; i++) {
    fputs(i ? ", " : "", out);
    gnuplot_text(out, variants->variant[i].name, NAME);
    fprintf(out, " %zu", i);
  }
  fprintf(out, ")\nset yrange [%g:-0.6]\nunset grid\nset grid x lw 0.6 lc rgb '#cccccc' dt solid\n",
          (double)n - 0.4);
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

static void print_bars(Draft *draft, size_t n_variants, size_t n_phases) {
  const Plots *plots = draft->plots;
  FILE *out = draft->commands;
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
      if (!isnan(x)) plot_tip(draft, p, (before + after) / 2, (double)i, "%.3f s", x);
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
  print_bars(&draft, n, (size_t)phases->n_phases);
  draft.plot.lookup = LOOKUP_Y;
  draft.plot.series = SERIES_PHASES;
  plot_name_axis(out, variants, n);
  fputs("set xlabel 'seconds an epoch'\nset xrange [0:1e-6<*]\n", out);
  for (int p = 0; p < phases->n_phases; p++) {
    plot_element(&draft, "p", (size_t)p,
                 "1:2:3:4:5:6 with boxxyerror fs solid 1 border lc rgb 'white' fc ");
    series_print_colour(out, p % N_SERIES_COLOURS);
    fputs(" title ", out);
    gnuplot_text(out, phases->phases[p].name, NAME);
  }
  fputc('\n', out);
  fputs("Stacked bars, one a variant; the table beside it has the numbers.", draft.words);
  plot_end(&draft);
}
