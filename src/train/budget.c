#include "budget.h"

#include "base/log.h"
#include "nn/pass.h"
#include <stdlib.h>
#include <time.h>

/* Seconds kept free at the end: for a launcher and a job script to end by themselves. */
static const double RESERVE = 5;
/* What is to come may take longer than what was measured. */
static const double SAFETY = 1.5;

/* Seconds that Slurm leaves; 0: no limit. */
static double slurm_seconds(void) {
  const char *text = getenv("SLURM_JOB_END_TIME");
  if (!text || !*text) return 0;
  char *end;
  long long when = strtoll(text, &end, 10), now = (long long)time(NULL);
  if (*end || when <= now) {
    log_warning("SLURM_JOB_END_TIME=%s is no time to come; running without a time limit", text);
    return 0;
  }
  return (double)(when - now);
}

void budget_start(Budget *budget, double limit) {
  *budget = (Budget){0};
  if (limit < 0) limit = slurm_seconds();
  if (!(limit > 0)) return;
  budget->end = pass_clock() + limit;
  budget->reserve = RESERVE < 0.1 * limit ? RESERVE : 0.1 * limit;
}

void budget_measure(Budget *budget, BudgetItem item, double seconds) {
  if (seconds > budget->longest[item]) budget->longest[item] = seconds;
}

/* Seconds from the start of this step to the end of the run if it is told to stop in it: at the end
 * of an epoch it evaluates first. */
static double seconds_to_stop(const double *longest, int step, int n_steps, double n_extra_steps) {
  const double evaluation = longest[BUDGET_EVALUATE] + n_extra_steps * longest[BUDGET_STEP];
  return longest[BUDGET_STEP] + longest[BUDGET_WRITE] + (step >= n_steps - 1 ? evaluation : 0);
}

int budget_is_up(const Budget *budget, int step, int n_steps, int n_evaluation_steps,
                 double n_extra_steps) {
  if (!(budget->end > 0) || !(budget->longest[BUDGET_STEP] > 0)) return 0;
  double longest[N_BUDGET_ITEMS];
  for (int i = 0; i < N_BUDGET_ITEMS; i++) longest[i] = budget->longest[i];
  /* Before the first evaluation: it does less than steps over as many images. */
  if (!(longest[BUDGET_EVALUATE] > 0))
    longest[BUDGET_EVALUATE] = n_evaluation_steps * longest[BUDGET_STEP];
  /* If this step goes on, with all that may follow it, can the next one still stop in time? */
  int is_last = step >= n_steps - 1;
  double going_on = seconds_to_stop(longest, step, n_steps, n_extra_steps) +
                    seconds_to_stop(longest, is_last ? 0 : step + 1, n_steps, n_extra_steps);
  return budget_left(budget) < budget->reserve + SAFETY * going_on;
}

double budget_left(const Budget *budget) {
  return budget->end - pass_clock();
}
