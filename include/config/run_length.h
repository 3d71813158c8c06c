#ifndef NORMLAB_CONFIG_RUN_LENGTH_H
#define NORMLAB_CONFIG_RUN_LENGTH_H
/* How long a run is, from training.epochs, training.steps and the images it trains on. A run passes
 * epochs times over the images, in ceil(n / batch) steps each, or ends after `steps` steps in all
 * if that is not 0 and less; its last epoch is then cut short. Not collective. */
#include "config/config.h"
#include <stdint.h>

typedef struct RunLength {
  int64_t n_steps;   /* steps of the run */
  int64_t n_epochs;  /* epochs, with one that is cut short */
  int64_t per_epoch; /* steps of an epoch that is not cut short */
  int64_t n_samples; /* samples of all steps; one that is taken in each epoch counts each time */
} RunLength;

/* Returns the length of a run that trains on n_images images. training.steps that are more than all
 * epochs have (run_length_check) are of no effect. Where the images are not known, n_images is 0,
 * n_epochs is that of the configuration, and all else is 0. */
RunLength run_length(const Config *config, int64_t n_images);
/* Does the same with the values of training.epochs, steps and batch. */
RunLength run_length_of(int64_t epochs, int64_t steps, int64_t batch, int64_t n_images);
/* Returns the steps of an epoch (from 0): per_epoch, or fewer of the last; 0 after the last. */
int64_t run_length_steps(const RunLength *length, int64_t epoch);
/* Returns STATUS_USAGE with file and key if training.steps are more than all epochs have. */
Status run_length_check(const Config *config, int64_t n_images) MUST_CHECK;

#endif
