#ifndef NORMLAB_NN_RUN_TROUBLE_H
#define NORMLAB_NN_RUN_TROUBLE_H
/* Where in a training pass a term of an exact sum first left its range. The places of a pass are
 * its steps, in their order, and then, of each operation, what it still does to the gradient of the
 * batch. */
#include "context.h"

/* Keeps in mind that a term was out of range in step s, if one was since this was last called, and
 * in no step before it. Blocks come one after the other, so that later steps may have been there.
 * Not collective. */
static inline void trouble_note(Thread *thread, int s) {
  if (!thread->out_of_range) return;
  if (thread->trouble == 0 || s + 1 < thread->trouble) thread->trouble = s + 1;
  thread->out_of_range = 0;
}
/* Returns the place of an operation. */
int trouble_of_op(const Pass *pass, int op);

/* Collective. Returns the first place that a thread of any rank has noted, and forgets them all.
 * own: another one that this rank knows of, or -1. One rank at least must know of one. */
int trouble_first(Pass *pass, int own);

#endif
