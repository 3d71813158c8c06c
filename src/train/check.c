#include "train/check.h"

#include "base/memory.h"
#include "setup.h"
#include "train/needs.h"
#include <stdlib.h>

/* What is planned is in memory by now; the rest of it is the program's. */
static Status print_needs(const Trainer *trainer) {
  const TrainingData *data = &trainer->data;
  const PassLayout layout = {1, trainer->layout.n_threads};
  const RunSize size = {.network = &trainer->learner.network,
                        .n_train = data->set.train.n,
                        .n_evaluated = data->evaluated->n,
                        .data_bytes = data->set.memory.bytes};
  Needs needs;
  TRY(needs_count(&needs, &size, layout));
  const size_t planned = needs.network + needs.pass + needs.order + needs.images + needs.evaluation;
  const size_t now = memory_now();
  needs.program = now > planned ? now - planned : 0;
  needs_print(stdout, "# ", &needs, layout);
  return status_ok();
}

Status train_check(const TrainOptions *options) {
  Trainer *trainer;
  TRY(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  trainer->options = options;
  trainer->config = options->config;
  Status status = trainer_set_up_to_look(trainer);
  if (status.code == STATUS_OK) status = print_needs(trainer);
  trainer_tear_down(trainer);
  free(trainer);
  return status;
}
