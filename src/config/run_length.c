#include "config/run_length.h"

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

RunLength run_length_of(int64_t epochs, int64_t steps, int64_t batch, int64_t n_images) {
  const int64_t per_epoch = n_images / batch + (n_images % batch != 0), all = epochs * per_epoch;
  if (per_epoch == 0) return (RunLength){.n_epochs = epochs};
  RunLength length = {.n_steps = steps > 0 ? smaller(steps, all) : all, .per_epoch = per_epoch};
  const int64_t whole = length.n_steps / per_epoch, cut = length.n_steps % per_epoch;
  length.n_epochs = whole + (cut > 0);
  length.n_samples = whole * n_images + cut * batch;
  return length;
}

RunLength run_length(const Config *config, int64_t n_images) {
  return run_length_of(config->training.epochs, config->training.steps, config->training.batch,
                       n_images);
}

int64_t run_length_steps(const RunLength *length, int64_t epoch) {
  const int64_t left = length->n_steps - epoch * length->per_epoch;
  return left > 0 ? smaller(left, length->per_epoch) : 0;
}

Status run_length_check(const Config *config, int64_t n_images) {
  const int64_t all =
      run_length_of(config->training.epochs, 0, config->training.batch, n_images).n_steps;
  if (config->training.steps <= all) return status_ok();
  return status_error(STATUS_USAGE,
                      "%s: training.steps: %d, but training.epochs: %d over %lld images in batches "
                      "of %d are %lld steps; accepted: at most so many, or more training.epochs",
                      config->file, config->training.steps, config->training.epochs,
                      (long long)n_images, config->training.batch, (long long)all);
}
