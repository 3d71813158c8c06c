#ifndef NORMLAB_TESTS_STUDY_SCRATCH_H
#define NORMLAB_TESTS_STUDY_SCRATCH_H
/* A folder for a study file and its base, which is then the current one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define NET                                                                                        \
  "network: {layers: [{type: conv, channels: 4}, {type: norm}, {type: global-avg-pool}]}\n"

static inline void write_file(const char *name, const char *text) {
  FILE *file = fopen(name, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static inline int enter_scratch(void **state) {
  static char folder[] = "/tmp/normlab-study-test-XXXXXX";
  *state = mkdtemp(folder);
  if (!*state || chdir(folder) != 0) return 1;
  write_file("base.yaml", NET "optimizer: {lr: 0.1}\n");
  return 0;
}

static inline int leave_scratch(void **state) {
  int failed = unlink("base.yaml") != 0;
  (void)unlink("study.yaml");
  return chdir("/") != 0 || rmdir(*state) != 0 || failed;
}

#endif
