#include "metrics.h"

#include "base/memory.h"
#include "checkpoint.h"
#include "evaluation.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static double mean_loss(const int64_t loss[2], int64_t n) {
  return n > 0 ? exact_value(exact_join(loss)) / (double)n : 0;
}

Status metrics_step(Trainer *trainer, const StepResult *result, double rate) {
  double loss = exact_value(result->loss) / result->n_samples;
  double accuracy = (double)result->correct / result->n_samples;
  TRY(history_add(&trainer->output.history, RESULT_STEP_LOSS, &loss));
  TRY(history_add(&trainer->output.history, RESULT_STEP_ACCURACY, &accuracy));
  return history_add(&trainer->output.history, RESULT_STEP_RATE, &rate);
}

/* What the pass observes of a layer, and where. */
static const struct {
  ResultField field;
  size_t offset; /* of a double in an Observation */
} OBSERVED[] = {
    {RESULT_MEAN_BEFORE, offsetof(Observation, mean_before)},
    {RESULT_DEVIATION_BEFORE, offsetof(Observation, deviation_before)},
    {RESULT_MEAN_AFTER, offsetof(Observation, mean_after)},
    {RESULT_DEVIATION_AFTER, offsetof(Observation, deviation_after)},
};

static Status add_layers(Trainer *trainer, double *row, int count) {
  int n;
  const Observation *o = pass_observations(trainer->pass, &n);
  for (size_t k = 0; k < sizeof OBSERVED / sizeof *OBSERVED; k++) {
    for (int i = 0; i < n; i++)
      row[i] = *(const double *)((const char *)&o[i] + OBSERVED[k].offset);
    TRY(history_add(&trainer->output.history, OBSERVED[k].field, row));
  }
  for (int i = 0; i < n; i++)
    row[i] = optimizer_gradient_norm(&trainer->learner.network, pass_gradient(trainer->pass), count,
                                     o[i].layer);
  return history_add(&trainer->output.history, RESULT_GRADIENT_NORM, row);
}

static Status record_layers(Trainer *trainer, int count) {
  int n;
  double *row;
  (void)pass_observations(trainer->pass, &n);
  TRY(memory_allocate(&row, (size_t)n, sizeof *row, "observations"));
  Status status = add_layers(trainer, row, count);
  free(row);
  return status;
}

/* By each of the statistics, as far as it was evaluated so. */
static Status add_evaluations(Trainer *trainer, double n_test) {
  History *history = &trainer->output.history;
  for (int way = 0; way < N_STATISTICS; way++) {
    const Evaluation *e = &trainer->evaluation[way];
    const double loss = e->is_done ? exact_value(e->result.loss) / n_test : (double)NAN;
    const double accuracy = e->is_done ? (double)e->result.correct / n_test : (double)NAN;
    TRY(history_add_part(history, RESULT_TEST_LOSS_BY, way, loss));
    TRY(history_add_part(history, RESULT_TEST_ACCURACY_BY, way, accuracy));
  }
  return status_ok();
}

Status metrics_epoch(Trainer *trainer, double images, double seconds, double *spread[3],
                     int last_count) {
  History *history = &trainer->output.history;
  const Position *p = &trainer->position;
  double rate = history_last(history, RESULT_STEP_RATE);
  double n_test = trainer->data.evaluated->n;
  double train_loss = mean_loss(p->loss, p->n_samples);
  double train_accuracy = (double)p->correct / (double)p->n_samples;
  const EvaluationResult *evaluation = evaluation_used(trainer);
  double test_loss = exact_value(evaluation->loss) / n_test;
  double test_accuracy = (double)evaluation->correct / n_test;
  TRY(history_add(history, RESULT_EPOCH_RATE, &rate));
  TRY(history_add(history, RESULT_TRAIN_LOSS, &train_loss));
  TRY(history_add(history, RESULT_TRAIN_ACCURACY, &train_accuracy));
  TRY(history_add(history, RESULT_TEST_LOSS, &test_loss));
  TRY(history_add(history, RESULT_TEST_ACCURACY, &test_accuracy));
  TRY(history_add(history, RESULT_IMAGES_PER_SECOND, &images));
  TRY(history_add(history, RESULT_EPOCH_SECONDS, &seconds));
  for (int phase = 0; phase < PHASE_COUNT; phase++) {
    TRY(history_add_part(history, RESULT_PHASE_MINIMUM, phase, spread[0][phase]));
    TRY(history_add_part(history, RESULT_PHASE_MEAN, phase, spread[1][phase]));
    TRY(history_add_part(history, RESULT_PHASE_MAXIMUM, phase, spread[2][phase]));
  }
  TRY(add_evaluations(trainer, n_test));
  TRY(record_layers(trainer, last_count));
  return checkpoint_epoch(trainer);
}
