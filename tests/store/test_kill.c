/* Processes killed at random times, and many that want the same file. */
#include "fixture.h"
#include "store/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 60, WRITERS = 3, TURNS = 30 };

/* Writes generations from FIRST on, one after another, and reports each that has landed. */
static void write_on(const char *path, int first, int report) {
  ResultFile *file;
  if (result_open(&file, path, first == 0 ? OPEN_NEW : OPEN_RESUME).code) _exit(1);
  for (int generation = first;; generation++) {
    Record record;
    fill_record(&record, generation);
    if (result_write(file, &record).code) _exit(2);
    record_free(&record);
    if (write(report, &generation, sizeof generation) != sizeof generation) _exit(3);
  }
}

/* Kills a writer after its first report and a random wait; returns the last generation reported. */
static int run_and_kill(const char *path, int first) {
  int ends[2], last = -1, next;
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) write_on(path, first, ends[1]);
  close(ends[1]);
  assert_int_equal(read(ends[0], &last, sizeof last), sizeof last);
  usleep((useconds_t)(rand() % 15000));
  kill(pid, SIGKILL);
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  while (read(ends[0], &next, sizeof next) == sizeof next) last = next;
  close(ends[0]);
  return last;
}

static void test_killed_writers(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  int next = 0;
  for (int i = 0; i < ROUNDS; i++) {
    int promised = run_and_kill(path, next), used;
    Record record;
    expect_ok(result_read(&record, path, &used));
    assert_int_equal(used, 0);
    int found = expect_record(&record, -1);
    assert_in_range(found, promised, promised + 1);
    record_free(&record);
    if (found > 1) { /* a kill in the second write may come before there is a FILE.prev */
      expect_ok(result_read_exactly(&record, previous));
      assert_in_range(expect_record(&record, -1), found - 2, found - 1);
      record_free(&record);
    }
    next = found + 1;
  }
  write_generation(path, OPEN_RESUME, next);
  assert_int_equal(count_files(state, ".tmp."), 0);
  assert_int_equal(count_files(state, ".lock"), 0);
}

/* Takes the file TURNS times; leaves with 1 if somebody else is in at the same time. */
static void take_turns(const char *path, const char *marker) {
  for (int turns = 0; turns < TURNS;) {
    ResultFile *file;
    if (result_open(&file, path, OPEN_RESUME).code) {
      usleep(100);
      continue;
    }
    int descriptor = open(marker, O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (descriptor < 0) _exit(1);
    usleep(200);
    close(descriptor);
    if (unlink(marker) != 0) _exit(1);
    result_close(file);
    turns++;
  }
  _exit(0);
}

static void test_one_at_a_time(void **state) {
  const char *path = in_folder(state, "run.h5"), *marker = in_folder(state, "marker");
  write_generation(path, OPEN_NEW, 1);
  pid_t pids[WRITERS];
  for (int i = 0; i < WRITERS; i++) {
    pids[i] = fork();
    if (pids[i] == 0) take_turns(path, marker);
  }
  for (int i = 0; i < WRITERS; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
  }
  assert_int_equal(count_files(state, ".lock"), 0);
}

/* Killed, and not yet waited for by whoever started it. */
static void test_zombie(void **state) {
  const char *path = in_folder(state, "run.h5");
  char host[65] = "", name[300], owner[200];
  gethostname(host, sizeof host - 1);
  pid_t zombie = fork();
  if (zombie == 0) pause();
  snprintf(name, sizeof name, "run.h5.tmp.%s.%d", host, (int)zombie);
  snprintf(owner, sizeof owner, "host %s\npid %d\nattempt 3\n", host, (int)zombie);
  save_bytes(in_folder(state, name), "x", 1);
  save_bytes(in_folder(state, "run.h5.lock"), owner, strlen(owner));
  write_generation(path, OPEN_NEW, 1);
  assert_true(file_exists(in_folder(state, name))); /* of a process that lives */
  kill(zombie, SIGKILL);
  siginfo_t info;
  assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
  save_bytes(in_folder(state, "run.h5.lock"), owner, strlen(owner));
  char by[100];
  assert_int_equal(result_is_in_use(by, sizeof by, path), 0);
  write_generation(path, OPEN_RESUME, 2);
  assert_false(file_exists(in_folder(state, name)));
  assert_int_equal(waitpid(zombie, NULL, 0), zombie);
}

/* A lock that nobody has signed is new for seconds only, also if it comes from the future. */
static void test_clock_set_back(void **state) {
  const char *path = in_folder(state, "run.h5"), *lock = in_folder(state, "run.h5.lock");
  char by[100];
  for (int hours = -1; hours <= 1; hours++) {
    save_bytes(lock, "", 0);
    struct timespec then = {.tv_sec = time(NULL) + 3600 * hours}, times[] = {then, then};
    assert_int_equal(utimensat(AT_FDCWD, lock, times, 0), 0);
    assert_int_equal(result_is_in_use(by, sizeof by, path), hours == 0);
  }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_killed_writers),
      TEST(test_one_at_a_time),
      TEST(test_zombie),
      TEST(test_clock_set_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
