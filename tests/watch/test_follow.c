/* One run followed by its file: its state, how far it is, when it ends, and when it seems dead. */
#include "synthetic.h"
#include "watch/follow.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double SECONDS[MOST_EPOCHS] = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
                                            10, 10, 10, 10, 10, 10, 10, 10, 10, 10};

static Follow follow(const char *path) {
  Follow f = {.path = strdup(path), .end = (double)NAN};
  f.name = f.path;
  return f;
}

static void expect_state(Follow *f, double now, FollowState wanted) {
  follow_look(f, now);
  assert_string_equal(follow_word(f->state), follow_word(wanted));
}

static void expect_verdict(const Follow *f, StatusCode code, const char *words) {
  Status status = follow_verdict(f);
  assert_int_equal(status.code, code);
  if (!strstr(status.text, words)) fail_msg("\"%s\" is not in \"%s\"", words, status.text);
}

static Synthetic running(int epochs) {
  return (Synthetic){
      .status = "running", .epochs = epochs, .planned = 10, .train = SECONDS, .updated = NOW - 3};
}

static void from_nothing_to_the_end(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = follow(path);
  expect_state(&f, NOW, FOLLOW_WAITING);
  expect_verdict(&f, STATUS_FILE, "run.h5: there is no such file yet");
  assert_false(follow_has_ended(&f));
  Synthetic run = running(2);
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  expect_verdict(&f, STATUS_OK, "");
  assert_int_equal(f.run.epochs, 2);
  assert_int_equal(f.run.n_planned, 10);
  assert_true(f.rate == 0.5);
  assert_true(f.train_loss[0] == 1 && f.test_loss[1] == 0.5);
  run = (Synthetic){.status = "finished", .epochs = 10, .planned = 10, .updated = NOW - 2};
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_FINISHED);
  expect_verdict(&f, STATUS_OK, "");
  assert_true(follow_has_ended(&f));
  assert_true(isnan(f.end) && isnan(f.epoch_seconds));
  follow_free(&f);
}

static void runs_that_ended_early(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = follow(path);
  Synthetic run = running(3);
  run.status = "stopped";
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_STOPPED);
  expect_verdict(&f, STATUS_STOPPED, "stopped after 3 of 10 epochs");
  assert_true(follow_has_ended(&f));
  run.status = "diverged";
  run.updated = NOW - 1;
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_DIVERGED);
  expect_verdict(&f, STATUS_NUMBERS, "diverged after 3 of 10 epochs");
  assert_true(follow_has_ended(&f));
  follow_free(&f);
}

/* What was read before a file was damaged or lost is still shown, with the problem. */
static void a_file_that_is_lost(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = follow(path);
  synthetic_damage(path, NOW - 9);
  expect_state(&f, NOW, FOLLOW_UNREADABLE);
  assert_false(f.has_run);
  assert_int_equal(follow_verdict(&f).code, STATUS_DATA);
  Synthetic run = running(2);
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  expect_verdict(&f, STATUS_OK, "");
  synthetic_damage(path, NOW - 1);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  assert_int_equal(follow_verdict(&f).code, STATUS_DATA);
  assert_int_equal(f.run.epochs, 2);
  assert_int_equal(unlink(path), 0);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  expect_verdict(&f, STATUS_FILE, "run.h5: is no longer there");
  follow_free(&f);
}

/* Only what is new is shown again. */
static void changes(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = follow(path);
  Synthetic run = running(2);
  synthetic_write(path, &run);
  follow_look(&f, NOW);
  assert_true(f.is_changed);
  f.is_changed = 0;
  follow_look(&f, NOW + 1);
  assert_false(f.is_changed);
  run.updated = NOW + 1; /* another checkpoint of the same epoch */
  synthetic_write(path, &run);
  follow_look(&f, NOW + 2);
  assert_false(f.is_changed);
  assert_true(f.updated == NOW + 1);
  run = running(3);
  synthetic_write(path, &run);
  follow_look(&f, NOW + 3);
  assert_true(f.is_changed);
  follow_free(&f);
}

/* The median of the last 9 epochs, of training, evaluation and writing together. */
static void seconds_of_an_epoch(void **state) {
  const char *path = in_folder(state, "run.h5");
  const double train[12] = {900, 900, 900, 1, 2, 3, 4, 5, 6, 7, 8, 900};
  const double evaluate[12] = {0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 10};
  const double write[12] = {0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  Synthetic run = {.status = "running",
                   .epochs = 12,
                   .planned = 15,
                   .train = train,
                   .evaluate = evaluate,
                   .write = write,
                   .updated = NOW - 4};
  Follow f = follow(path);
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  assert_true(f.epoch_seconds == 15.5);
  assert_true(f.progress == 12);
  assert_true(f.end == NOW - 4 + 3 * 15.5);
  follow_free(&f);
}

/* 95 images in batches of 10 are 10 steps an epoch. */
static void inside_an_epoch(void **state) {
  const char *path = in_folder(state, "run.h5");
  Synthetic run = running(2);
  run.steps = 25;
  Follow f = follow(path);
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  assert_true(f.progress == 2.5);
  assert_true(f.end == NOW - 3 + 7.5 * 10);
  run.steps = 20;
  run.updated = NOW - 2;
  synthetic_write(path, &run);
  follow_look(&f, NOW);
  assert_true(f.progress == 2);
  follow_free(&f);
}

/* A run that is late ends now, not in the past. */
static void an_end_that_is_overdue(void **state) {
  const char *path = in_folder(state, "run.h5");
  Synthetic run = running(9);
  Follow f = follow(path);
  synthetic_write(path, &run);
  expect_state(&f, NOW + 60, FOLLOW_RUNNING);
  assert_true(f.end == NOW + 60);
  follow_free(&f);
}

/* After five epochs' time without an update, and not within two minutes. */
static void a_run_that_seems_dead(void **state) {
  const char *path = in_folder(state, "run.h5");
  const double long_epochs[2] = {100, 100};
  Synthetic run = running(2);
  Follow f = follow(path);
  synthetic_write(path, &run);
  expect_state(&f, NOW, FOLLOW_RUNNING);
  assert_true(f.silent_after == 120);
  expect_state(&f, run.updated + 119, FOLLOW_RUNNING);
  expect_state(&f, run.updated + 121, FOLLOW_SILENT);
  expect_verdict(&f, STATUS_STALLED, "seems dead after 2 of 10 epochs: no update for 2 min 01 s");
  assert_false(follow_has_ended(&f));
  assert_true(isnan(f.end));
  run.train = long_epochs;
  run.updated += 200;
  synthetic_write(path, &run);
  expect_state(&f, run.updated + 499, FOLLOW_RUNNING);
  expect_state(&f, run.updated + 501, FOLLOW_SILENT);
  follow_free(&f);
}

/* Nothing is known of an epoch's time before the first has ended. */
static void before_the_first_epoch(void **state) {
  const char *path = in_folder(state, "run.h5");
  Synthetic run = running(0);
  run.train = NULL;
  Follow f = follow(path);
  synthetic_write(path, &run);
  expect_state(&f, NOW + 1e6, FOLLOW_RUNNING);
  assert_true(isinf(f.silent_after) && isnan(f.end) && isnan(f.rate));
  assert_true(f.progress == 0);
  follow_free(&f);
}

/* A server's clock that goes wrong: not after now, and not before the look at which it was not
 * there yet. */
static void clocks_that_differ(void **state) {
  const char *path = in_folder(state, "run.h5");
  Synthetic run = running(2);
  run.updated = NOW + 1000;
  Follow f = follow(path);
  synthetic_write(path, &run);
  follow_look(&f, NOW);
  assert_true(f.updated == NOW);
  run = running(3);
  run.updated = NOW - 1000;
  synthetic_write(path, &run);
  follow_look(&f, NOW + 5);
  assert_true(f.updated == NOW);
  follow_free(&f);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
  const struct CMUnitTest tests[] = {
      TEST(from_nothing_to_the_end), TEST(runs_that_ended_early),
      TEST(a_file_that_is_lost),     TEST(changes),
      TEST(seconds_of_an_epoch),     TEST(inside_an_epoch),
      TEST(an_end_that_is_overdue),  TEST(a_run_that_seems_dead),
      TEST(before_the_first_epoch),  TEST(clocks_that_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
