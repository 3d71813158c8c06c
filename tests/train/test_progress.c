/* The line of a step, and the speed it shows. */
#include "nn/pass.h"
#include "progress.h"
#include "support/cmocka_all.h"
#include <math.h>

static void expect_text(const ProgressLine *line, const char *wanted) {
  char text[PROGRESS_TEXT];
  progress_text(text, line);
  assert_string_equal(text, wanted);
}

/* 60,000 images an epoch at 1000 images/s: 1 1/2 epochs are left. */
static void a_line(void **state) {
  (void)state;
  ProgressLine line = {.epoch = 1,
                       .n_epochs = 3,
                       .step = 50,
                       .n_steps = 100,
                       .n_images = 60000,
                       .loss = 0.12344,
                       .accuracy = 0.97504,
                       .images_per_second = 1000};
  expect_text(&line, "epoch 2/3 [############............] loss 0.1234  accuracy 97.50 %  "
                     "1000 images/s  1 min 30 s left");
}

static void the_bar(void **state) {
  (void)state;
  ProgressLine line = {.n_epochs = 1, .step = 1, .n_steps = 100, .images_per_second = 1};
  expect_text(&line, "epoch 1/1 [........................] loss 0.0000  accuracy 0.00 %  "
                     "1 images/s  0 s left");
  line.step = 99;
  expect_text(&line, "epoch 1/1 [#######################.] loss 0.0000  accuracy 0.00 %  "
                     "1 images/s  0 s left");
  line.step = 100;
  expect_text(&line, "epoch 1/1 [########################] loss 0.0000  accuracy 0.00 %  "
                     "1 images/s  0 s left");
}

static void without_a_speed(void **state) {
  (void)state;
  ProgressLine line = {.n_epochs = 2, .step = 1, .n_steps = 24, .n_images = 1000};
  expect_text(&line, "epoch 1/2 [#.......................] loss 0.0000  accuracy 0.00 %  "
                     "0 images/s  0 s left");
}

static void the_speed(void **state) {
  (void)state;
  Progress progress = {.n_images = 7};
  progress_begin_epoch(&progress);
  assert_true(progress.n_images == 0);
  assert_true(progress_seconds(&progress) >= 0 && progress_seconds(&progress) < 60);
  progress.epoch_start = pass_clock() - 1000;
  progress.n_images = 5000000;
  assert_true(fabs(progress_seconds(&progress) - 1000) < 20);
  assert_true(fabs(progress_speed(&progress) - 5000) < 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line),
      cmocka_unit_test(the_bar),
      cmocka_unit_test(without_a_speed),
      cmocka_unit_test(the_speed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
