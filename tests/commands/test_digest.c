/* normlab digest: what it prints, and its exit status. */
#include "commands/command.h"
#include "dist/dist.h"
#include "store/file.h"
#include "store/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_WORDS = 8 };

/* Exit status of the command; its standard output is in OUTPUT. */
static int call(void *const *state, char *output, size_t bytes, const char *const *words) {
  char *argv[MAX_WORDS + 1] = {NULL};
  int argc = 0;
  for (; words[argc]; argc++) argv[argc] = strdup(words[argc]);
  char *list[MAX_WORDS + 1];
  memcpy(list, argv, sizeof list); /* getopt reorders it */
  const char *path = in_folder(state, "output.txt");
  fflush(stdout);
  int saved = dup(STDOUT_FILENO);
  assert_non_null(freopen(path, "w", stdout));
  int status = command_run(command_find("digest"), argc, argv);
  fflush(stdout);
  assert_true(dup2(saved, STDOUT_FILENO) >= 0);
  close(saved);
  size_t n;
  char *text = load_bytes(path, &n);
  assert_true(n < bytes);
  memcpy(output, text, n);
  output[n] = '\0';
  free(text);
  for (int i = 0; i < argc; i++) free(list[i]);
  return status;
}

static void test_lines(void **state) {
  const char *a = in_folder(state, "a.h5"), *b = in_folder(state, "b.h5");
  write_generation(a, OPEN_NEW, 1);
  write_generation(b, OPEN_NEW, 2);
  char expected[2048] = "", output[4096];
  const char *paths[] = {a, b};
  for (int i = 0; i < 2; i++) {
    Record record;
    char digest[33];
    fill_record(&record, i + 1);
    record_digest(digest, &record);
    record_free(&record);
    size_t used = strlen(expected);
    snprintf(expected + used, sizeof expected - used, "%s  %s\n", digest, paths[i]);
  }
  const char *words[] = {"digest", a, b, NULL};
  assert_int_equal(call(state, output, sizeof output, words), 0);
  assert_string_equal(output, expected);
  const char *missing = in_folder(state, "none.h5"), *text = in_folder(state, "text");
  save_bytes(text, "x", 1);
  const char *mixed[] = {"digest", a, text, missing, b, NULL};
  assert_int_equal(call(state, output, sizeof output, mixed), STATUS_DATA);
  assert_string_equal(output, expected);
}

static void test_usage(void **state) {
  char output[4096];
  const char *help[] = {"digest", "--help", NULL}, *none[] = {"digest", NULL};
  const char *unknown[] = {"digest", "--wrong", NULL};
  assert_int_equal(call(state, output, sizeof output, help), 0);
  assert_non_null(strstr(output, "normlab digest FILE..."));
  assert_int_equal(call(state, output, sizeof output, none), STATUS_USAGE);
  assert_string_equal(output, "");
  assert_int_equal(call(state, output, sizeof output, unknown), STATUS_USAGE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(int argc, char **argv) {
  if (dist_start(&argc, &argv).code != STATUS_OK) return 1;
  const struct CMUnitTest tests[] = {TEST(test_lines), TEST(test_usage)};
  int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  dist_end();
  return n_failed;
}
