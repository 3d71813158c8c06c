/* Modes, generations, locks and failing writes. */
#include "fixture.h"
#include "store/file.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_no_open(const char *path, OpenMode mode, const char *text) {
  ResultFile *file;
  expect_failure(result_open(&file, path, mode), STATUS_FILE, text);
  assert_null(file);
}

static void damage(const char *path) {
  size_t n;
  char *bytes = load_bytes(path, &n);
  bytes[n / 2] ^= 1;
  save_bytes(path, bytes, n);
  free(bytes);
}

static void test_new(void **state) {
  const char *path = in_folder(state, "a/b/run.h5");
  write_generation(path, OPEN_NEW, 1);
  expect_no_open(path, OPEN_NEW, "use --resume or --overwrite");
  expect_generation(path, 1);
  assert_int_equal(rename(path, in_folder(state, "a/b/run.h5.prev")), 0);
  expect_no_open(path, OPEN_NEW, "run.h5.prev exists");
  assert_false(file_exists(in_folder(state, "a/b/run.h5.lock")));
}

static void test_resume_keeps_previous(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  expect_no_open(path, OPEN_RESUME, "none to resume");
  expect_no_open(in_folder(state, "nowhere/run.h5"), OPEN_RESUME, "nowhere/run.h5");
  assert_false(file_exists(in_folder(state, "nowhere")));
  write_generation(path, OPEN_NEW, 1);
  assert_false(file_exists(previous));
  for (int i = 2; i < 5; i++) {
    write_generation(path, OPEN_RESUME, i);
    expect_generation(path, i);
    expect_generation(previous, i - 1);
  }
  assert_int_equal(count_files(state, ".tmp."), 0);
  assert_int_equal(count_files(state, ".lock"), 0);
}

static void test_resume_from_previous_alone(void **state) {
  const char *path = in_folder(state, "run.h5");
  write_generation(in_folder(state, "run.h5.prev"), OPEN_NEW, 4);
  Record record;
  int used;
  expect_ok(result_read(&record, path, &used));
  assert_int_equal(used, 1);
  record_free(&record);
  write_generation(path, OPEN_RESUME, 5);
  expect_generation(path, 5);
  expect_generation(in_folder(state, "run.h5.prev"), 4);
}

static void test_overwrite(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  write_generation(path, OPEN_NEW, 1);
  write_generation(path, OPEN_RESUME, 2);
  ResultFile *file;
  expect_ok(result_open(&file, path, OPEN_OVERWRITE));
  expect_generation(path, 2);
  expect_generation(previous, 1);
  Record record;
  fill_record(&record, 10);
  expect_ok(result_write(file, &record));
  expect_generation(path, 10);
  assert_false(file_exists(previous));
  expect_ok(result_write(file, &record));
  expect_generation(previous, 10);
  assert_true(result_write_seconds(file) > 0);
  record_free(&record);
  result_close(file);
  save_bytes(path, "not HDF5", 8);
  write_generation(path, OPEN_OVERWRITE, 11);
  expect_generation(path, 11);
}

static void test_damaged_file_falls_back(void **state) {
  const char *path = in_folder(state, "run.h5"), *previous = in_folder(state, "run.h5.prev");
  write_generation(path, OPEN_NEW, 1);
  write_generation(path, OPEN_RESUME, 2);
  damage(path);
  Record record;
  int used = 0;
  expect_failure(result_read_exactly(&record, path), STATUS_DATA,
                 "run.h5: changed by another program since normlab wrote it, or damaged");
  expect_ok(result_read(&record, path, &used));
  assert_int_equal(used, 1);
  expect_record(&record, 1);
  record_free(&record);
  write_generation(path, OPEN_RESUME, 3);
  expect_generation(path, 3);
  expect_generation(previous, 1);
  damage(path);
  damage(previous);
  expect_failure(result_read(&record, path, &used), STATUS_DATA,
                 "run.h5.prev: changed by another program");
  assert_int_equal(record.n, 0);
  assert_int_equal(used, 0);
}

static void test_symbolic_link(void **state) {
  const char *path = in_folder(state, "link.h5"), *real = in_folder(state, "real/run.h5");
  write_generation(real, OPEN_NEW, 1);
  assert_int_equal(symlink("real/run.h5", path), 0);
  write_generation(path, OPEN_RESUME, 2);
  expect_generation(real, 2);
  struct stat info;
  assert_int_equal(lstat(path, &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  damage(real);
  Record record;
  int used;
  expect_ok(result_read(&record, path, &used));
  assert_int_equal(used, 1);
  record_free(&record);
}

static pid_t start(void (*body)(const char *path, int ready), const char *path) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    body(path, ends[1]);
    _exit(1);
  }
  char byte;
  close(ends[1]);
  assert_int_equal(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  return pid;
}

static void hold(const char *path, int ready) {
  ResultFile *file;
  if (result_open(&file, path, OPEN_NEW).code) return;
  if (write(ready, "x", 1) == 1)
    for (;;) pause();
}

static void test_lock(void **state) {
  const char *path = in_folder(state, "run.h5");
  pid_t pid = start(hold, path);
  char text[64];
  snprintf(text, sizeof text, "process %d on ", (int)pid);
  expect_no_open(path, OPEN_NEW, text);
  expect_no_open(path, OPEN_OVERWRITE, text);
  assert_true(file_exists(in_folder(state, "run.h5.lock")));
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  assert_true(file_exists(in_folder(state, "run.h5.lock")));
  write_generation(path, OPEN_NEW, 1);
  assert_false(file_exists(in_folder(state, "run.h5.lock")));
  ResultFile *file;
  expect_ok(result_open(&file, path, OPEN_RESUME));
  expect_no_open(path, OPEN_RESUME, "another run is writing it");
  result_close(file);
}

static void look_again_and_again(const char *path) {
  char by[64];
  alarm(30); /* should the test fail before it ends this process */
  for (;;) (void)result_is_in_use(by, sizeof by, path);
}

/* Who looks sees the holder as long as there is one, and keeps nobody from the file. */
static void test_look(void **state) {
  const char *path = in_folder(state, "run.h5");
  char by[64], text[64];
  assert_false(result_is_in_use(by, sizeof by, path));
  pid_t pid = start(hold, path);
  snprintf(text, sizeof text, "process %d on ", (int)pid);
  assert_true(result_is_in_use(by, sizeof by, path));
  assert_int_equal(strncmp(by, text, strlen(text)), 0);
  expect_no_open(path, OPEN_NEW, text);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  assert_true(file_exists(in_folder(state, "run.h5.lock")));
  assert_false(result_is_in_use(by, sizeof by, path));
  write_generation(path, OPEN_NEW, 1);
  ResultFile *file;
  expect_ok(result_open(&file, path, OPEN_RESUME));
  assert_int_equal(symlink("run.h5", in_folder(state, "link.h5")), 0);
  assert_true(result_is_in_use(by, sizeof by, in_folder(state, "link.h5")));
  result_close(file);
  pid = fork();
  if (pid == 0) look_again_and_again(path);
  for (int i = 0; i < 2000; i++) {
    expect_ok(result_open(&file, path, OPEN_RESUME));
    result_close(file);
  }
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static void test_stale_temporaries(void **state) {
  char host[65] = "", name[8][300];
  gethostname(host, sizeof host - 1);
  pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, NULL, 0);
  const char *forms[] = {"run.h5.tmp.%s.%d",  "run.h5.prev.tmp.%s.%d", "run.h5.tmp.%s-2.%d",
                         "run2.h5.tmp.%s.%d", "run.h5.tmp.%s.%dx",     "run.h5.tmp.%s.0%d",
                         "xrun.h5.tmp.%s.%d"};
  for (int i = 0; i < 7; i++) {
    snprintf(name[i], sizeof name[i], forms[i], host, (int)dead);
    save_bytes(in_folder(state, name[i]), "x", 1);
  }
  snprintf(name[7], sizeof name[7], "run.h5.tmp.%s.%d", host, (int)getppid());
  save_bytes(in_folder(state, name[7]), "x", 1);
  write_generation(in_folder(state, "run.h5"), OPEN_NEW, 1);
  for (int i = 0; i < 8; i++) assert_int_equal(file_exists(in_folder(state, name[i])), i >= 2);
}

static void test_size_limit(void **state) {
  ResultFile *file = open_third(state);
  struct rlimit old, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (rlim_t limit = 0; limit < 8192; limit += 4000) {
    small = old;
    small.rlim_cur = limit;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_refused_write(state, file, "choose another place");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  }
  signal(SIGXFSZ, handler);
  Record record;
  fill_record(&record, 3);
  expect_ok(result_write(file, &record));
  record_free(&record);
  result_close(file);
  expect_generation(in_folder(state, "run.h5"), 3);
}

static void test_removed_folder(void **state) {
  const char *path = in_folder(state, "sub/run.h5");
  ResultFile *file;
  expect_ok(result_open(&file, path, OPEN_NEW));
  assert_int_equal(unlink(in_folder(state, "sub/run.h5.lock")), 0);
  assert_int_equal(rmdir(in_folder(state, "sub")), 0);
  Record record;
  fill_record(&record, 1);
  expect_failure(result_write(file, &record), STATUS_FILE, "its folder is gone");
  assert_int_equal(mkdir(in_folder(state, "sub"), 0777), 0);
  expect_ok(result_write(file, &record));
  record_free(&record);
  result_close(file);
  expect_generation(path, 1);
}

static void fill_up(const char *path) {
  int descriptor = open(path, O_WRONLY | O_CREAT, 0666);
  assert_true(descriptor >= 0);
  char zeros[4096] = {0};
  while (write(descriptor, zeros, sizeof zeros) > 0) {
  }
  close(descriptor);
}

static void test_full_disk(void **state) {
  const char *folder = in_folder(state, "disk");
  assert_int_equal(mkdir(folder, 0777), 0);
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("tmpfs", folder, "tmpfs", 0, "size=256k") != 0) {
    print_message("skipped: no right to mount a small file system\n");
    skip();
  }
  void *disk = strdup(folder);
  ResultFile *file = open_third(&disk);
  const char *filler = in_folder(&disk, "filler");
  fill_up(filler);
  expect_refused_write(&disk, file, "choose another place");
  expect_no_open(in_folder(&disk, "other.h5"), OPEN_NEW, "No space left on device");
  assert_int_equal(unlink(filler), 0);
  Record record;
  fill_record(&record, 3);
  expect_ok(result_write(file, &record));
  record_free(&record);
  result_close(file);
  expect_generation(in_folder(&disk, "run.h5"), 3);
  assert_int_equal(umount(folder), 0);
  free(disk);
}

static void test_impossible_places(void **state) {
  const char *file = in_folder(state, "file");
  save_bytes(file, "x", 1);
  expect_no_open(in_folder(state, "file/run.h5"), OPEN_NEW, "file");
  expect_no_open(in_folder(state, "file/deeper/run.h5"), OPEN_NEW, "cannot be made");
  expect_no_open(in_folder(state, ""), OPEN_NEW, "");
  assert_int_equal(mkdir(in_folder(state, "run.h5"), 0777), 0);
  expect_no_open(in_folder(state, "run.h5"), OPEN_OVERWRITE, "not a regular file");
  char name[252];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  expect_no_open(in_folder(state, name), OPEN_NEW, "File name too long");
  name[240] = '\0'; /* FILE and its lock fit, the temporary does not */
  expect_no_open(in_folder(state, name), OPEN_NEW, "File name too long");
  assert_int_equal(count_files(state, "nnn"), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_new),
      TEST(test_resume_keeps_previous),
      TEST(test_resume_from_previous_alone),
      TEST(test_overwrite),
      TEST(test_damaged_file_falls_back),
      TEST(test_symbolic_link),
      TEST(test_lock),
      TEST(test_look),
      TEST(test_stale_temporaries),
      TEST(test_size_limit),
      TEST(test_removed_folder),
      TEST(test_full_disk),
      TEST(test_impossible_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
