#include "measure.h"

#include "base/memory.h"
#include "divergence.h"
#include "nn/schedule.h"
#include "stop.h"
#include <stdio.h>
#include <stdlib.h>

enum { UNTIMED = 3 };

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The steps that are measured stand for those of the first epoch, which may have fewer. */
static Status diverged(const Trainer *trainer, int step, const StepResult *result) {
  char where[64];
  snprintf(where, sizeof where, "--measure, step %d", step);
  return divergence_status(trainer,
                           &(Divergence){.where = where, .result = result, .is_first = step == 1});
}

/* Whole batches only, but where there is none. */
static Status run_steps(double *seconds, Trainer *trainer, int n_steps) {
  TrainingData *data = &trainer->data;
  Learner *learner = &trainer->learner;
  const int n_whole = data->set.train.n / trainer->config->training.batch;
  for (int i = 0; i < UNTIMED + n_steps; i++) {
    int count;
    StepResult result;
    const int step = i % (n_whole > 0 ? n_whole : 1);
    const uint32_t *index = sampler_batch(&data->sampler, 0, step, &count);
    TRY(stop_before_start(trainer));
    const double start = pass_clock();
    pass_set_renorm(trainer->pass, renorm_limits(trainer->config, &trainer->length, i));
    pass_train(trainer->pass, &data->set.train, data->table, index, count, (uint64_t)i, 0, 0,
               &result);
    const double rate = schedule_rate(trainer->config, &trainer->length, i);
    if (result.out_of_range ||
        !learner_step(learner, pass_gradient(trainer->pass), result.n_samples, rate))
      return diverged(trainer, i + 1, &result);
    if (i >= UNTIMED) seconds[i - UNTIMED] = pass_clock() - start;
  }
  return status_ok();
}

/* Sets *seconds to what the evaluation of all images would take. */
static Status evaluate_part(double *seconds, Trainer *trainer, int n_steps) {
  ImageSet part = *trainer->data.evaluated;
  const int n_all = part.n, wanted = n_steps * trainer->config->training.batch;
  EvaluationResult result = {0};
  if (wanted < part.n) part.n = wanted;
  const double start = pass_clock();
  TRY(pass_evaluate(trainer->pass, &part, trainer->data.table, STATISTICS_RUNNING, &result));
  if (result.out_of_range) return diverged(trainer, UNTIMED + n_steps, NULL);
  *seconds = (pass_clock() - start) * n_all / part.n;
  return status_ok();
}

Status measure_run(Measured *measured, Trainer *trainer, int n_steps) {
  double *seconds, evaluation = 0;
  TRY(memory_allocate(&seconds, (size_t)n_steps, sizeof *seconds, "measured steps"));
  Status status = run_steps(seconds, trainer, n_steps);
  if (status.code == STATUS_OK) status = evaluate_part(&evaluation, trainer, n_steps);
  if (status.code == STATUS_OK) {
    qsort(seconds, (size_t)n_steps, sizeof *seconds, by_value);
    measured->step = seconds[n_steps / 2];
    measured->evaluation = evaluation;
  }
  free(seconds);
  return status;
}
