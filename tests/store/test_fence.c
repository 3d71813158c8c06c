/* A run whose file another has taken writes no more. One on another node is known by the lock and
 * the file that it leaves. A job that Slurm starts again takes its file away from what is left of
 * the start before. Both starts are in this process: a flock is of the descriptor, and an owner is
 * told by his attempt, too. */
#include "fixture.h"
#include "store/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void be(const char *job, const char *start) {
  setenv("SLURM_JOB_ID", job, 1);
  if (start)
    setenv("SLURM_RESTART_COUNT", start, 1);
  else
    unsetenv("SLURM_RESTART_COUNT");
}

static ResultFile *open_file(const char *path, OpenMode mode) {
  ResultFile *file;
  expect_ok(result_open(&file, path, mode));
  return file;
}

static Status write_to(ResultFile *file, int generation) {
  Record record;
  fill_record(&record, generation);
  Status status = result_write(file, &record);
  record_free(&record);
  return status;
}

static void expect_held(const char *path) {
  ResultFile *file;
  expect_failure(result_open(&file, path, OPEN_RESUME), STATUS_FILE, "another run is writing it");
  assert_null(file);
}

static void test_lock_taken_by_another_node(void **state) {
  ResultFile *file = open_third(state);
  const char *lock = in_folder(state, "run.h5.lock");
  const char other[] = "host elsewhere\npid 7\nattempt 4\n";
  save_bytes(lock, other, strlen(other));
  expect_refused_write(state, file, "process 7 on elsewhere");
  assert_int_equal(unlink(lock), 0);
  Record record;
  fill_record(&record, 3);
  expect_ok(result_write(file, &record));
  record_free(&record);
  result_close(file);
}

static void test_newer_attempt(void **state) {
  ResultFile *file = open_third(state);
  const char *other = in_folder(state, "other.h5"), *path = in_folder(state, "run.h5");
  write_generation(other, OPEN_NEW, 1);
  for (int i = 2; i < 5; i++) write_generation(other, OPEN_RESUME, i);
  assert_int_equal(rename(other, path), 0);
  expect_refused_write(state, file, "newer start");
  result_close(file);
  expect_generation(path, 4);
}

static void test_attempt_of_a_killed_run_counts(void **state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(path, OPEN_NEW, 1);
  const char text[] = "host elsewhere\npid 7\nattempt 41\n";
  save_bytes(in_folder(state, "run.h5.lock"), text, strlen(text));
  write_generation(path, OPEN_RESUME, 2);
  size_t n;
  char *bytes = load_bytes(path, &n);
  bytes[511] = '\0';
  assert_non_null(strstr(bytes, "\nattempt 42\n"));
  free(bytes);
}

static void test_only_a_later_start_of_the_same_job(void **state) {
  const char *path = in_folder(state, "run.h5");
  be("17", "2");
  ResultFile *file = open_file(path, OPEN_NEW);
  expect_ok(write_to(file, 1));
  expect_held(path);
  be("17", "1");
  expect_held(path);
  be("17", NULL);
  expect_held(path);
  be("18", "3");
  expect_held(path);
  setenv("SLURM_CLUSTER_NAME", "another", 1);
  be("17", "3");
  expect_held(path);
  unsetenv("SLURM_CLUSTER_NAME");
  unsetenv("SLURM_JOB_ID");
  expect_held(path);
  expect_ok(write_to(file, 2));
  result_close(file);
  assert_int_equal(count_files(state, ".lock"), 0);
}

static void test_the_start_before_writes_no_more(void **state) {
  const char *path = in_folder(state, "run.h5");
  be("17", NULL);
  ResultFile *old = open_file(path, OPEN_NEW);
  expect_ok(write_to(old, 1));
  be("17", "1");
  ResultFile *new = open_file(path, OPEN_RESUME);
  expect_failure(write_to(old, 50), STATUS_FILE, "taken over by another run");
  expect_generation(path, 1);
  expect_ok(write_to(new, 2));
  expect_failure(write_to(old, 51), STATUS_FILE, "taken over by another run");
  result_close(new);
  assert_int_equal(count_files(state, ".lock"), 0);
  expect_failure(write_to(old, 52), STATUS_FILE, "newer start");
  expect_generation(path, 2);
  be("17", "2");
  new = open_file(path, OPEN_RESUME);
  result_close(old); /* leaves the lock of the new one alone */
  assert_int_equal(count_files(state, ".lock"), 1);
  expect_held(path);
  expect_ok(write_to(new, 3));
  result_close(new);
  expect_generation(path, 3);
  assert_int_equal(count_files(state, ".tmp."), 0);
}

static void test_before_anything_was_written(void **state) {
  const char *path = in_folder(state, "run.h5");
  be("17", NULL);
  ResultFile *old = open_file(path, OPEN_NEW);
  be("17", "1");
  ResultFile *new = open_file(path, OPEN_NEW);
  expect_ok(write_to(new, 1));
  result_close(new);
  expect_failure(write_to(old, 2), STATUS_FILE, "newer start");
  result_close(old);
  expect_generation(path, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  unsetenv("SLURM_CLUSTER_NAME");
  const struct CMUnitTest tests[] = {
      TEST(test_lock_taken_by_another_node),      TEST(test_newer_attempt),
      TEST(test_attempt_of_a_killed_run_counts),  TEST(test_only_a_later_start_of_the_same_job),
      TEST(test_the_start_before_writes_no_more), TEST(test_before_anything_was_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
