/* Run under mpirun: one training pass and evaluations for each norm and batch, on as many ranks
 * as there are. Prints a hash of all that may not depend on ranks and threads; fails if the ranks
 * disagree. gradient_ranks THREADS */
#include "base/log.h"
#include "fixture.h"
#include "kernels/isa.h"
#include "nn/pass.h"
#include "support/norm_specs.h"

#include <stdio.h>
#include <stdlib.h>

enum { N_CLASSES = 5, SPARE = 3 };

/* A norm has three of them, and norms beside it others. */
static const int BATCHES[] = {1, 7, 16, 37, 80};

static uint64_t hash(uint64_t h, const void *data, size_t bytes) {
  const uint8_t *byte = data;
  for (size_t i = 0; i < bytes; i++) h = (h ^ byte[i]) * 0x100000001b3U;
  return h;
}

static uint64_t hash_training(Pass *pass, const Network *network, const StepResult *result) {
  uint64_t h = hash(0xcbf29ce484222325U, pass_gradient(pass), network->n_parameters * 8);
  h = hash(h, &result->loss, sizeof result->loss);
  h = hash(h, &result->correct, sizeof result->correct);
  for (int i = 0; i < network->n_running; i++) {
    size_t bytes = (size_t)network->running[i].n_groups * sizeof(float);
    h = hash(h, network->running[i].mean, bytes);
    h = hash(h, network->running[i].variance, bytes);
  }
  int n;
  const Observation *o = pass_observations(pass, &n);
  for (int i = 0; i < n; i++) {
    double seen[] = {o[i].mean_before, o[i].deviation_before, o[i].mean_after,
                     o[i].deviation_after};
    h = hash(h, seen, sizeof seen);
  }
  return h;
}

static uint64_t hash_population(const Network *network) {
  uint64_t h = 1;
  for (int i = 0; i < network->n_running; i++) {
    size_t bytes = (size_t)network->running[i].n_groups * sizeof(float);
    h = hash(h, network->running[i].population.mean, bytes);
    h = hash(h, network->running[i].population.variance, bytes);
  }
  return h;
}

/* Predictions are rank 0's alone. */
static uint64_t hash_evaluation(Pass *pass, const Images *images, Statistics statistics) {
  size_t n = (size_t)images->set.n;
  EvaluationResult e = {0};
  if (dist_rank() == 0) {
    e.prediction = new_zeroed(n, sizeof(int32_t));
    e.probability = new_zeroed(n * N_CLASSES, sizeof(float));
    e.sample_loss = new_zeroed(n, sizeof(double));
  }
  expect_ok(pass_evaluate(pass, &images->set, images->table, statistics, &e));
  uint64_t h = hash(1, &e.loss, sizeof e.loss);
  h = hash(h, &e.correct, sizeof e.correct);
  uint64_t common = h;
  dist_broadcast(&common, sizeof common);
  BUG_IF(common != h);
  if (dist_rank() == 0) {
    h = hash(h, e.prediction, n * sizeof(int32_t));
    h = hash(h, e.probability, n * N_CLASSES * sizeof(float));
    h = hash(h, e.sample_loss, n * sizeof(double));
  }
  free(e.prediction), free(e.probability), free(e.sample_loss);
  return h;
}

/* The last rank asks for a stop; all must learn of it. */
static void run(const char *spec, int batch, int n_threads) {
  Config *config = config_make(NETWORK_ALL_LAYERS, spec,
                               "network.layers.10={type: dropout, dropout: 0.3}", NULL);
  Network network;
  Pass *pass;
  Images images;
  StepResult result;
  uint32_t index[128];
  expect_ok(network_build(&network, config, 2, 13, 12));
  expect_ok(pass_make(&pass, &network, batch, n_threads));
  images_make(&images, batch + SPARE, 2, 13, 12, N_CLASSES, 7);
  for (int i = 0; i < batch; i++) index[i] = (uint32_t)(batch + SPARE - 1 - i);
  pass_train(pass, &images.set, images.table, index, batch, 11, dist_rank() == dist_size() - 1, 1,
             &result);
  BUG_IF(result.out_of_range || !result.stop || result.n_samples != batch);
  uint64_t trained = hash_training(pass, &network, &result), common = trained;
  dist_broadcast(&common, sizeof common);
  BUG_IF(common != trained);
  BUG_IF(pass_population(pass, &images.set, images.table));
  uint64_t evaluated = hash_population(&network);
  for (int way = 0; way < N_STATISTICS; way++)
    evaluated = 31 * evaluated + hash_evaluation(pass, &images, (Statistics)way);
  if (dist_rank() == 0)
    printf("%-9s batch %2d: %016llx %016llx\n", spec, batch, (unsigned long long)trained,
           (unsigned long long)evaluated);
  images_free(&images);
  pass_free(pass);
  network_free(&network);
  config_free(config);
}

int main(int argc, char **argv) {
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = dist_agree(isa_select());
  if (status.code != STATUS_OK || argc != 2) return 2;
  const NormSpecs specs = norm_specs(5, (const char *[]){"group:c/4", NULL});
  enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES, OF_EACH = 3 };
  for (int s = 0; s < specs.n; s++)
    for (int b = 0; b < OF_EACH; b++)
      run(specs.text[s], BATCHES[(s + 2 * b) % N_BATCHES], atoi(argv[1]));
  if (dist_rank() == 0) printf("%d runs\n", specs.n * OF_EACH);
  ranks_end();
  return 0;
}
