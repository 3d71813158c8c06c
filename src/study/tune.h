#ifndef NORMLAB_STUDY_TUNE_H
#define NORMLAB_STUDY_TUNE_H
/* Tuning: which values the first stage of a study tries, and which it chooses. Not collective. */
#include "plan.h"
#include "study/state.h"

enum { TUNE_VALIDATION = 5000, TUNE_FIRST_SEED = 1001, TUNE_MOST_SEEDS = 100 };

/* Reads the entry `tune` (NULL: there is none) into plan->tune, after the axes. Returns
 * STATUS_USAGE or STATUS_MEMORY. */
Status tune_read(Plan *plan, const Node *node) MUST_CHECK;

/* What is known of the choice for a variant of the second stage. */
typedef struct TuneChoice {
  int choice;      /* the chosen combination, 0 .. n_choices - 1; -1: not all runs are done */
  double accuracy; /* its mean accuracy on the validation split; NaN without a choice */
  int n_diverged;  /* runs of the chosen combination */
} TuneChoice;

/* Chooses for variant `number` of the second stage by reports [tuning->n_runs]. */
TuneChoice tune_choose(const Study *tuning, const StateReport *reports, int number);

/* Returns whether a combination has the first or the last of at least three values of the tuned
 * axis a, so that the best may lie beyond. */
int tune_is_at_end(const Tune *tune, int choice, int a);

/* Returns the number of the value of axis a in a combination. */
int tune_value(const Tune *tune, int choice, int a);

#endif
