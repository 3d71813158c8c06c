#include "plots.h"

#include "gnuplot.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 480, HEIGHT = 300 };

static double curve_value(const Detail *detail, int quantity, size_t epoch, size_t k) {
  (void)k;
  const double *curve = detail->curve[quantity];
  return curve && epoch < detail->n_epochs ? curve[epoch] : (double)NAN;
}

/* Accuracy is drawn as error in percent, since on a logarithmic scale that is what tells good
 * networks apart; the axis is labelled with the accuracy. */
static ValueBand drawn(ValueBand band, int is_accuracy, double floor) {
  if (is_accuracy)
    band = (ValueBand){100 * (1 - band.mean), 100 * (1 - band.most), 100 * (1 - band.least)};
  if (isnan(band.mean)) return band;
  return (ValueBand){fmax(band.mean, floor), fmax(band.least, floor), fmax(band.most, floor)};
}

static double floor_of(const Plots *plots, int is_accuracy) {
  int64_t n_images = plots->comparison->baseline->example->n_images;
  if (!is_accuracy) return 1e-6;
  return n_images > 0 ? fmax(50.0 / (double)n_images, 1e-3) : 0.01;
}

static void epoch_axis(FILE *out, size_t n) {
  size_t step = 1;
  static const size_t factors[] = {2, 5, 10};
  for (size_t scale = 1; n / step > 8; scale *= 10)
    for (int i = 0; i < 3 && n / step > 8; i++) step = factors[i] * scale;
  double pad = fmax(0.5, (double)n / 40);
  fprintf(out, "set xrange [%g:%g]\nset xtics %zu\nset xlabel 'epoch'\n", n > 1 ? 1 - pad / 4 : 0.5,
          (double)n + pad / 2, step);
}

static void print_block(Draft *draft, size_t number, Curve curve, int is_accuracy, double floor) {
  const Plots *plots = draft->plots;
  FILE *out = draft->commands;
  const Variant *variant = &plots->comparison->variants.variant[number];
  fprintf(out, "$v%zu << END\n", number);
  for (size_t epoch = 0; epoch < epochs_of(variant); epoch++) {
    ValueBand band = band_of(plots, variant, curve_value, (int)curve, epoch, 0);
    ValueBand at = drawn(band, is_accuracy, floor);
    fprintf(out, "%zu", epoch + 1);
    gnuplot_number(out, at.mean);
    gnuplot_number(out, at.least);
    gnuplot_number(out, at.most);
    fputc('\n', out);
    if (is_accuracy) band = (ValueBand){100 * band.mean, 100 * band.least, 100 * band.most};
    band_tip(draft, number, (double)epoch + 1, at.mean, is_accuracy ? "%.2f %%" : "%.4f", band);
  }
  fputs("END\n", out);
}

static void print_lines(Draft *draft, size_t n_points) {
  const Plots *plots = draft->plots;
  plot_bands(draft, plots->n_variants);
  for (size_t i = 0; i < plots->n_variants; i++)
    plot_line(draft, i, plots->comparison->variants.variant[i].name, n_points / 10 + 1);
  fputc('\n', draft->commands);
}

static void describe(FILE *out, const Plots *plots, Curve curve, int is_accuracy, size_t n_epochs) {
  fprintf(out, "Lines over %zu epoch%s, one a variant. After the last epoch: ", n_epochs,
          n_epochs == 1 ? "" : "s");
  for (size_t i = 0; i < plots->n_variants; i++) {
    const Variant *variant = &plots->comparison->variants.variant[i];
    ValueBand band = band_of(plots, variant, curve_value, (int)curve, epochs_of(variant) - 1, 0);
    fprintf(out, is_accuracy ? "%s%s %.2f %%" : "%s%s %.4f", i ? ", " : "", variant->name,
            is_accuracy ? 100 * band.mean : band.mean);
  }
  fputc('.', out);
}

static void add_curve(Plots *plots, Curve curve, const char *name, const char *title) {
  int is_accuracy = curve == CURVE_TEST_ACCURACY || curve == CURVE_TRAIN_ACCURACY;
  double least = (double)INFINITY, most = 0, floor = floor_of(plots, is_accuracy);
  size_t n_epochs = 0;
  for (size_t i = 0; i < plots->n_variants; i++) {
    const Variant *variant = &plots->comparison->variants.variant[i];
    for (size_t k = 0; k < epochs_of(variant); k++) {
      ValueBand band =
          drawn(band_of(plots, variant, curve_value, (int)curve, k, 0), is_accuracy, floor);
      least = fmin(least, band.least);
      most = fmax(most, band.most);
    }
    if (epochs_of(variant) > n_epochs) n_epochs = epochs_of(variant);
  }
  Draft draft;
  if (n_epochs < 2) return; /* a point is no curve */
  if (!isfinite(least) || !(most > 0)) return;
  if (!plot_begin(&draft, plots, WIDTH, HEIGHT, name, title)) return;
  draft.plot.n_keys = (int)plots->n_variants;
  FILE *out = draft.commands;
  for (size_t i = 0; i < plots->n_variants; i++) print_block(&draft, i, curve, is_accuracy, floor);
  epoch_axis(out, n_epochs);
  draft.plot.x_name = "epoch";
  if (is_accuracy)
    plot_accuracy_axis(&draft, least, most, 1);
  else
    plot_log_axis(&draft, "y", least, most);
  fprintf(out, "set ylabel '%s'\n", is_accuracy ? "accuracy, %" : "loss");
  print_lines(&draft, n_epochs);
  describe(draft.words, plots, curve, is_accuracy, n_epochs);
  plot_end(&draft);
}

void plots_add_curves(Plots *plots) {
  int is_validated = run_is_validated(plots->comparison->baseline->example);
  add_curve(plots, CURVE_TEST_ACCURACY, "accuracy",
            is_validated ? "Accuracy on the validation split" : "Accuracy on the test set");
  add_curve(plots, CURVE_TRAIN_ACCURACY, "accuracy-train", "Accuracy in training");
  add_curve(plots, CURVE_TEST_LOSS, "loss",
            is_validated ? "Loss on the validation split" : "Loss on the test set");
  add_curve(plots, CURVE_TRAIN_LOSS, "loss-train", "Loss in training");
}
