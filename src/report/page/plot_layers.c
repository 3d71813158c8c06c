#include "plots.h"

#include "gnuplot.h"
#include "layers.h"
#include "series.h"
#include <math.h>
#include <stdio.h>

enum { WIDTH = 480, HEIGHT = 280, MAP_WIDTH = 260, MAP_HEIGHT = 215, NAME = 60 };

const LayerWords LAYER_WORDS[LAYER_QUANTITY_COUNT] = {
    [LAYER_MEAN_BEFORE] = {"layers-mean-before", "Mean before the norm", 0, 0},
    [LAYER_DEVIATION_BEFORE] = {"layers-deviation-before", "Standard deviation before the norm", 1,
                                1},
    [LAYER_MEAN_AFTER] = {"layers-mean-after", "Mean after the norm", 0, 0},
    [LAYER_DEVIATION_AFTER] = {"layers-deviation-after", "Standard deviation after the norm", 1, 1},
    [LAYER_GRADIENT_NORM] = {"layers-gradient-norm", "Norm of the gradient", 1, 1},
};

double layer_value(const Detail *detail, int quantity, size_t epoch, size_t layer) {
  const double *all = detail->layer[quantity];
  int is_known = all && epoch < detail->n_epochs && layer < detail->n_layers;
  return is_known ? all[epoch * detail->n_layers + layer] : (double)NAN;
}

size_t layers_of(const Plots *plots, const Variant *variant) {
  size_t n = 0;
  for (size_t i = 0; i < variant->n_runs; i++) {
    const Detail *detail = plots_detail(plots, variant->runs[i]);
    if (detail->n_layers > n) n = detail->n_layers;
  }
  return n;
}

static size_t last_epoch(const Variant *variant) {
  return epochs_of(variant) - 1;
}

typedef struct Range {
  double least, most;
} Range;

static void extend(Range *range, double x, int is_log) {
  if (!isfinite(x) || (is_log && x <= 0)) return;
  range->least = fmin(range->least, x);
  range->most = fmax(range->most, x);
}

/* A logarithmic axis has no place for what is not positive. */
static int is_drawn(ValueBand band, int is_log) {
  return isfinite(band.mean) && (!is_log || band.mean > 0);
}

/* Of what is drawn: over all layers, and the last epoch or all of them. */
static Range range_of(const Plots *plots, int quantity, int all_epochs) {
  Range range = {(double)INFINITY, -(double)INFINITY};
  int is_log = LAYER_WORDS[quantity].is_log;
  for (size_t v = 0; v < plots->n_variants; v++) {
    const Variant *variant = &plots->comparison->variants.variant[v];
    size_t first = all_epochs ? 0 : last_epoch(variant);
    for (size_t e = first; e <= last_epoch(variant); e++)
      for (size_t k = 0; k < layers_of(plots, variant); k++) {
        ValueBand band = band_of(plots, variant, layer_value, quantity, e, k);
        if (!is_drawn(band, is_log)) continue;
        extend(&range, band.mean, is_log);
        if (all_epochs) continue;
        extend(&range, band.least, is_log);
        extend(&range, band.most, is_log);
      }
  }
  return range;
}

static void print_block(FILE *out, const Plots *plots, size_t number, int quantity) {
  const Variant *variant = &plots->comparison->variants.variant[number];
  int is_log = LAYER_WORDS[quantity].is_log;
  fprintf(out, "$v%zu << END\n", number);
  for (size_t k = 0; k < layers_of(plots, variant); k++) {
    ValueBand band = band_of(plots, variant, layer_value, quantity, last_epoch(variant), k);
    if (!is_drawn(band, is_log)) continue;
    fprintf(out, "%zu", k + 1);
    gnuplot_number(out, band.mean);
    gnuplot_number(out, is_log && band.least <= 0 ? band.mean : band.least);
    gnuplot_number(out, band.most);
    fputc('\n', out);
  }
  fputs("1 NaN NaN NaN\nEND\n", out);
}

static void add_by_layer(Plots *plots, int quantity) {
  const LayerWords *words = &LAYER_WORDS[quantity];
  Range range = range_of(plots, quantity, 0);
  Draft draft;
  if (!(range.most >= range.least)) return;
  if (!plot_begin(&draft, plots, WIDTH, HEIGHT, words->name, words->title)) return;
  draft.plot.n_keys = (int)plots->n_variants;
  FILE *out = draft.commands;
  size_t n_layers = 0;
  for (size_t i = 0; i < plots->n_variants; i++) {
    size_t n = layers_of(plots, &plots->comparison->variants.variant[i]);
    if (n > n_layers) n_layers = n;
    print_block(out, plots, i, quantity);
  }
  if (words->is_log) plot_log_axis(out, "y", range.least, range.most);
  fprintf(out, "set xrange [0.7:%g]\nset xtics %d\nset xlabel 'layer'\n", (double)n_layers + 0.3,
          (int)n_layers / 12 + 1);
  series_print_bands(out, plots->n_variants);
  for (size_t i = 0; i < plots->n_variants; i++) {
    fprintf(out, ", $v%zu using 1:2 with linespoints lw 1.8 ps 0.7", i);
    series_print_style(out, series_of(i));
    fputs(" title ", out);
    gnuplot_text(out, plots->comparison->variants.variant[i].name, NAME);
  }
  fputc('\n', out);
  fprintf(draft.words,
          "Lines over %zu layers after the last epoch, one a variant, from %.3g to "
          "%.3g.",
          n_layers, range.least, range.most);
  plot_end(&draft);
}

static int has_any(const Plots *plots, const Variant *variant, int quantity) {
  for (size_t e = 0; e <= last_epoch(variant); e++)
    for (size_t k = 0; k < layers_of(plots, variant); k++)
      if (is_drawn(band_of(plots, variant, layer_value, quantity, e, k), 1)) return 1;
  return 0;
}

/* So that there are at most so many tics from 1 on. */
static size_t tic_step(size_t n, size_t most) {
  return (n + most - 1) / most;
}

static void add_map(Plots *plots, int quantity, size_t number, Range range) {
  const Variant *variant = &plots->comparison->variants.variant[number];
  size_t n_layers = layers_of(plots, variant), n_epochs = last_epoch(variant) + 1;
  char name[NAME + 20], title[256];
  Draft draft;
  if (!has_any(plots, variant, quantity)) return;
  snprintf(name, sizeof name, "%s-%zu", LAYER_WORDS[quantity].name, number + 1);
  snprintf(title, sizeof title, "%s, by epoch: %.100s", LAYER_WORDS[quantity].title, variant->name);
  if (!plot_begin(&draft, plots, MAP_WIDTH, MAP_HEIGHT, name, title)) return;
  FILE *out = draft.commands;
  fputs("$map << END\n", out);
  for (size_t k = 0; k < n_layers; k++)
    for (size_t e = 0; e < n_epochs; e++) {
      double x = band_of(plots, variant, layer_value, quantity, e, k).mean;
      fprintf(out, "%zu %zu", e + 1, k + 1);
      gnuplot_number(out, x > 0 ? x : (double)NAN);
      fputc('\n', out);
    }
  fputs("END\n"
        "set palette defined (0 '#440154', 0.14 '#46327e', 0.29 '#365c8d', 0.43 '#277f8e', 0.57 "
        "'#1fa187', 0.71 '#4ac16d', 0.86 '#a0da39', 1 '#fde725')\n",
        out);
  plot_log_axis(out, "cb", range.least, range.most);
  fprintf(
      out,
      "unset grid\nset xrange [0.5:%g]\nset yrange [0.5:%g]\nset xtics 1,%zu\nset ytics 1,%zu\n"
      "set xlabel 'epoch'\nset ylabel 'layer'\nset colorbox user origin screen 0.775,screen 0.2 "
      "size screen 0.03,screen 0.7\nset rmargin at screen 0.75\n"
      "plot $map using 1:2:3 with image pixels notitle\n",
      (double)n_epochs + 0.5, (double)n_layers + 0.5, tic_step(n_epochs, n_epochs < 100 ? 6 : 4),
      tic_step(n_layers, 8));
  fprintf(draft.words, "A map of %zu layers, from bottom to top, over %zu epochs; lighter is more.",
          n_layers, n_epochs);
  plot_end(&draft);
}

void plots_add_layers(Plots *plots) {
  for (int quantity = 0; quantity < LAYER_QUANTITY_COUNT; quantity++) {
    add_by_layer(plots, quantity);
    Range range = range_of(plots, quantity, 1);
    if (!LAYER_WORDS[quantity].has_map || !(range.most >= range.least)) continue;
    for (size_t i = 0; i < plots->n_variants; i++) add_map(plots, quantity, i, range);
  }
}
