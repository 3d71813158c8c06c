#include "probes.h"

#include <math.h>

/* Of the runs of a variant, the one with the most probes; NULL if none has any. */
static const Detail *probed(const Plots *plots, const Variant *variant) {
  const Detail *most = NULL;
  for (size_t i = 0; i < variant->n_runs; i++) {
    const Detail *detail = plots_detail(plots, variant->runs[i]);
    if (detail->n_probes > (most ? most->n_probes : 0)) most = detail;
  }
  return most;
}

/* So many probes are drawn, at equal distances. */
enum { MOST_DRAWN = 75 };

static size_t distance_of(const Plots *plots, const Variant *variant) {
  const Detail *detail = probed(plots, variant);
  return detail ? (detail->n_probes + MOST_DRAWN - 1) / MOST_DRAWN : 1;
}

static size_t count_probes(const Plots *plots, const Variant *variant, int quantity) {
  const Detail *detail = probed(plots, variant);
  (void)quantity;
  return detail ? (detail->n_probes - 1) / distance_of(plots, variant) + 1 : 0;
}

static double place_of_probe(const Plots *plots, const Variant *variant, size_t i) {
  return probed(plots, variant)->probe_step[i * distance_of(plots, variant)];
}

static size_t count_layers(const Plots *plots, const Variant *variant, int quantity) {
  const Detail *detail = probed(plots, variant);
  return detail && detail->probe[quantity] ? detail->n_layers : 0;
}

static double place_of_layer(const Plots *plots, const Variant *variant, size_t i) {
  (void)plots;
  (void)variant;
  return (double)i + 1;
}

static double layer_value(const Detail *detail, int quantity, size_t probe, size_t layer) {
  const double *all = detail->probe[quantity];
  int is_known = all && probe < detail->n_probes && layer < detail->n_layers;
  return is_known ? all[probe * detail->n_layers + layer] : (double)NAN;
}

/* At the last probe. */
static ValueBand band_by_layer(const Plots *plots, const Variant *variant, int quantity, size_t i) {
  return band_of(plots, variant, layer_value, quantity, probed(plots, variant)->n_probes - 1, i);
}

/* The last layer that has this quantity: behind the last norm there is none. */
static size_t last_layer(const Detail *detail, int quantity) {
  size_t last = 0;
  for (size_t k = 0; k < detail->n_layers; k++)
    if (isfinite(layer_value(detail, quantity, detail->n_probes - 1, k))) last = k;
  return last;
}

static ValueBand band_of_layer(const Plots *plots, const Variant *variant, int quantity, size_t i,
                               int is_first) {
  size_t layer = is_first ? 0 : last_layer(probed(plots, variant), quantity);
  return band_of(plots, variant, layer_value, quantity, i * distance_of(plots, variant), layer);
}

static ValueBand band_of_last_layer(const Plots *plots, const Variant *variant, int quantity,
                                    size_t i) {
  return band_of_layer(plots, variant, quantity, i, 0);
}

static ValueBand band_of_first_layer(const Plots *plots, const Variant *variant, int quantity,
                                     size_t i) {
  return band_of_layer(plots, variant, quantity, i, 1);
}

/* The least (end 0) and the most (end 1) along the walk. */
static double walk_value(const Detail *detail, int quantity, size_t probe, size_t end) {
  const double *all = detail->probe[quantity];
  double found = (double)NAN;
  for (size_t k = 0; all && probe < detail->n_probes && k < detail->n_multiples; k++) {
    double x = all[probe * detail->n_multiples + k];
    found = end ? fmax(found, x) : fmin(found, x);
  }
  return found;
}

static double loss_value(const Detail *detail, int quantity, size_t probe, size_t k) {
  (void)quantity;
  (void)k;
  return detail->probe_loss && probe < detail->n_probes ? detail->probe_loss[probe] : (double)NAN;
}

/* The loss of the batch, in the range of what it is along the gradient; means over seeds. */
static ValueBand band_of_walk(const Plots *plots, const Variant *variant, int quantity, size_t i) {
  size_t probe = i * distance_of(plots, variant);
  return (ValueBand){band_of(plots, variant, loss_value, quantity, probe, 0).mean,
                     band_of(plots, variant, walk_value, quantity, probe, 0).mean,
                     band_of(plots, variant, walk_value, quantity, probe, 1).mean};
}

/* The largest distance, in the range of all; means over seeds. */
static ValueBand band_of_distance(const Plots *plots, const Variant *variant, int quantity,
                                  size_t i) {
  size_t probe = i * distance_of(plots, variant);
  double most = band_of(plots, variant, walk_value, quantity, probe, 1).mean;
  return (ValueBand){most, band_of(plots, variant, walk_value, quantity, probe, 0).mean, most};
}

#define SANTURKAR "Santurkar et al., How does batch normalization help optimization?, NeurIPS 2018"
#define LUBANA "Lubana et al., Beyond BatchNorm, NeurIPS 2021"
#define BY_STEP .n_points = count_probes, .place = place_of_probe, .axis = plot_step_axis
#define BY_LAYER                                                                                   \
  .n_points = count_layers, .place = place_of_layer, .band = band_by_layer, .axis = plot_layer_axis

const ProbePlot PROBE_PLOTS[N_PROBE_PLOTS] = {
    {{"probe-loss", "Loss along the gradient", .is_log = 1, .quantity = PROBE_WALK_LOSS, BY_STEP,
      .band = band_of_walk},
     "Line: the loss of the batch of a step; band: from the least to the largest loss of that "
     "batch "
     "on the way against its gradient. A narrow band is a smooth loss (" SANTURKAR ", figure 4a)."},
    {{"probe-gradient", "Gradient predictiveness", .is_log = 1, .quantity = PROBE_WALK_DISTANCE,
      BY_STEP, .band = band_of_distance},
     "How far the gradient moves from the one where the way began (L2 distance): line: the most on "
     "the way; band: from the least on. Less is more predictive (" SANTURKAR ", figure 4b)."},
    {{"probe-similarity", "Similarity of samples by layer", .quantity = PROBE_SIMILARITY, BY_LAYER},
     "Mean cosine similarity of two samples of the batch after the norm, at the last probe. Near 1 "
     "the layer tells samples no longer apart (" LUBANA ")."},
    {{"probe-similarity-steps", "Similarity of samples in the last layer",
      .quantity = PROBE_SIMILARITY, BY_STEP, .band = band_of_last_layer},
     "The same of the last layer that has it, over the steps (" LUBANA ")."},
    {{"probe-deviation-before", "Deviation before the norm, by layer", .is_log = 1,
      .quantity = PROBE_DEVIATION_BEFORE, BY_LAYER},
     "Standard deviation of the activations that go into the norm, at the last probe: what grows "
     "with depth where nothing normalizes (" LUBANA ")."},
    {{"probe-deviation-after", "Deviation after the norm, by layer", .is_log = 1,
      .quantity = PROBE_DEVIATION_AFTER, BY_LAYER},
     "Standard deviation of what comes out of the norm, at the last probe (" LUBANA ")."},
    {{"probe-gradient-norm", "Norm of the gradient, by layer", .is_log = 1,
      .quantity = PROBE_GRADIENT_NORM, BY_LAYER},
     "L2 norm of the gradient of the parameters of a layer, at the last probe (" LUBANA ")."},
    {{"probe-gradient-norm-steps", "Norm of the gradient in the first layer", .is_log = 1,
      .quantity = PROBE_GRADIENT_NORM, BY_STEP, .band = band_of_first_layer},
     "The same of the first layer, over the steps: whether gradients get there (" LUBANA ")."},
};

void plots_add_probes(Plots *plots) {
  for (int i = 0; i < N_PROBE_PLOTS; i++) plots_add_lines(plots, &PROBE_PLOTS[i].lines);
}
