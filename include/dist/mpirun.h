#ifndef NORMLAB_DIST_MPIRUN_H
#define NORMLAB_DIST_MPIRUN_H
#include <limits.h>
#include <stddef.h>

/* How the MPI libraries' own launchers are called. Each kind of MPI is a row in src/dist/mpirun.c.
 * All of this works without MPI, and none of it is collective. A library is named as dist_version()
 * names it. */

enum { MPIRUN_WORDS = 8 };
typedef struct Mpirun {
  const char *words[MPIRUN_WORDS]; /* that stand before the program; they point into this struct */
  int n_words;
  char program[PATH_MAX], number[16];
} Mpirun;

/* Fills in what starts so many ranks on this machine, also more of them than there are cores, none
 * of them bound. The launcher is the first one of this kind of MPI in $PATH: Debian has those of
 * several kinds side by side. Where there is none, it is called mpirun. */
void mpirun_make(Mpirun *mpirun, const char *library, int n_ranks);
/* Writes a command for people, "mpirun -n 2 ...", that binds each rank to so many cores. */
void mpirun_command(char *text, size_t bytes, const char *library, int n_ranks, int n_threads);

#endif
