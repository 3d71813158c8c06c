#ifndef NORMLAB_NN_RUN_AFFINITY_H
#define NORMLAB_NN_RUN_AFFINITY_H
/* On which cores the threads of a team run. Not collective.
 *
 * If there are as many threads as cores that the process may use, each gets a core of its own to
 * itself, in their order: its memory and caches stay near it, and no two threads ever meet on one
 * core while another one is idle. With fewer threads than cores they are left to the system: other
 * runs on the same machine have the same cores to choose from, and would choose the same ones. (So
 * a run whose cores were chosen for it, by mpirun, Slurm, or taskset, is bound to them thread by
 * thread, and two runs of four threads on eight cores do not get in each other's way.) Nothing is
 * done either where the environment says what OpenMP is to do: OMP_PROC_BIND, even as false,
 * OMP_PLACES, GOMP_CPU_AFFINITY, or KMP_AFFINITY. */

/* Called before the threads of a team begin. Returns whether each of them can have a core of its
 * own. */
int affinity_begin(int n_threads);
/* Called by each thread t of a team when it begins: binds it, or sets it free if it was bound in an
 * earlier team. */
void affinity_enter(int t);
/* Called by thread 0 when the team has ended: sets it free, as processes and threads that it starts
 * would be bound with it. */
void affinity_end(void);

#endif
