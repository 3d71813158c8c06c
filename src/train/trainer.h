#ifndef NORMLAB_TRAIN_TRAINER_H
#define NORMLAB_TRAIN_TRAINER_H
#include "budget.h"
#include "config/run_length.h"
#include "dist/dist.h"
#include "learner.h"
#include "output.h"
#include "position.h"
#include "probes/probes.h"
#include "progress.h"
#include "straggler.h"
#include "trace.h"
#include "train/train.h"
#include "training_data.h"
#include "watchdog.h"

/* Who computes. */
typedef struct Layout {
  int n_threads;   /* of this rank */
  char hosts[512]; /* of dist_hosts; rank 0 */
} Layout;

/* What looks at a run and changes no result of it. */
typedef struct Observers {
  Watchdog *watchdog; /* NULL without one */
  Trace *trace;       /* NULL without one */
  Progress progress;
  Budget budget;
  Straggler straggler;
  int is_late; /* rank 0: the run stops for the time limit */
} Observers;

/* An evaluation by one of the statistics (config/statistics.h). */
typedef struct Evaluation {
  EvaluationResult result;
  int is_done;
} Evaluation;

/* A run in progress: options and configuration are the caller's, the rest is its own. What is the
 * same on every rank decides what all do next; Output is rank 0's. */
struct Trainer {
  const TrainOptions *options;
  const Config *config;
  Layout layout;
  TrainingData data;
  RunLength length;
  int lengthened_from; /* the epochs of the run that goes on as a longer one; 0: it is none */
  Learner learner;
  Pass *pass;
  Position position;
  Evaluation evaluation[N_STATISTICS]; /* after the last epoch that has ended in this attempt */
  Observers observers;
  Probes probes;
  Output output;
};

static inline int is_root(void) {
  return dist_rank() == 0;
}

/* Whether the epoch in progress is the last. */
static inline int is_last_epoch(const Trainer *trainer) {
  return trainer->position.epoch + 1 >= trainer->length.n_epochs;
}

static inline int is_done(const Trainer *trainer) {
  return trainer->position.epoch >= trainer->length.n_epochs;
}

#endif
