#include "evaluation.h"

#include "base/memory.h"
#include <stdlib.h>

const EvaluationResult *evaluation_used(const Trainer *trainer) {
  return &trainer->evaluation[trainer->config->evaluate.statistics].result;
}

static int is_used(const Trainer *trainer, int way) {
  return way == (int)trainer->config->evaluate.statistics;
}

static Status make_room(EvaluationResult *result, size_t n, size_t n_classes) {
  TRY(memory_allocate(&result->prediction, n, sizeof(int32_t), "predictions"));
  TRY(memory_allocate(&result->sample_loss, n, sizeof(double), "predictions"));
  return memory_allocate(&result->probability, n * n_classes, sizeof(float), "predictions");
}

Status evaluation_make(Trainer *trainer) {
  const Network *network = &trainer->learner.network;
  const size_t n = (size_t)trainer->data.evaluated->n;
  if (trainer->config->evaluate.statistics == STATISTICS_BATCH)
    TRY(network_check_evaluation(network, trainer->data.evaluated->n));
  for (int way = 0; is_root() && way < N_STATISTICS; way++)
    if (is_used(trainer, way) || network->crosses_samples)
      TRY(make_room(&trainer->evaluation[way].result, n, (size_t)network->n_classes));
  return status_ok();
}

void evaluation_free(Trainer *trainer) {
  for (int way = 0; way < N_STATISTICS; way++) {
    EvaluationResult *result = &trainer->evaluation[way].result;
    free(result->prediction);
    free(result->probability);
    free(result->sample_loss);
  }
}

/* Collective. */
static Status evaluate(Trainer *trainer, int is_all) {
  const TrainingData *data = &trainer->data;
  const int crosses = trainer->learner.network.crosses_samples;
  int is_bad = 0;
  if (crosses && (is_all || is_used(trainer, STATISTICS_POPULATION)))
    is_bad = pass_population(trainer->pass, &data->set.train, data->table);
  for (int way = 0; way < N_STATISTICS; way++) {
    Evaluation *e = &trainer->evaluation[way];
    e->is_done = is_used(trainer, way) || (crosses && is_all);
    if (!e->is_done) continue;
    TRY(pass_evaluate(trainer->pass, data->evaluated, data->table, (Statistics)way, &e->result));
    e->result.out_of_range |= is_bad;
  }
  return status_ok();
}

Status evaluation_run(Trainer *trainer, int is_last) {
  learner_swap_average(&trainer->learner);
  Status status = evaluate(trainer, is_last || trainer->config->evaluate.each_epoch);
  learner_swap_average(&trainer->learner);
  return status;
}

int evaluation_is_out_of_range(const Trainer *trainer) {
  int is_bad = 0;
  for (int way = 0; way < N_STATISTICS; way++)
    is_bad |= trainer->evaluation[way].is_done && trainer->evaluation[way].result.out_of_range;
  return is_bad;
}

double evaluation_extra_steps(const Trainer *trainer) {
  const Config *config = trainer->config;
  if (!trainer->learner.network.crosses_samples || config->evaluate.each_epoch) return 0;
  const double sums = pass_population_steps(trainer->pass), batch = config->training.batch;
  const int is_population = is_used(trainer, STATISTICS_POPULATION);
  const int is_batch = is_used(trainer, STATISTICS_BATCH);
  return (is_population ? 0 : sums * trainer->data.set.train.n / batch) +
         (2 + (is_batch ? 0 : sums)) * trainer->data.evaluated->n / batch;
}
