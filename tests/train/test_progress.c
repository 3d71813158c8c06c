/* The line of a step, and the speed it shows. */
#include "nn/pass.h"
#include "progress.h"
#include "support/cmocka_all.h"
#include <math.h>
#include <string.h>

static void expect_text(const ProgressLine *line, const char *wanted) {
  char text[PROGRESS_TEXT];
  progress_text(text, line, 200);
  assert_string_equal(text, wanted);
}

/* 60,000 images an epoch at 1000 images/s: 1 1/2 epochs are left. */
static void a_line(void **state) {
  (void)state;
  ProgressLine line = {.epoch = 1,
                       .n_epochs = 3,
                       .step = 50,
                       .n_steps = 100,
                       .images_left = 90000,
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

/* Never as wide as the terminal, and what matters least goes first. */
static void any_width(void **state) {
  (void)state;
  ProgressLine line = {.epoch = 9,
                       .n_epochs = 150,
                       .step = 700,
                       .n_steps = 938,
                       .images_left = 8415224,
                       .loss = 12.3456,
                       .accuracy = 1,
                       .images_per_second = 10000};
  static const struct {
    int columns;
    const char *wanted;
  } ROWS[] = {
      {98, "epoch 10/150 [###########.....] loss 12.3456  accuracy 100.00 %  10000 images/s  "
           "14 min 02 s left"},
      {80, "epoch 10/150 [##########....] loss 12.3456  accuracy 100.00 %  14 min 02 s left"},
      {60, "epoch 10/150 [#########....] loss 12.3456  14 min 02 s left"},
      {48, "epoch 10/150 loss 12.3456  14 min 02 s left"},
      {40, "epoch 10/150  14 min 02 s left"},
      {20, "epoch 10/150"},
      {8, "epoch 1"},
      {1, ""}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    char text[PROGRESS_TEXT];
    progress_text(text, &line, ROWS[i].columns);
    assert_string_equal(text, ROWS[i].wanted);
  }
  for (int columns = 1; columns < 400; columns++) {
    char text[PROGRESS_TEXT];
    progress_text(text, &line, columns);
    assert_true((int)strlen(text) < columns);
  }
}

static void a_line_that_stays(void **state) {
  (void)state;
  char text[PROGRESS_TEXT];
  ProgressLine line = {.epoch = 2,
                       .n_epochs = 15,
                       .step = 375,
                       .n_steps = 938,
                       .images_left = 756013,
                       .loss = 0.5,
                       .accuracy = 0.75,
                       .images_per_second = 1000};
  progress_line_text(text, &line);
  assert_string_equal(text, "# epoch 3/15, step 375/938: loss 0.5000, accuracy 75.00 %, "
                            "1000 images/s, 12 min 36 s left");
}

static void when_notes_are_due(void **state) {
  (void)state;
  Progress progress = {.interval = 60, .epoch_start = pass_clock()};
  assert_false(progress_note_is_due(&progress));
  progress.epoch_start -= 1.5;
  assert_true(progress_note_is_due(&progress));
  progress.noted = pass_clock() - 2;
  assert_false(progress_note_is_due(&progress));
  progress.interval = 1;
  assert_true(progress_note_is_due(&progress));
  progress.interval = 60;
  progress.noted -= 4;
  assert_true(progress_note_is_due(&progress));
  progress.interval = 0;
  assert_false(progress_note_is_due(&progress));
}

static void without_a_speed(void **state) {
  (void)state;
  ProgressLine line = {.n_epochs = 2, .step = 1, .n_steps = 24, .images_left = 1000};
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
      cmocka_unit_test(any_width),
      cmocka_unit_test(a_line_that_stays),
      cmocka_unit_test(when_notes_are_due),
      cmocka_unit_test(without_a_speed),
      cmocka_unit_test(the_speed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
