#include "metrics.h"

#include "base/memory.h"
#include "checkpoint.h"
#include <stdlib.h>

static double mean_loss(const int64_t loss[2], int64_t n) {
  return n > 0 ? exact_value(exact_join(loss)) / (double)n : 0;
}

Status metrics_step(Trainer *trainer, const StepResult *result, double rate) {
  double loss = exact_value(result->loss) / result->n_samples;
  double accuracy = (double)result->correct / result->n_samples;
  TRY(history_add(&trainer->output.history, STEP_LOSS_COLUMN, &loss));
  TRY(history_add(&trainer->output.history, STEP_ACCURACY, &accuracy));
  return history_add(&trainer->output.history, STEP_RATE, &rate);
}

static Status record_layers(Trainer *trainer, int count) {
  int n;
  const Observation *o = pass_observations(trainer->pass, &n);
  double *row;
  TRY(memory_allocate(&row, (size_t)n, sizeof *row, "observations"));
  Status status = status_ok();
  for (int column = LAYER_MEAN_BEFORE; column <= LAYER_GRADIENT_NORM; column++) {
    for (int i = 0; i < n; i++)
      row[i] = column == LAYER_MEAN_BEFORE        ? o[i].mean_before
               : column == LAYER_DEVIATION_BEFORE ? o[i].deviation_before
               : column == LAYER_MEAN_AFTER       ? o[i].mean_after
               : column == LAYER_DEVIATION_AFTER
                   ? o[i].deviation_after
                   : optimizer_gradient_norm(&trainer->learner.network,
                                             pass_gradient(trainer->pass), count, o[i].layer);
    if (status.code == STATUS_OK) status = history_add(&trainer->output.history, column, row);
  }
  free(row);
  return status;
}

Status metrics_epoch(Trainer *trainer, double images, double seconds, double *spread[3],
                     int last_count) {
  History *history = &trainer->output.history;
  const Position *p = &trainer->position;
  const Column *rates = &history->column[STEP_RATE];
  double n_test = trainer->data.evaluated->n;
  double train_loss = mean_loss(p->loss, p->n_samples);
  double train_accuracy = (double)p->correct / (double)p->n_samples;
  double test_loss = exact_value(trainer->evaluation.loss) / n_test;
  double test_accuracy = (double)trainer->evaluation.correct / n_test;
  TRY(history_add(history, EPOCH_RATE, &rates->value[rates->n_rows - 1]));
  TRY(history_add(history, EPOCH_TRAIN_LOSS, &train_loss));
  TRY(history_add(history, EPOCH_TRAIN_ACCURACY, &train_accuracy));
  TRY(history_add(history, EPOCH_TEST_LOSS, &test_loss));
  TRY(history_add(history, EPOCH_TEST_ACCURACY, &test_accuracy));
  TRY(history_add(history, TIMING_IMAGES, &images));
  TRY(history_add(history, TIMING_EPOCH, &seconds));
  for (int phase = 0; phase < PHASE_COUNT; phase++)
    for (int k = 0; k < 3; k++)
      TRY(history_add(history, TIMING_PHASE + 3 * phase + k, &spread[k][phase]));
  TRY(record_layers(trainer, last_count));
  return checkpoint_epoch(trainer);
}
