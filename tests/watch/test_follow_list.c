/* Several runs: files by name, and all of a folder. */
#include "synthetic.h"
#include "watch/follow.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void write_run(const char *path, const char *status, int epochs) {
  const double seconds[MOST_EPOCHS] = {[0 ... MOST_EPOCHS - 1] = 10};
  Synthetic run = {
      .status = status, .epochs = epochs, .planned = 5, .train = seconds, .updated = NOW - 3};
  synthetic_write(path, &run);
}

static FollowList list_of(size_t n, const char *const *paths) {
  FollowList list;
  assert_int_equal(follow_list_init(&list, (char *const *)(uintptr_t)paths, n).code, STATUS_OK);
  return list;
}

static void look(FollowList *list, double now) {
  assert_int_equal(follow_list_look(list, now).code, STATUS_OK);
}

static void expect_names(const FollowList *list, const char *wanted) {
  char text[400] = "";
  for (size_t i = 0; i < list->n_runs; i++) {
    const char *slash = strrchr(list->runs[i]->name, '/');
    strcat(text, i ? " " : "");
    strcat(text, slash ? slash : list->runs[i]->name);
  }
  assert_string_equal(text, wanted);
}

static void expect_totals(const FollowList *list, const char *wanted) {
  TextBuffer text = {.used = 0};
  follow_list_totals(&text, list);
  assert_string_equal(text.text, wanted);
}

static void expect_verdict(const FollowList *list, StatusCode code, const char *words) {
  Status status = follow_list_verdict(list);
  assert_int_equal(status.code, code);
  if (!strstr(status.text, words)) fail_msg("\"%s\" is not in \"%s\"", words, status.text);
}

/* By argument, then by name; what appears later finds its place. Other files are passed over. */
static void the_order(void **state) {
  const char *folder = in_folder(state, "runs"), *file = in_folder(state, "z.h5");
  assert_int_equal(mkdir(folder, 0777), 0);
  write_run(in_folder(state, "runs/c.h5"), "finished", 5);
  write_run(in_folder(state, "runs/a.h5"), "running", 2);
  synthetic_damage(in_folder(state, "runs/.b.h5"), NOW);
  synthetic_damage(in_folder(state, "runs/notes.txt"), NOW);
  synthetic_damage(in_folder(state, "runs/.h5"), NOW);
  FollowList list = list_of(2, (const char *[]){file, folder});
  look(&list, NOW);
  expect_names(&list, "/z.h5 a.h5 c.h5");
  assert_int_equal(list.runs[0]->source, 0);
  assert_int_equal(list.runs[1]->source, 1);
  write_run(in_folder(state, "runs/b.h5"), "running", 1);
  write_run(in_folder(state, "runs/d.h5"), "running", 1);
  look(&list, NOW);
  expect_names(&list, "/z.h5 a.h5 b.h5 c.h5 d.h5");
  expect_totals(&list, "5 runs: 1 finished, 3 running, 1 waiting");
  follow_list_free(&list);
}

/* A run that is named twice is followed once, where it was named first. */
static void once_each(void **state) {
  const char *folder = in_folder(state, ""), *file = in_folder(state, "b.h5");
  write_run(in_folder(state, "a.h5"), "running", 2);
  write_run(file, "running", 2);
  FollowList list = list_of(3, (const char *[]){file, folder, file});
  look(&list, NOW);
  expect_names(&list, "/b.h5 a.h5");
  look(&list, NOW);
  expect_names(&list, "/b.h5 a.h5");
  follow_list_free(&list);
}

static void all_states(void **state) {
  const char *folder = *state;
  const char *const NAMES[] = {"running", "stopped", "diverged", "finished"};
  char path[300];
  for (size_t i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%zu.h5", folder, i);
    write_run(path, NAMES[i], i == 3 ? 5 : 2);
  }
  synthetic_damage(in_folder(state, "4.h5"), NOW);
  FollowList list = list_of(2, (const char *[]){folder, in_folder(state, "5.hdf5")});
  look(&list, NOW);
  expect_totals(&list, "6 runs: 1 unreadable, 1 finished, 1 diverged, 1 stopped, 1 running, "
                       "1 waiting");
  write_run(in_folder(state, "6.h5"), "running", 3);
  look(&list, NOW + 1000);
  expect_totals(&list, "7 runs: 1 unreadable, 1 finished, 1 diverged, 1 stopped, 2 seem dead, "
                       "1 waiting");
  follow_list_free(&list);
}

/* The first that is not well, in the order of the list; a folder's own trouble goes before. */
static void the_verdict(void **state) {
  const char *a = in_folder(state, "a.h5"), *b = in_folder(state, "b.h5");
  write_run(a, "running", 2);
  write_run(b, "running", 2);
  FollowList list = list_of(2, (const char *[]){b, a});
  look(&list, NOW);
  expect_verdict(&list, STATUS_OK, "");
  assert_false(follow_list_has_ended(&list));
  write_run(a, "stopped", 2);
  look(&list, NOW);
  expect_verdict(&list, STATUS_STOPPED, "a.h5: stopped after 2 of 5 epochs");
  write_run(b, "diverged", 3);
  look(&list, NOW);
  expect_verdict(&list, STATUS_NUMBERS, "b.h5: diverged after 3 of 5 epochs");
  assert_true(follow_list_has_ended(&list));
  follow_list_free(&list);
}

static void an_empty_folder(void **state) {
  const char *folder = in_folder(state, "runs"), *file = in_folder(state, "a.h5");
  assert_int_equal(mkdir(folder, 0777), 0);
  write_run(file, "finished", 5);
  FollowList list = list_of(2, (const char *[]){file, folder});
  look(&list, NOW);
  expect_verdict(&list, STATUS_FILE, "runs: no result file (*.h5) in it yet");
  assert_false(follow_list_has_ended(&list)); /* more is expected */
  assert_true(list.sources[1].is_changed);
  list.sources[1].is_changed = 0;
  look(&list, NOW);
  assert_false(list.sources[1].is_changed);
  write_run(in_folder(state, "runs/b.h5"), "finished", 5);
  look(&list, NOW);
  expect_verdict(&list, STATUS_OK, "");
  assert_true(follow_list_has_ended(&list));
  assert_true(list.sources[1].is_changed);
  follow_list_free(&list);
}

/* A name is that of a file until a folder of this name appears. */
static void a_folder_that_comes_later(void **state) {
  const char *folder = in_folder(state, "runs");
  FollowList list = list_of(1, &folder);
  look(&list, NOW);
  expect_names(&list, "/runs");
  expect_totals(&list, "1 run: 1 waiting");
  assert_int_equal(mkdir(folder, 0777), 0);
  look(&list, NOW);
  expect_names(&list, "");
  write_run(in_folder(state, "runs/a.h5"), "running", 2);
  look(&list, NOW);
  expect_names(&list, "a.h5");
  follow_list_free(&list);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
  const struct CMUnitTest tests[] = {
      TEST(the_order),   TEST(once_each),       TEST(all_states),
      TEST(the_verdict), TEST(an_empty_folder), TEST(a_folder_that_comes_later),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
