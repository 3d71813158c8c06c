#ifndef NORMLAB_NN_SCHEDULE_H
#define NORMLAB_NN_SCHEDULE_H
#include "config/config.h"

/* Learning rate of global step `step` (0 = first) of a run of config->training.epochs epochs of
 * steps_per_epoch steps. With S the steps of the whole run, e the epoch (0 = first), W the warm-up
 * steps:
 *
 *   warm-up     lr (0.01 + 0.99 step / W) while step < W; the schedule then goes on as if there had
 *               been none
 *   constant    lr
 *   step        lr gamma^floor(e / every)
 *   multi-step  lr gamma^(number of milestones <= e)
 *   cosine      lr (final + (1 - final) (1 + cos(pi step / S)) / 2)
 *   one-cycle   PyTorch's OneCycleLR with cosine annealing (Smith and Topin 2018): from lr / div to
 *               lr over the first rise S - 1 steps, then to lr / div / final_div at step S - 1;
 *               momentum stays */
double schedule_rate(const Config *config, int64_t step, int64_t steps_per_epoch);

#endif
