#ifndef NORMLAB_NN_TEAM_H
#define NORMLAB_NN_TEAM_H
/* The threads that compute on a rank, from outside of passes. Not collective. If there are as many
 * as cores that the process may use, each has a core of its own, unless OMP_PROC_BIND or another
 * variable of OpenMP says where they run. */

/* Calls lead(context) while n_threads - 1 other threads stand ready, and returns when it has
 * returned. Passes with n_threads threads (pass_make) and team_run() use them, and so start none
 * themselves. It may not be called inside of itself. */
void team_lead(int n_threads, void (*lead)(void *context), void *context);

/* Calls work(context, t) in each thread t of n_threads, and returns when all have returned. In
 * team_lead() the threads of that team do it; otherwise they are made for it. The caller is thread
 * 0. */
void team_run(int n_threads, void (*work)(void *context, int thread), void *context);

/* Returns how many threads stand ready: those of team_lead(), or 1 outside of it. */
int team_size(void);

/* What threads bring to a meeting and is added up on the way: add() adds what thread `from` has
 * brought to what `thread` has, which calls it after `from` has come. In the end all is in thread
 * 0. The order of additions is not told. */
typedef struct TeamSum {
  void (*add)(void *context, int thread, int from);
  void *context;
} TeamSum;

/* Called in work() by each thread of the team: a meeting, which returns when all have called it and
 * thread 0 has returned from alone(context). `sum` and `alone` may be NULL; all threads pass the
 * same `sum`, and `alone` is thread 0's. Threads that wait are awake for a short while and then
 * sleep; at once, if there are more of them than cores. */
void team_gather(const TeamSum *sum, void (*alone)(void *context), void *context);
/* The same with nothing to do. */
void team_meet(void);

/* Returns how often a thread that waits for others looks whether they have come, a pause of the
 * processor apart, before it sleeps: rarely where threads have no core each. */
int team_looks(void);

#endif
