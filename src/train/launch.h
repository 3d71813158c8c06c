#ifndef NORMLAB_TRAIN_LAUNCH_H
#define NORMLAB_TRAIN_LAUNCH_H
#include <stddef.h>

/* How ranks are started. None of this is collective. */

/* Warns, with the right command, if there are not as many ranks as Slurm was asked for. */
void launch_check(void);
/* Writes the command that starts so many ranks and threads, each on a core of its own: srun's
 * inside a Slurm job, mpirun's outside. */
void launch_command(char *text, size_t bytes, int n_ranks, int n_threads);
/* Returns the processors that Slurm gives this node's part of the job; 0 outside. */
int launch_slurm_cores(void);

#endif
