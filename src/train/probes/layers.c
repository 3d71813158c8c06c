#include "../trainer.h"

#include <stddef.h>

/* Of each layer: how alike different samples are after its norm and the norm of its gradient, which
 * tell how far information and gradients get with depth and with the size of a norm's groups
 * (Lubana et al. 2021; src/nn/run/similarity.h), and the deviations before and after the norm. */
static int is_wanted(const ProbesConfig *config) {
  return config->layers;
}

/* What the pass has observed. */
static const struct {
  ResultField field;
  size_t offset; /* of a double in an Observation */
} OBSERVED[] = {{RESULT_PROBE_DEVIATION_BEFORE, offsetof(Observation, deviation_before)},
                {RESULT_PROBE_DEVIATION_AFTER, offsetof(Observation, deviation_after)}};

static Status keep(Trainer *trainer, const ProbeStep *step) {
  int n;
  const Observation *o = pass_observations(trainer->pass, &n);
  History *history = &trainer->output.history;
  const Probes *probes = &trainer->probes;
  double *row = probes->row;
  if (n == 0) return status_ok();
  TRY(history_add(history, RESULT_PROBE_SIMILARITY, pass_similarity(trainer->pass)));
  for (size_t k = 0; k < sizeof OBSERVED / sizeof *OBSERVED; k++) {
    for (int i = 0; i < n; i++)
      row[i] = *(const double *)((const char *)&o[i] + OBSERVED[k].offset);
    TRY(history_add(history, OBSERVED[k].field, row));
  }
  for (int i = 0; i < n; i++)
    row[i] = optimizer_gradient_norm(&trainer->learner.network, probes->gradient, step->count,
                                     o[i].layer);
  return history_add(history, RESULT_PROBE_GRADIENT_NORM, row);
}

const Probe PROBE_layers = {.name = "layers", .is_wanted = is_wanted, .keep = keep};
