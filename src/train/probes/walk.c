#include "../trainer.h"

#include <math.h>

/* How the loss and its gradient change along the gradient (Santurkar, Tsipras, Ilyas and Madry,
 * "How does batch normalization help optimization?", NeurIPS 2018, figure 4): with the gradient g
 * at the weights w of the step, the loss and the gradient at w - m lr g for some multiples m of the
 * learning rate, on the same batch. Decays of the weights are no part of that loss. */
static int is_wanted(const ProbesConfig *config) {
  return config->n_walk > 0;
}

/* w - multiple lr g, from the weights of the step. */
static void go(Trainer *trainer, const ProbeStep *step, double multiple) {
  const Probes *probes = &trainer->probes;
  Network *network = &trainer->learner.network;
  const double way = multiple * step->rate / step->count;
  for (size_t i = 0; i < network->n_parameters; i++)
    network->parameters[i] =
        (float)(probes->weights[i] - way * exact_gradient_value(probes->gradient[i]));
  network_pack(network);
}

/* |g' - g| of two gradients of mean losses. */
static double distance(const int64_t *there, const int64_t *here, size_t n, int count) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double d = (exact_gradient_value(there[i]) - exact_gradient_value(here[i])) / count;
    sum += d * d;
  }
  return sqrt(sum);
}

/* Where the loss is not finite, both are NaN. */
static void look(Trainer *trainer, const ProbeStep *step) {
  const ProbesConfig *config = &trainer->config->probes;
  const TrainingData *data = &trainer->data;
  Probes *probes = &trainer->probes;
  for (int k = 0; k < config->n_walk; k++) {
    StepResult result;
    go(trainer, step, config->walk[k]);
    pass_train(trainer->pass, &data->set.train, data->table, step->index, step->count,
               (uint64_t)step->step, 0, LOOK_NOT, &result);
    probes->walk_loss[k] = exact_value(result.loss) / step->count;
    probes->walk_distance[k] = distance(pass_gradient(trainer->pass), probes->gradient,
                                        trainer->learner.network.n_parameters, step->count);
    if (result.out_of_range) probes->walk_loss[k] = probes->walk_distance[k] = (double)NAN;
  }
}

static Status keep(Trainer *trainer, const ProbeStep *step) {
  (void)step;
  History *history = &trainer->output.history;
  TRY(history_add(history, RESULT_PROBE_WALK_LOSS, trainer->probes.walk_loss));
  return history_add(history, RESULT_PROBE_WALK_DISTANCE, trainer->probes.walk_distance);
}

const Probe PROBE_walk = {.name = "walk", .is_wanted = is_wanted, .look = look, .keep = keep};
