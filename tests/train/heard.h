#ifndef NORMLAB_TESTS_TRAIN_HEARD_H
#define NORMLAB_TESTS_TRAIN_HEARD_H
/* What is written to standard error, for tests of warnings. */
#include "support/cmocka_all.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline int heard_begin(FILE **file) {
  fflush(stderr);
  int before = dup(STDERR_FILENO);
  *file = tmpfile();
  assert_non_null(*file);
  assert_true(before >= 0 && dup2(fileno(*file), STDERR_FILENO) >= 0);
  return before;
}

/* The text since heard_begin, cut to `bytes`; standard error is again what it was. */
static inline void heard_end(char *text, size_t bytes, int before, FILE *file) {
  fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  rewind(file);
  text[fread(text, 1, bytes - 1, file)] = '\0';
  fclose(file);
}

#endif
