#ifndef NORMLAB_NN_TEAM_H
#define NORMLAB_NN_TEAM_H
/* The threads that compute on a rank, from outside of passes. Not collective. */

/* Calls lead(context) while n_threads - 1 other threads stand ready, and returns when it has
 * returned. Passes with n_threads threads (pass_make) and team_run() use them, and so start none
 * themselves. It may not be called inside of itself. */
void team_lead(int n_threads, void (*lead)(void *context), void *context);

/* Calls work(context, t) in each thread t of n_threads, and returns when all have returned. In
 * team_lead() the threads of that team do it; otherwise they are made for it. The caller is thread
 * 0. */
void team_run(int n_threads, void (*work)(void *context, int thread), void *context);

/* Called in work() by each thread of the team: returns when all have called it. Threads that wait
 * are awake for a short while and then sleep. */
void team_meet(void);

#endif
