#ifndef NORMLAB_STUDY_CORES_H
#define NORMLAB_STUDY_CORES_H
/* The processors that runs are bound to. Not collective. */
#include "base/status.h"
#include <sched.h>

typedef struct Cores {
  int *cpu; /* [n]: the numbers of the processors that this process may use; those that are given
               out first come first */
  int n;
} Cores;

/* Finds the processors. They are ordered so that the first n_threads are on as few hardware
 * threads of each core as possible, and so that those of a package and a core stand together. The
 * caller frees cores->cpu by free(). */
Status cores_find(Cores *cores, int n_threads) MUST_CHECK;
/* Sets `set` to part number `part` of n_parts equal parts of the first n_threads processors. */
void cores_part(cpu_set_t *set, const Cores *cores, int n_threads, int part, int n_parts);

#endif
