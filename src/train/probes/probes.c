#include "probes.h"

#include "../trainer.h"
#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROBE(name) extern const Probe PROBE_##name;
#include "list.h"
#undef PROBE

const Probe *const PROBES[] = {
#define PROBE(name) &PROBE_##name,
#include "list.h"
#undef PROBE
    NULL};

enum { PROBE_BLOCKS = 7 };

static size_t running_size(const Network *network) {
  size_t n = 0;
  for (int i = 0; i < network->n_running; i++) n += 2 * (size_t)network->running[i].n_groups;
  return n;
}

static void probe_blocks(MemoryBlock block[PROBE_BLOCKS], Probes *probes, const Network *network) {
  const char *what = "probes";
  const size_t n_walk = (size_t)network->config->probes.n_walk;
  const MemoryBlock blocks[PROBE_BLOCKS] = {
      {&probes->weights, network->n_parameters, sizeof(float), what},
      {&probes->running, running_size(network), sizeof(float), what},
      {&probes->batches, (size_t)network->n_running, sizeof(int64_t), what},
      {&probes->gradient, network->n_parameters, sizeof(int64_t), what},
      {&probes->walk_loss, n_walk, sizeof(double), what},
      {&probes->walk_distance, n_walk, sizeof(double), what},
      {&probes->row, (size_t)network->config->network.n_layers, sizeof(double), what}};
  memcpy(block, blocks, sizeof blocks);
}

Status probes_make(Probes *probes, Trainer *trainer) {
  const ProbesConfig *config = &trainer->config->probes;
  MemoryBlock blocks[PROBE_BLOCKS];
  if (config->every == 0) return status_ok();
  probe_blocks(blocks, probes, &trainer->learner.network);
  TRY(memory_allocate_all(blocks, PROBE_BLOCKS));
  return config->layers ? pass_make_similarity(trainer->pass) : status_ok();
}

void probes_free(Probes *probes) {
  void *owned[] = {probes->weights,   probes->running,       probes->batches, probes->gradient,
                   probes->walk_loss, probes->walk_distance, probes->row};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

Status probes_bytes(size_t *bytes, const Network *network, int n_threads) {
  const ProbesConfig *config = &network->config->probes;
  MemoryBlock blocks[PROBE_BLOCKS];
  Probes probes;
  size_t similarity = 0;
  *bytes = 0;
  if (config->every == 0) return status_ok();
  if (config->layers) TRY(pass_similarity_bytes(&similarity, network, n_threads));
  probe_blocks(blocks, &probes, network);
  *bytes = memory_bytes_of_all(blocks, PROBE_BLOCKS) + similarity;
  return status_ok();
}

size_t probes_result_bytes(const Network *network, int64_t n_steps) {
  const ProbesConfig *config = &network->config->probes;
  enum { OF_STEP = 4, OF_MULTIPLE = 2, OF_LAYER = 4 };
  size_t n_layers = config->layers ? (size_t)network->config->network.n_layers : 0;
  size_t n = OF_STEP + OF_MULTIPLE * (size_t)config->n_walk + OF_LAYER * n_layers;
  return (size_t)probes_count(config, n_steps) * n * sizeof(double);
}

int probes_are_due(const ProbesConfig *config, int64_t step) {
  return config->every > 0 && step % config->every == 0;
}

int64_t probes_count(const ProbesConfig *config, int64_t n_steps) {
  return config->every > 0 ? (n_steps + config->every - 1) / config->every : 0;
}

int probes_are_other(const ProbesConfig *a, const ProbesConfig *b) {
  if (a->every != b->every) return 1;
  if (a->every == 0) return 0;
  return a->layers != b->layers || a->n_walk != b->n_walk ||
         memcmp(a->walk, b->walk, (size_t)a->n_walk * sizeof *a->walk) != 0;
}

/* Copies `bytes` to the place and moves it on, or back from there. */
static void move(float **place, float *values, int n, int is_back) {
  memcpy(is_back ? values : *place, is_back ? *place : values, (size_t)n * sizeof *values);
  *place += n;
}

/* What a training pass changes, and weights. */
static void exchange(Trainer *trainer, int is_back) {
  Network *network = &trainer->learner.network;
  const Probes *probes = &trainer->probes;
  float *weights = probes->weights, *running = probes->running;
  move(&weights, network->parameters, (int)network->n_parameters, is_back);
  for (int i = 0; i < network->n_running; i++) {
    Running *of = &network->running[i];
    move(&running, of->mean, of->n_groups, is_back);
    move(&running, of->variance, of->n_groups, is_back);
    int64_t *kept = &probes->batches[i];
    *(is_back ? &of->n_batches : kept) = is_back ? *kept : of->n_batches;
  }
  if (is_back) network_pack(network);
}

static Status keep(Trainer *trainer, const ProbeStep *step, double loss) {
  const Network *network = &trainer->learner.network;
  History *history = &trainer->output.history;
  double sum = 0;
  for (size_t i = 0; i < network->n_parameters; i++) {
    const double g = exact_gradient_value(trainer->probes.gradient[i]) / step->count;
    sum += g * g;
  }
  sum = sqrt(sum);
  TRY(history_add(history, RESULT_PROBE_RATE, &step->rate));
  TRY(history_add(history, RESULT_PROBE_LOSS, &loss));
  TRY(history_add(history, RESULT_PROBE_GRADIENT, &sum));
  for (int i = 0; PROBES[i]; i++)
    if (PROBES[i]->is_wanted(&trainer->config->probes)) TRY(PROBES[i]->keep(trainer, step));
  return status_ok();
}

void probes_look(Trainer *trainer, const ProbeStep *step) {
  const ProbesConfig *config = &trainer->config->probes;
  const TrainingData *data = &trainer->data;
  const size_t n = trainer->learner.network.n_parameters;
  double seconds[PHASE_COUNT];
  StepResult result;
  memcpy(seconds, pass_seconds(trainer->pass), sizeof seconds);
  exchange(trainer, 0);
  pass_train(trainer->pass, &data->set.train, data->table, step->index, step->count,
             (uint64_t)step->step, 0, config->layers ? LOOK_SIMILARITY : LOOK_NOT, &result);
  memcpy(trainer->probes.gradient, pass_gradient(trainer->pass), n * sizeof(int64_t));
  for (int i = 0; PROBES[i] && !result.out_of_range; i++)
    if (PROBES[i]->look && PROBES[i]->is_wanted(config)) PROBES[i]->look(trainer, step);
  exchange(trainer, 1);
  if (is_root() && !result.out_of_range)
    output_fail(&trainer->output, keep(trainer, step, exact_value(result.loss) / step->count));
  /* /timing is of training alone. */
  memcpy(pass_seconds(trainer->pass), seconds, sizeof seconds);
}
