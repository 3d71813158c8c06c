/* Which files and folders are the same, by identity and by content. */
#include "base/same_file.h"

#include "support/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/normlab-same-XXXXXX";

static const char *path(const char *name) {
  static char text[8][256];
  static int n;
  char *place = text[n++ % 8];
  snprintf(place, sizeof text[0], "%s/%s", folder, name);
  return place;
}

static void put(const char *name, const char *content) {
  FILE *file = fopen(path(name), "w");
  assert_non_null(file);
  assert_true(fputs(content, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void expect(int is_same, Status (*ask)(char text[SAME_FILE_TEXT], const char *path),
                   const char *one, const char *other) {
  char a[SAME_FILE_TEXT], b[SAME_FILE_TEXT];
  assert_int_equal(ask(a, path(one)).code, STATUS_OK);
  assert_int_equal(ask(b, path(other)).code, STATUS_OK);
  assert_int_equal(strcmp(a, b) == 0, is_same);
  assert_int_equal(strlen(a), SAME_FILE_TEXT - 1);
}

static int set_up(void **state) {
  (void)state;
  if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
  return mkdir("one", 0700) || mkdir("two", 0700) || symlink("one", "link");
}

static int tear_down(void **state) {
  (void)state;
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return chdir("/") != 0 || system(command) != 0;
}

/* A copy is another file; the same one by another name is not. */
static void identities(void **state) {
  (void)state;
  put("one/a", "content");
  put("two/a", "content");
  expect(1, same_file_identity, "one/a", "link/a");
  expect(0, same_file_identity, "one/a", "two/a");
  expect(1, same_file_identity, "one", "link");
  expect(0, same_file_identity, "one", "two");
}

/* A folder is another one after a change in it, also one that leaves size and time of change. */
static void changes(void **state) {
  (void)state;
  char before[SAME_FILE_TEXT], after[SAME_FILE_TEXT];
  struct stat about;
  put("one/a", "content");
  assert_int_equal(stat("one/a", &about), 0);
  assert_int_equal(same_file_identity(before, "one").code, STATUS_OK);
  usleep(20000); /* file systems count time in ticks */
  put("one/a", "Content");
  assert_int_equal(
      utimensat(AT_FDCWD, "one/a", (struct timespec[]){about.st_atim, about.st_mtim}, 0), 0);
  assert_int_equal(same_file_identity(after, "one").code, STATUS_OK);
  assert_string_not_equal(before, after);
}

static void hashes(void **state) {
  (void)state;
  put("one/a", "content");
  put("two/a", "content");
  put("two/b", "Content");
  put("two/c", "");
  expect(1, same_file_hash, "one/a", "two/a");
  expect(0, same_file_hash, "one/a", "two/b");
  expect(0, same_file_hash, "one/a", "two/c");
}

static void failures(void **state) {
  (void)state;
  char text[SAME_FILE_TEXT];
  assert_int_equal(same_file_identity(text, "gone").code, STATUS_FILE);
  assert_int_equal(same_file_hash(text, "gone").code, STATUS_FILE);
  assert_int_equal(same_file_hash(text, "one").code, STATUS_FILE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(identities), cmocka_unit_test(changes),
                                     cmocka_unit_test(hashes), cmocka_unit_test(failures)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
