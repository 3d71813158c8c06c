#include "train/estimate.h"

#include "base/memory.h"
#include "estimate_needs.h"
#include "evaluation.h"
#include "measure.h"
#include "setup.h"
#include <stdlib.h>

/* What is planned is in memory by now; the rest of it is the program's. */
static Status measure_program(size_t *bytes, const Trainer *trainer, const RunSize *size) {
  Needs needs;
  dist_touch_library();
  const size_t now = memory_now();
  TRY(needs_count(&needs, size, (PassLayout){1, trainer->layout.n_threads}));
  const size_t planned = needs.network + needs.pass + needs.order + needs.images + needs.evaluation;
  *bytes = now > planned ? now - planned : 0;
  return status_ok();
}

Status estimate_needs(Needs *needs, const Trainer *trainer, PassLayout layout) {
  const TrainingData *data = &trainer->data;
  const RunSize size = {.network = &trainer->learner.network,
                        .n_train = data->set.train.n,
                        .n_evaluated = data->evaluated->n,
                        .data_bytes = data->set.memory.bytes};
  TRY(needs_count(needs, &size, layout));
  return measure_program(&needs->program, trainer, &size);
}

static Status estimate(Estimate *estimate, Needs *needs, Trainer *trainer,
                       const PassLayout *layouts, int n, int n_measured) {
  Measured measured;
  const ImageSet *train = &trainer->data.set.train;
  const int batch = trainer->config->training.batch;
  TRY(trainer_set_up_to_measure(trainer));
  for (int i = 0; i < n; i++) TRY(estimate_needs(&needs[i], trainer, layouts[i]));
  TRY(measure_run(&measured, trainer, n_measured));
  *estimate =
      (Estimate){.c = train->c,
                 .h = train->h,
                 .w = train->w,
                 .batch = batch < train->n ? batch : train->n,
                 .n_trained = train->n,
                 .n_evaluated = trainer->data.evaluated->n,
                 .n_epochs = trainer->length.n_epochs,
                 .n_steps = (double)trainer->length.n_steps + evaluation_extra_steps(trainer),
                 .n_threads = trainer->layout.n_threads,
                 .step = measured.step,
                 .evaluation = measured.evaluation};
  return status_ok();
}

Status train_estimate(Estimate *result, Needs *needs, const TrainOptions *options,
                      const PassLayout *layouts, int n, int n_measured) {
  Trainer *trainer;
  TRY(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  trainer->options = options;
  trainer->config = options->config;
  Status status = estimate(result, needs, trainer, layouts, n, n_measured);
  trainer_tear_down(trainer);
  free(trainer);
  return status;
}

double estimate_training(const Estimate *e, double images_per_second) {
  return e->n_steps * e->batch / images_per_second;
}

double estimate_evaluation(const Estimate *e, double images_per_second) {
  const double measured = e->batch / e->step;
  return (double)e->n_epochs * e->evaluation * measured / images_per_second;
}
