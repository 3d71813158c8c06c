#ifndef NORMLAB_STUDY_CORES_H
#define NORMLAB_STUDY_CORES_H
#include "base/status.h"
#include <sched.h>

typedef struct Cores {
  int *cpu; /* the processors this process may use; those to be given out first come first */
  int n;
} Cores;

/* Ordered so that the first n_threads are on as few hardware threads a core as can be, and those of
 * a package and a core stand together. Freed by free(cores->cpu). */
Status cores_find(Cores *cores, int n_threads) MUST_CHECK;
/* The share of one of n_parts equal parts of the first n_threads. */
void cores_part(cpu_set_t *set, const Cores *cores, int n_threads, int part, int n_parts);

#endif
