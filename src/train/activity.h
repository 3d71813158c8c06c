#ifndef NORMLAB_TRAIN_ACTIVITY_H
#define NORMLAB_TRAIN_ACTIVITY_H
#include "nn/profile.h"

/* What this rank does outside of the pass: ACTIVITY_UPDATE, ACTIVITY_EVALUATE or ACTIVITY_WRITE.
 * Timing, trace and watchdog learn of it here. Neither function is collective. */
void activity_begin(Pass *pass, Activity activity);
/* seconds: what is added to the timing of this activity. (For ACTIVITY_EVALUATE, which
 * pass_evaluate measures itself, nothing is.) */
void activity_end(Pass *pass, Activity activity, double seconds);

#endif
