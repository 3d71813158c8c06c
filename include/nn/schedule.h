#ifndef NORMLAB_NN_SCHEDULE_H
#define NORMLAB_NN_SCHEDULE_H
/* The learning rate of each step. Each schedule is a row (ScheduleKind) in a file of its own under
 * src/nn/learn/schedules; a new one is one file and one line in the list.h beside it.
 *
 * With lr the configured learning rate, S the steps of the whole run, e the epoch (0 = first) and W
 * the steps of the warm-up:
 *
 *   warm-up     lr (0.01 + 0.99 step / W) while step < W; the schedule then goes on as if there had
 *               been none
 *   constant    lr
 *   step        lr gamma^floor(e / every)
 *   multi-step  lr gamma^(number of milestones <= e)
 *   cosine      lr (final + (1 - final) (1 + cos(pi step / S)) / 2)   (Loshchilov and Hutter 2017,
 *               without restarts)
 *   one-cycle   PyTorch's OneCycleLR with cosine annealing (Smith and Topin 2018): from lr / div to
 *               lr over the first rise S - 1 steps, then to lr / div / final_div at step S - 1;
 *               momentum stays
 *
 * Not collective. */
#include "config/config.h"
#include "config/key.h"
#include "config/run_length.h"

/* A step of a run. */
typedef struct ScheduleStep {
  int64_t step;    /* of the whole run, 0 = first */
  int64_t n_steps; /* of the whole run */
  int64_t epoch;   /* that the step belongs to, 0 = first */
} ScheduleStep;

typedef struct ScheduleKind {
  Kind kind; /* its name, keys and settings in the configuration */
  const char *source;
  /* Returns the learning rate of a step. settings is the struct of kind. */
  double (*rate)(const void *settings, double lr, ScheduleStep at);
  int follows_length; /* 1: the rate depends on ScheduleStep.n_steps, so that the first steps of a
                         longer run are other ones, and no run can be made longer */
} ScheduleKind;

/* Returns the name of the configuration's schedule if its rates depend on the length of the run;
 * NULL: they do not. */
const char *schedule_that_follows(const Config *config);

/* Returns the learning rate of step `step` (0 = first) of a run of this length. */
double schedule_rate(const Config *config, const RunLength *length, int64_t step);

#endif
