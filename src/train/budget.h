#ifndef NORMLAB_TRAIN_BUDGET_H
#define NORMLAB_TRAIN_BUDGET_H

/* A time limit: a run stops by itself early enough to save. None of this is collective; rank 0
 * decides for all. */
typedef enum BudgetItem {
  BUDGET_STEP,
  BUDGET_EVALUATE, /* all between the last step of an epoch and its checkpoint */
  BUDGET_WRITE,
  N_BUDGET_ITEMS
} BudgetItem;

typedef struct Budget {
  double end; /* pass_clock() at which all must be saved; 0: no limit */
  double reserve, longest[N_BUDGET_ITEMS]; /* seconds */
} Budget;

/* Starts the time: limit is in seconds from now; 0 is no limit; a negative one stands for what
 * SLURM_JOB_END_TIME leaves, with a warning and no limit if that is no time to come. */
void budget_start(Budget *budget, double limit);
/* Tells how many seconds a step, an evaluation or a write took. */
void budget_measure(Budget *budget, BudgetItem item, double seconds);
/* Returns, before step `step` (from 0) of an epoch of n_steps, whether the run must stop after it
 * so as not to be late. It need not before a step was measured, so that no attempt is without
 * progress. n_evaluation_steps is the number of steps over as many images as are evaluated: an
 * evaluation that was not measured yet counts as so many steps. The evaluation of this epoch takes
 * n_extra_steps more than others do. */
int budget_is_up(const Budget *budget, int step, int n_steps, int n_evaluation_steps,
                 double n_extra_steps);
/* Returns the seconds until the end; negative after it. */
double budget_left(const Budget *budget);

#endif
