#ifndef NORMLAB_DIST_LAUNCHER_H
#define NORMLAB_DIST_LAUNCHER_H
/* What has started this process, as far as the environment tells: which launcher, as which of how
 * many processes. Each launcher is a row in src/dist/launcher.c. All of this works without MPI, and
 * none of it is collective. */

typedef struct Launcher {
  const char *name;          /* "mpirun of Open MPI"; NULL: none, the process was started alone */
  const char *rank_variable; /* the variable of the environment that told it; NULL without one */
  const char *size_variable; /* likewise; NULL where the size is not known */
  int rank;                  /* of this process, from 0; 0 without a launcher */
  int size;                  /* how many processes were started together; 0: not known; 1 without a
                                launcher */
  int local_size;            /* how many of them on this node; 0: not known */
  int serves_mpi;            /* whether it helps processes to find each other */
  const char *advice;        /* what to do where they do not, as the end of a sentence */
} Launcher;

/* Reads the environment. Of several launchers inside each other, as mpirun in a job of Slurm's, the
 * innermost counts. */
Launcher launcher_read(void);

#endif
