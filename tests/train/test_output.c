/* When a checkpoint is due, and which failure is kept. */
#include "nn/pass.h"
#include "output.h"
#include "support/cmocka_all.h"

static int is_due(int every_steps, double every_seconds, int steps, double seconds) {
  Config config = {.checkpoint.every_steps = every_steps,
                   .checkpoint.every_seconds = every_seconds};
  Output output = {.steps_since_checkpoint = steps, .last_checkpoint = pass_clock() - seconds};
  return output_is_due(&output, &config);
}

static void by_steps(void **state) {
  (void)state;
  assert_false(is_due(10, 0, 9, 1e6));
  assert_true(is_due(10, 0, 10, 0));
  assert_true(is_due(10, 0, 11, 0));
}

static void by_seconds(void **state) {
  (void)state;
  assert_false(is_due(0, 600, 1000, 570));
  assert_true(is_due(0, 600, 1, 601));
}

static void never(void **state) {
  (void)state;
  assert_false(is_due(0, 0, 1000000, 1e6));
}

static void the_first_failure_is_kept(void **state) {
  (void)state;
  Output output = {0};
  output_fail(&output, status_ok());
  assert_int_equal(output.failure.code, STATUS_OK);
  output_fail(&output, status_error(STATUS_FILE, "first"));
  output_fail(&output, status_error(STATUS_MEMORY, "second"));
  output_fail(&output, status_ok());
  assert_int_equal(output.failure.code, STATUS_FILE);
  assert_string_equal(output.failure.text, "first");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_steps),
      cmocka_unit_test(by_seconds),
      cmocka_unit_test(never),
      cmocka_unit_test(the_first_failure_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
