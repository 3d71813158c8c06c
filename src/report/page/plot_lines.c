#include "plots.h"

#include "gnuplot.h"
#include "layers.h"
#include <math.h>
#include <stdio.h>

enum { WIDTH = 480, HEIGHT = 280 };

typedef struct Range {
  double least, most;
} Range;

static const Range NOTHING = {(double)INFINITY, -(double)INFINITY};

static void extend(Range *range, double x) {
  range->least = fmin(range->least, x);
  range->most = fmax(range->most, x);
}

/* A logarithmic axis has no place for what is not positive. */
static int is_drawn(ValueBand band, int is_log) {
  return isfinite(band.mean) && (!is_log || band.mean > 0);
}

static const Variant *variant_of(const Plots *plots, size_t number) {
  return &plots->comparison->variants.variant[number];
}

static void find_ranges(Range *x, Range *y, const Plots *plots, const Lines *lines) {
  *x = *y = NOTHING;
  for (size_t v = 0; v < plots->n_variants; v++) {
    const Variant *variant = variant_of(plots, v);
    size_t n = lines->n_points(plots, variant, lines->quantity);
    for (size_t i = 0; i < n; i++) {
      ValueBand band = lines->band(plots, variant, lines->quantity, i);
      if (!is_drawn(band, lines->is_log)) continue;
      extend(x, lines->place(plots, variant, i));
      extend(y, band.mean);
      extend(y, lines->is_log && band.least <= 0 ? band.mean : band.least);
      extend(y, band.most);
    }
  }
}

/* The first and the last point, and those between that are told, of which there are at most so
 * many. */
static int is_told(size_t i, size_t n) {
  enum { TIPS = 60 };
  return i + 1 == n || i % (n / TIPS + 1) == 0;
}

static void print_block(Draft *draft, const Lines *lines, size_t number) {
  FILE *out = draft->commands;
  const Variant *variant = variant_of(draft->plots, number);
  size_t n = lines->n_points(draft->plots, variant, lines->quantity);
  fprintf(out, "$v%zu << END\n", number);
  for (size_t i = 0; i < n; i++) {
    ValueBand band = lines->band(draft->plots, variant, lines->quantity, i);
    double x = lines->place(draft->plots, variant, i);
    if (!is_drawn(band, lines->is_log)) continue;
    fprintf(out, "%.9g", x);
    gnuplot_number(out, band.mean);
    gnuplot_number(out, lines->is_log && band.least <= 0 ? band.mean : band.least);
    gnuplot_number(out, band.most);
    fputc('\n', out);
    if (is_told(i, n)) band_tip(draft, number, x, band.mean, "%.3g", band);
  }
  fputs("1 NaN NaN NaN\nEND\n", out);
}

void plot_layer_axis(Draft *draft, double from, double to) {
  enum { MOST_TICS = 12 };
  size_t n = (size_t)to, step = (n + MOST_TICS - 1) / MOST_TICS;
  (void)from;
  draft->plot.x_name = "layer";
  fputs("set xtics (", draft->commands);
  for (size_t k = 0; k < n; k += step) {
    char label[LAYER_LABEL];
    layer_label(label, draft->plots, k);
    fputs(k ? ", " : "", draft->commands);
    gnuplot_text(draft->commands, label, LAYER_LABEL);
    fprintf(draft->commands, " %zu", k + 1);
  }
  fprintf(draft->commands, ")\nset xrange [0.7:%g]\nset xlabel 'layer'\n", to + 0.3);
}

void plot_step_axis(Draft *draft, double from, double to) {
  double pad = to > from ? 0.02 * (to - from) : 0.5;
  draft->plot.x_name = "step";
  fprintf(draft->commands, "set xrange [%.9g:%.9g]\nset xlabel 'step'\n", from - pad, to + pad);
}

void plots_add_lines(Plots *plots, const Lines *lines) {
  Range x, y;
  Draft draft;
  size_t n = 0;
  find_ranges(&x, &y, plots, lines);
  if (!(y.most >= y.least)) return;
  if (!plot_begin(&draft, plots, WIDTH, HEIGHT, lines->name, lines->title)) return;
  draft.plot.n_keys = (int)plots->n_variants;
  for (size_t i = 0; i < plots->n_variants; i++) {
    size_t more = lines->n_points(plots, variant_of(plots, i), lines->quantity);
    if (more > n) n = more;
    print_block(&draft, lines, i);
  }
  if (lines->is_log) plot_log_axis(&draft, "y", y.least, y.most);
  lines->axis(&draft, x.least, x.most);
  if (lines->y_label) fprintf(draft.commands, "set ylabel '%s'\n", lines->y_label);
  plot_bands(&draft, plots->n_variants);
  for (size_t i = 0; i < plots->n_variants; i++)
    plot_line(&draft, i, variant_of(plots, i)->name, n / 12 + 1);
  fputc('\n', draft.commands);
  fprintf(draft.words, "Lines of up to %zu points, one a variant, from %.3g to %.3g.", n, y.least,
          y.most);
  plot_end(&draft);
}
