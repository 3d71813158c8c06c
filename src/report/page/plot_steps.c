#include "plots.h"

#include <math.h>

/* So many points are drawn; each is the mean over the steps up to the next. */
enum { MOST_DRAWN = 150 };

static size_t steps_of(const Plots *plots, const Variant *variant) {
  size_t n = 0;
  for (size_t i = 0; i < variant->n_runs; i++) {
    const Detail *detail = plots_detail(plots, variant->runs[i]);
    if (detail->n_steps > n) n = detail->n_steps;
  }
  return n;
}

/* How many steps a point stands for. */
static size_t width_of(const Plots *plots, const Variant *variant) {
  return (steps_of(plots, variant) + MOST_DRAWN - 1) / MOST_DRAWN;
}

static size_t count_points(const Plots *plots, const Variant *variant, int quantity) {
  size_t n = steps_of(plots, variant);
  (void)quantity;
  return n > 0 ? (n - 1) / width_of(plots, variant) + 1 : 0;
}

static double place_of(const Plots *plots, const Variant *variant, size_t i) {
  size_t width = width_of(plots, variant), first = i * width + 1, n = steps_of(plots, variant);
  size_t last = first + width - 1 < n ? first + width - 1 : n;
  return (double)(first + last) / 2;
}

static double step_value(const Detail *detail, int quantity, size_t first, size_t width) {
  double sum = 0;
  size_t n = 0;
  (void)quantity;
  for (size_t k = first; k < first + width && k < detail->n_steps; k++, n++)
    sum += detail->step_loss[k];
  return n > 0 ? sum / (double)n : (double)NAN;
}

static ValueBand band(const Plots *plots, const Variant *variant, int quantity, size_t i) {
  size_t width = width_of(plots, variant);
  return band_of(plots, variant, step_value, quantity, i * width, width);
}

void plots_add_steps(Plots *plots) {
  plots_add_lines(plots, &(Lines){.name = "loss-steps",
                                  .title = "Loss of the batches, by step",
                                  .y_label = "loss",
                                  .is_log = 1,
                                  .n_points = count_points,
                                  .place = place_of,
                                  .band = band,
                                  .axis = plot_step_axis});
}
