#ifndef NORMLAB_NN_LEARN_SCHEDULE_KINDS_H
#define NORMLAB_NN_LEARN_SCHEDULE_KINDS_H
/* The schedules' side in the configuration; formulas: nn/schedule.h. */
#include "config/key.h"

enum { MAX_MILESTONES = 32 };

typedef struct StepSettings {
  int every; /* epochs */
  double gamma;
} StepSettings;

typedef struct MultiStepSettings {
  double gamma;
  int milestones[MAX_MILESTONES], n_milestones; /* epochs, ascending */
} MultiStepSettings;

typedef struct CosineSettings {
  double final; /* share of lr */
} CosineSettings;

typedef struct OneCycleSettings {
  double rise; /* share of the run */
  double div, final_div;
} OneCycleSettings;

extern const Kind CONSTANT_RATE, STEP_RATE, MULTI_STEP_RATE, COSINE_RATE, ONE_CYCLE_RATE;

#endif
