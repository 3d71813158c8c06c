#include "train/check.h"

#include "base/memory.h"
#include "setup.h"
#include <stdlib.h>

Status train_check(const TrainOptions *options) {
  Trainer *trainer;
  TRY(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  trainer->options = options;
  trainer->config = options->config;
  Status status = trainer_set_up_to_look(trainer);
  trainer_tear_down(trainer);
  free(trainer);
  return status;
}
