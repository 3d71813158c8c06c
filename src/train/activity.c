#include "activity.h"

/* An evaluation marks its own phases. */
static int has_own_phase(Activity activity) {
  return activity != ACTIVITY_EVALUATE;
}

static Phase phase_of(Activity activity) {
  return activity == ACTIVITY_WRITE ? PHASE_WRITE : PHASE_UPDATE;
}

void activity_begin(Pass *pass, Activity activity) {
  /* An update begins where the pass ends, and takes the time since its last mark. */
  if (activity != ACTIVITY_UPDATE) profile_skip(pass);
  if (has_own_phase(activity)) pass_mark(pass, phase_of(activity), -1);
}

void activity_end(Pass *pass, Activity activity, double seconds) {
  if (has_own_phase(activity)) pass_seconds(pass)[phase_of(activity)] += seconds;
  profile_mark(pass, activity);
}
