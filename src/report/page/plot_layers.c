#include "plots.h"

#include "gnuplot.h"
#include "layers.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAP_WIDTH = 260, MAP_HEIGHT = 215, NAME = 60 };

const LayerWords LAYER_WORDS[LAYER_QUANTITY_COUNT] = {
    [LAYER_MEAN_BEFORE] = {"layers-mean-before", "Mean before the norm", 0, 0},
    [LAYER_DEVIATION_BEFORE] = {"layers-deviation-before", "Standard deviation before the norm", 1,
                                1},
    [LAYER_MEAN_AFTER] = {"layers-mean-after", "Mean after the norm", 0, 0},
    [LAYER_DEVIATION_AFTER] = {"layers-deviation-after", "Standard deviation after the norm", 1, 1},
    [LAYER_GRADIENT_NORM] = {"layers-gradient-norm", "Norm of the gradient", 1, 1},
};

const PaletteStop MAP_PALETTE[N_PALETTE_STOPS] = {
    {0, "#440154"},    {0.14, "#46327e"}, {0.29, "#365c8d"}, {0.43, "#277f8e"},
    {0.57, "#1fa187"}, {0.71, "#4ac16d"}, {0.86, "#a0da39"}, {1, "#fde725"}};

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

static void extend(Range *range, double x) {
  if (!isfinite(x) || x <= 0) return;
  range->least = fmin(range->least, x);
  range->most = fmax(range->most, x);
}

/* Of the means that maps show. */
static Range range_of(const Plots *plots, int quantity) {
  Range range = {(double)INFINITY, -(double)INFINITY};
  for (size_t v = 0; v < plots->n_variants; v++) {
    const Variant *variant = &plots->comparison->variants.variant[v];
    for (size_t e = 0; e <= last_epoch(variant); e++)
      for (size_t k = 0; k < layers_of(plots, variant); k++)
        extend(&range, band_of(plots, variant, layer_value, quantity, e, k).mean);
  }
  return range;
}

const LayerRow *layer_rows(const Plots *plots, const Variant *variant) {
  for (size_t i = 0; i < variant->n_runs; i++) {
    const Detail *detail = plots_detail(plots, variant->runs[i]);
    if (detail->layers && detail->n_layers == layers_of(plots, variant)) return detail->layers;
  }
  return NULL;
}

/* The number that all variants with this many layers give layer k; NULL if they do not agree. */
static const char *common_number(const Plots *plots, size_t k) {
  const char *number = NULL;
  for (size_t i = 0; i < plots->n_variants; i++) {
    const Variant *variant = &plots->comparison->variants.variant[i];
    const LayerRow *rows = layer_rows(plots, variant);
    if (k >= layers_of(plots, variant)) continue;
    if (!rows || !rows[k].number || (number && strcmp(number, rows[k].number) != 0)) return NULL;
    number = rows[k].number;
  }
  return number;
}

void layer_label(char label[LAYER_LABEL], const Plots *plots, size_t k) {
  int is_common = 1;
  for (size_t i = 0; i <= k; i++) is_common &= common_number(plots, i) != NULL;
  if (is_common)
    snprintf(label, LAYER_LABEL, "%s", common_number(plots, k));
  else
    snprintf(label, LAYER_LABEL, "%zu", k + 1);
}

static size_t count_layers(const Plots *plots, const Variant *variant, int quantity) {
  (void)quantity;
  return layers_of(plots, variant);
}

static double place_of_layer(const Plots *plots, const Variant *variant, size_t i) {
  (void)plots;
  (void)variant;
  return (double)i + 1;
}

static ValueBand band_at_end(const Plots *plots, const Variant *variant, int quantity, size_t i) {
  return band_of(plots, variant, layer_value, quantity, last_epoch(variant), i);
}

static void add_by_layer(Plots *plots, int quantity) {
  const LayerWords *words = &LAYER_WORDS[quantity];
  plots_add_lines(plots, &(Lines){.name = words->name,
                                  .title = words->title,
                                  .is_log = words->is_log,
                                  .quantity = quantity,
                                  .n_points = count_layers,
                                  .place = place_of_layer,
                                  .band = band_at_end,
                                  .axis = plot_layer_axis});
}

static int has_any(const Plots *plots, const Variant *variant, int quantity) {
  for (size_t e = 0; e <= last_epoch(variant); e++)
    for (size_t k = 0; k < layers_of(plots, variant); k++)
      if (band_of(plots, variant, layer_value, quantity, e, k).mean > 0) return 1;
  return 0;
}

/* So that there are at most so many tics from 1 on. */
static size_t tic_step(size_t n, size_t most) {
  return (n + most - 1) / most;
}

static void print_layer_tics(Draft *draft, size_t n_layers) {
  fputs("set ytics (", draft->commands);
  for (size_t k = 0; k < n_layers; k += tic_step(n_layers, 8)) {
    char label[LAYER_LABEL];
    layer_label(label, draft->plots, k);
    fputs(k ? ", " : "", draft->commands);
    gnuplot_text(draft->commands, label, LAYER_LABEL);
    fprintf(draft->commands, " %zu", k + 1);
  }
  fputs(")\n", draft->commands);
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
  fprintf(out, "$m%zu << END\n", number);
  for (size_t k = 0; k < n_layers; k++) {
    fputs(k ? ",[" : "[", draft.tips);
    for (size_t e = 0; e < n_epochs; e++) {
      double x = band_of(plots, variant, layer_value, quantity, e, k).mean;
      fprintf(out, "%zu %zu", e + 1, k + 1);
      gnuplot_number(out, x > 0 ? x : (double)NAN);
      fputc('\n', out);
      fprintf(draft.tips, isfinite(x) ? "%s%.3g" : "%snull", e ? "," : "", x);
    }
    fputc(']', draft.tips);
  }
  fputs("END\nset palette maxcolors 64 defined (", out);
  for (int i = 0; i < N_PALETTE_STOPS; i++)
    fprintf(out, "%s%g '%s'", i ? ", " : "", MAP_PALETTE[i].at, MAP_PALETTE[i].colour);
  fputs(")\n", out);
  plot_log_axis(&draft, "cb", range.least, range.most);
  print_layer_tics(&draft, n_layers);
  fprintf(out,
          "unset grid\nset xrange [0.5:%g]\nset yrange [0.5:%g]\nset xtics 1,%zu\n"
          "set xlabel 'epoch'\nset ylabel 'layer'\nif (on_page) { unset colorbox }\n",
          (double)n_epochs + 0.5, (double)n_layers + 0.5,
          tic_step(n_epochs, n_epochs < 100 ? 6 : 4));
  draft.plot.lookup = LOOKUP_CELL;
  plot_element(&draft, "m", number, "1:2:3 with @cells notitle\n");
  fprintf(draft.words, "A map of %zu layers, from bottom to top, over %zu epochs; lighter is more.",
          n_layers, n_epochs);
  plot_end(&draft);
}

void plots_add_layers(Plots *plots) {
  int has_epochs = 0; /* a map of one epoch would be a line */
  for (size_t i = 0; i < plots->n_variants; i++)
    has_epochs |= last_epoch(&plots->comparison->variants.variant[i]) > 0;
  for (int quantity = 0; quantity < LAYER_QUANTITY_COUNT; quantity++) {
    add_by_layer(plots, quantity);
    Range range = range_of(plots, quantity);
    if (!LAYER_WORDS[quantity].has_map || !(range.most >= range.least) || !has_epochs) continue;
    for (size_t i = 0; i < plots->n_variants; i++) add_map(plots, quantity, i, range);
  }
}
