#ifndef NORMLAB_TESTS_WATCH_SYNTHETIC_H
#define NORMLAB_TESTS_WATCH_SYNTHETIC_H
/* Result files of runs that never were; failures end the test. */
#include "store/record.h"
#include "support/cmocka_all.h"

enum { MOST_EPOCHS = 20 };

/* A time of the tests, in seconds since 1970: 2026-11-21 15:02:07 UTC. */
#define NOW 1795273327.0

typedef struct Synthetic {
  const char *status;
  int epochs, planned;
  int steps; /* over all epochs; of 10 images, of which there are 95; 0: none */
  const double *train, *evaluate, *write; /* [epochs] seconds; NULL: without */
  double updated;                         /* when the file is replaced */
} Synthetic;

/* Writes a run to PATH, in place of what is there. */
void synthetic_write(const char *path, const Synthetic *run);
/* Writes bytes that are no result file. */
void synthetic_damage(const char *path, double updated);

/* cmocka set-up and tear-down: a new empty folder, then removed with all in it. */
int folder_make(void **state);
int folder_remove(void **state);
/* FOLDER/NAME; static, the last 32 stay valid. */
const char *in_folder(void *const *state, const char *name);

#endif
