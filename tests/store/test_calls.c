/* A writer that dies before or after every single system call that changes a file, or for which
 * that call fails. The linker puts the functions __wrap_X here in the place of X. */
#include "fixture.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef enum Mishap { NONE, DIE_BEFORE, DIE_AFTER, FAIL, SHORT } Mishap;

static Mishap mishap;
static int calls_left;   /* until it happens */
static const char *only; /* the one function that fails; NULL: any */
static int error = EIO;

static void arm(Mishap what, int when) {
  mishap = what;
  calls_left = when;
}

static int happens(Mishap what, const char *function) {
  if (mishap != what || (only && strcmp(only, function) != 0) || --calls_left != 0) return 0;
  if (what != FAIL) kill(getpid(), SIGKILL);
  errno = error;
  return 1;
}

#define WRAP(type, function, parameters, arguments)                                                \
  type __real_##function parameters;                                                               \
  type __wrap_##function parameters;                                                               \
  type __wrap_##function parameters {                                                              \
    (void)happens(DIE_BEFORE, #function);                                                          \
    if (happens(FAIL, #function)) return -1;                                                       \
    type result = __real_##function arguments;                                                     \
    (void)happens(DIE_AFTER, #function);                                                           \
    return result;                                                                                 \
  }

WRAP(int, fsync, (int descriptor), (descriptor))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))

ssize_t __real_write(int descriptor, const void *bytes, size_t n);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t n);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t n) {
  (void)happens(DIE_BEFORE, "write");
  if (happens(FAIL, "write")) return -1;
  if (mishap == DIE_AFTER && calls_left == 1) n /= 2; /* half of it has landed */
  if (mishap == SHORT && ++calls_left % 3 == 0) {
    errno = EINTR;
    return -1;
  }
  ssize_t result = __real_write(descriptor, bytes, mishap == SHORT && n > 1000 ? 1000 : n);
  (void)happens(DIE_AFTER, "write");
  return result;
}

/* Path of the lock file that changes hands between being opened and being locked. */
static const char *changing_hands;
static int next_holder;

int __real_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation) {
  if (changing_hands) {
    (void)__real_unlink(changing_hands);
    next_holder = open(changing_hands, O_RDWR | O_CREAT, 0666);
    changing_hands = NULL;
    if (__real_flock(next_holder, LOCK_EX | LOCK_NB) != 0) return -1;
  }
  return happens(FAIL, "flock") ? -1 : __real_flock(descriptor, operation);
}

static int generation_of(const char *path) {
  Record record;
  expect_ok(result_read_exactly(&record, path));
  int generation = expect_record(&record, -1);
  record_free(&record);
  return generation;
}

/* FILE of generation 2, FILE.prev of generation 1, nothing else. */
static void reset(const char *path, const char *previous) {
  (void)unlink(path);
  (void)unlink(previous);
  write_generation(path, OPEN_NEW, 1);
  write_generation(path, OPEN_RESUME, 2);
}

/* Writes generation 3 in a process of its own; whether it died of the mishap. */
static int dies(const char *path, Mishap what, int when) {
  pid_t pid = fork();
  if (pid == 0) {
    ResultFile *file;
    Record record;
    fill_record(&record, 3);
    if (result_open(&file, path, OPEN_RESUME).code) _exit(1);
    arm(what, when);
    int code = (int)result_write(file, &record).code;
    arm(NONE, 0);
    result_close(file);
    record_free(&record);
    _exit(code);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (WIFEXITED(status)) assert_int_equal(WEXITSTATUS(status), 0);
  return WIFSIGNALED(status);
}

static void test_death_at_every_call(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  for (Mishap what = DIE_BEFORE; what <= DIE_AFTER; what++) {
    int when = 1, died = 1, replaced = 0;
    for (; died; when++) {
      reset(path, previous);
      died = dies(path, what, when);
      int found = generation_of(path);
      assert_in_range(found, replaced || !died ? 3 : 2, 3); /* once replaced, then for good */
      replaced = found == 3;
      assert_in_range(generation_of(previous), 1, found - 1);
      write_generation(path, OPEN_RESUME, 4);
      assert_int_equal(generation_of(path), 4);
      assert_int_equal(generation_of(previous), found);
      assert_int_equal(count_files(state, ".tmp."), 0);
      assert_int_equal(count_files(state, ".lock"), 0);
    }
    assert_true(when > 8); /* the calls were seen */
  }
}

/* Writes generation 3 with one call failing; whether that made it fail. */
static int fails(const char *path, int when) {
  ResultFile *file;
  Record record;
  fill_record(&record, 3);
  expect_ok(result_open(&file, path, OPEN_RESUME));
  arm(FAIL, when);
  Status status = result_write(file, &record);
  int happened = calls_left <= 0;
  arm(NONE, 0);
  result_close(file);
  record_free(&record);
  if (status.code)
    expect_failure(status, STATUS_FILE, "Input/output error");
  else
    assert_int_equal(generation_of(path), 3);
  return status.code ? 1 : happened ? 0 : -1;
}

static void test_failure_of_every_call(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  static const char *const FUNCTIONS[] = {"write", "fsync", "rename"};
  for (size_t i = 0; i < 3; i++) {
    only = FUNCTIONS[i];
    int n_failed = 0;
    for (int when = 1, failed = 0; failed >= 0; when++) {
      reset(path, previous);
      failed = fails(path, when);
      n_failed += failed > 0;
      /* Up to the rename over FILE all is as it was. */
      int found = generation_of(path);
      if (when == 1) assert_int_equal(found, 2);
      if (found == 2) assert_int_equal(generation_of(previous), 1);
      assert_int_equal(count_files(state, ".tmp."), 0);
    }
    assert_true(n_failed >= 1);
  }
  only = NULL;
}

static void test_no_hard_links(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  only = "link";
  error = EPERM;
  reset(path, previous);
  assert_int_equal(fails(path, 1), 0);
  only = NULL;
  error = EIO;
  assert_int_equal(generation_of(path), 3);
  assert_int_equal(generation_of(previous), 2);
  assert_int_equal(count_files(state, ".tmp."), 0);
}

static void test_short_writes(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  reset(path, previous);
  ResultFile *file;
  Record record;
  fill_record(&record, 3);
  expect_ok(result_open(&file, path, OPEN_RESUME));
  arm(SHORT, 0);
  Status status = result_write(file, &record);
  int n_writes = calls_left;
  arm(NONE, 0);
  result_close(file);
  record_free(&record);
  expect_ok(status);
  assert_true(n_writes > 3);
  assert_int_equal(generation_of(path), 3);
}

static void test_lock_changes_hands(void **state) {
  const char *path = in_folder(state, "run.h5");
  ResultFile *file;
  changing_hands = in_folder(state, "run.h5.lock");
  expect_failure(result_open(&file, path, OPEN_NEW), STATUS_FILE, "another run is writing it");
  assert_null(changing_hands);
  assert_true(file_exists(in_folder(state, "run.h5.lock")));
  close(next_holder);
  write_generation(path, OPEN_NEW, 1);
}

static void test_no_locks(void **state) {
  const char *path = in_folder(state, "run.h5"), *lock = in_folder(state, "run.h5.lock");
  char host[65] = "", text[256];
  gethostname(host, sizeof host - 1);
  only = "flock";
  error = ENOLCK;
  ResultFile *file;
  snprintf(text, sizeof text, "host %s\npid %d\nattempt 3\n", host, (int)getppid());
  save_bytes(lock, text, strlen(text));
  arm(FAIL, 1);
  expect_failure(result_open(&file, path, OPEN_NEW), STATUS_FILE, "another run is writing it");
  snprintf(text, sizeof text, "host not-%s\npid %d\nattempt 3\n", host, (int)getppid());
  save_bytes(lock, text, strlen(text));
  arm(FAIL, 1);
  expect_ok(result_open(&file, path, OPEN_NEW));
  result_close(file);
  arm(NONE, 0);
  only = NULL;
  error = EIO;
  assert_false(file_exists(lock));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_death_at_every_call), TEST(test_failure_of_every_call), TEST(test_no_hard_links),
      TEST(test_short_writes),        TEST(test_lock_changes_hands),    TEST(test_no_locks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
