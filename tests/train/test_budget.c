/* A run under a time limit: whether there is time for one more step, and for all that may follow
 * it. Seconds are so many that the time this test takes does not matter. */
#include "budget.h"
#include "heard.h"
#include "nn/pass.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { N_STEPS = 10, STEP = 100, EVALUATE = 1000, WRITE = 10, RESERVE = 5, SLACK = 20 };

static Budget measured(void) {
  Budget budget;
  budget_start(&budget, 1e6);
  budget_measure(&budget, BUDGET_STEP, STEP);
  budget_measure(&budget, BUDGET_EVALUATE, EVALUATE);
  budget_measure(&budget, BUDGET_WRITE, WRITE);
  return budget;
}

static int is_up(Budget budget, double left, int step, int n_steps, int n_evaluation_steps) {
  budget.end = pass_clock() + left;
  return budget_is_up(&budget, step, n_steps, n_evaluation_steps, 0);
}

/* The run must stop from `seconds` and the reserve before the end on, and not before. */
static void expect_need(Budget budget, double seconds, int step, int n_steps,
                        int n_evaluation_steps) {
  double need = RESERVE + seconds;
  assert_false(is_up(budget, need + SLACK, step, n_steps, n_evaluation_steps));
  assert_true(is_up(budget, need - SLACK, step, n_steps, n_evaluation_steps));
}

/* Half as much again as this step and the next with a checkpoint each took. */
static void inside_an_epoch(void **state) {
  (void)state;
  double need = 1.5 * 2 * (STEP + WRITE);
  expect_need(measured(), need, 0, N_STEPS, 1);
  expect_need(measured(), need, N_STEPS - 3, N_STEPS, 1);
}

/* If the next step is the last of an epoch, a stop in it comes after the evaluation. */
static void before_the_last_but_one(void **state) {
  (void)state;
  expect_need(measured(), 1.5 * (2 * (STEP + WRITE) + EVALUATE), N_STEPS - 2, N_STEPS, 1);
}

static void before_the_last(void **state) {
  (void)state;
  expect_need(measured(), 1.5 * (2 * (STEP + WRITE) + EVALUATE), N_STEPS - 1, N_STEPS, 1);
}

static void in_epochs_of_one_step(void **state) {
  (void)state;
  expect_need(measured(), 1.5 * 2 * (STEP + WRITE + EVALUATE), 0, 1, 1);
}

/* Until the first evaluation was measured it counts as steps over as many images. */
static void before_any_evaluation(void **state) {
  (void)state;
  Budget budget = measured();
  budget.longest[BUDGET_EVALUATE] = 0;
  expect_need(budget, 1.5 * (2 * (STEP + WRITE) + 7 * STEP), N_STEPS - 1, N_STEPS, 7);
  expect_need(budget, 1.5 * 2 * (STEP + WRITE), 0, N_STEPS, 7);
}

/* What the evaluation of this epoch takes longer than others. */
static void a_longer_evaluation(void **state) {
  (void)state;
  Budget budget = measured();
  const double extra = 3.5, need = 1.5 * (2 * (STEP + WRITE) + EVALUATE + extra * STEP);
  budget.end = pass_clock() + RESERVE + need + SLACK;
  assert_false(budget_is_up(&budget, N_STEPS - 2, N_STEPS, 1, extra));
  budget.end = pass_clock() + RESERVE + need - SLACK;
  assert_true(budget_is_up(&budget, N_STEPS - 2, N_STEPS, 1, extra));
  assert_false(budget_is_up(&budget, 0, N_STEPS, 1, extra));
}

static void the_longest_counts(void **state) {
  (void)state;
  Budget budget = measured();
  budget_measure(&budget, BUDGET_STEP, STEP / 2);
  budget_measure(&budget, BUDGET_WRITE, 3 * WRITE);
  expect_need(budget, 1.5 * 2 * (STEP + 3 * WRITE), 0, N_STEPS, 1);
}

/* An attempt does at least one step, however late it is. */
static void not_before_a_step(void **state) {
  (void)state;
  Budget budget = measured();
  budget.longest[BUDGET_STEP] = 0;
  assert_false(is_up(budget, -100, 0, N_STEPS, 1));
}

static void without_a_limit(void **state) {
  (void)state;
  Budget budget;
  budget_start(&budget, 0);
  budget_measure(&budget, BUDGET_STEP, 1e9);
  assert_true(budget.end == 0);
  assert_false(budget_is_up(&budget, N_STEPS - 1, N_STEPS, 1, 0));
}

/* 5 s are kept free, of short limits a tenth. */
static void the_reserve(void **state) {
  (void)state;
  Budget budget;
  budget_start(&budget, 1000);
  assert_true(budget.reserve == 5);
  assert_true(fabs(budget_left(&budget) - 1000) < SLACK);
  budget_start(&budget, 20);
  assert_true(budget.reserve == 2);
  assert_true(budget.longest[BUDGET_STEP] == 0);
}

/* What the job has left, 0 for no limit; *is_warned tells whether the user hears that it is no time
 * to come. */
static double slurm_seconds(int *is_warned, const char *end_time) {
  Budget budget;
  FILE *file;
  char text[400], wanted[400];
  assert_int_equal(setenv("SLURM_JOB_END_TIME", end_time, 1), 0);
  int before = heard_begin(&file);
  budget_start(&budget, -1);
  heard_end(text, sizeof text, before, file);
  snprintf(wanted, sizeof wanted,
           "normlab: warning: SLURM_JOB_END_TIME=%s is no time to come; running without a time "
           "limit\n",
           end_time);
  *is_warned = *text != '\0';
  if (*is_warned) assert_string_equal(text, wanted);
  return budget.end > 0 ? budget_left(&budget) : 0;
}

static void the_limit_of_slurm(void **state) {
  (void)state;
  char text[64];
  int is_warned;
  snprintf(text, sizeof text, "%lld", (long long)time(NULL) + 5000);
  assert_true(fabs(slurm_seconds(&is_warned, text) - 5000) < SLACK);
  assert_false(is_warned);
  snprintf(text, sizeof text, "%lld", (long long)time(NULL) - 1);
  assert_true(slurm_seconds(&is_warned, text) == 0);
  assert_true(is_warned);
  assert_true(slurm_seconds(&is_warned, "tomorrow") == 0);
  assert_true(is_warned);
  assert_true(slurm_seconds(&is_warned, "") == 0);
  assert_false(is_warned);
  Budget budget;
  unsetenv("SLURM_JOB_END_TIME");
  budget_start(&budget, -1);
  assert_true(budget.end == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(inside_an_epoch),       cmocka_unit_test(before_the_last_but_one),
      cmocka_unit_test(before_the_last),       cmocka_unit_test(in_epochs_of_one_step),
      cmocka_unit_test(before_any_evaluation), cmocka_unit_test(a_longer_evaluation),
      cmocka_unit_test(the_longest_counts),    cmocka_unit_test(not_before_a_step),
      cmocka_unit_test(without_a_limit),       cmocka_unit_test(the_reserve),
      cmocka_unit_test(the_limit_of_slurm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
