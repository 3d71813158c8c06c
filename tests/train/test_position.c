/* Where a run stands, from step to step. */
#include "position.h"
#include "support/cmocka_all.h"

static StepResult step(double loss, int correct, int n) {
  return (StepResult){
      .loss = (ExactSum)(loss * 0x1p50), .correct = correct, .n_samples = n, .stop = 0};
}

static void steps_add_up(void **state) {
  (void)state;
  Position position = {.epoch = 3};
  for (int i = 0; i < 5; i++) {
    StepResult result = step(-1.25, 7, 16);
    position_advance(&position, &result);
  }
  StepResult last = step(1e6, 1, 3);
  position_advance(&position, &last);
  assert_int_equal(position.epoch, 3);
  assert_int_equal(position.step, 6);
  assert_int_equal(position.correct, 36);
  assert_int_equal(position.n_samples, 83);
  assert_true(exact_value(exact_join(position.loss)) == 1e6 - 6.25);
}

/* The sum is one of 128 bits: terms that a double would lose stay. */
static void the_loss_is_exact(void **state) {
  (void)state;
  Position position = {0};
  StepResult large = {.loss = (ExactSum)1 << 100, .n_samples = 1}, small = {.loss = 1};
  position_advance(&position, &large);
  position_advance(&position, &small);
  large.loss = -large.loss;
  position_advance(&position, &large);
  assert_true(exact_join(position.loss) == 1);
}

static void an_epoch_begins_with_nothing(void **state) {
  (void)state;
  Position position = {.epoch = 3};
  StepResult result = step(2, 7, 16);
  position_advance(&position, &result);
  position_next_epoch(&position);
  assert_int_equal(position.epoch, 4);
  assert_int_equal(position.step, 0);
  assert_int_equal(position.correct, 0);
  assert_int_equal(position.n_samples, 0);
  assert_true(exact_join(position.loss) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_add_up),
      cmocka_unit_test(the_loss_is_exact),
      cmocka_unit_test(an_epoch_begins_with_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
