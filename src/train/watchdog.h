#ifndef NORMLAB_TRAIN_WATCHDOG_H
#define NORMLAB_TRAIN_WATCHDOG_H
#include "nn/pass.h"

/* A thread of each rank ends the run if this rank shows nothing new for some time: it names rank,
 * step, phase and layer of all ranks of the node on standard error, and all processes exit with
 * STATUS_STALLED. */
typedef struct Watchdog Watchdog;

/* Collective. Starts it. With 0 seconds there is none: *watchdog is NULL, which all functions below
 * take. dist_limit holds before it and after it. */
Status watchdog_start(Watchdog **watchdog, double seconds) MUST_CHECK;
/* Returns where this rank shows that it goes on; NULL without a watchdog. Not collective. */
PassSign *watchdog_sign(Watchdog *watchdog);
/* Shows that something was done outside of the pass. Not collective. */
void watchdog_mark(Watchdog *watchdog);
/* Tells the step in progress, over all epochs, from 0, and the steps of an epoch. Not
 * collective. */
void watchdog_step(Watchdog *watchdog, int64_t step, int n_steps);
/* Collective. Ends the thread and frees it. */
void watchdog_stop(Watchdog *watchdog);

#endif
