#ifndef NORMLAB_TRAIN_STRAGGLER_H
#define NORMLAB_TRAIN_STRAGGLER_H
/* A rank that takes longer for its samples than the others, which all wait for. */
#include "nn/pass.h"

typedef struct Straggler {
  double rounds; /* work since the last look, in blocks of a thread (pass_rounds()) */
  int named;     /* the rank that was named last, + 1; 0: none */
} Straggler;

/* Counts a step as work of this rank. Called after each. */
void straggler_step(Straggler *straggler, const Pass *pass);
/* Collective. After an epoch, with the seconds of pass_seconds() since the last call: warns of a
 * rank whose threads take 1.3 times as long for a block as those of the others do on average, if
 * the run waits a second or more for it; each such rank once, until another one is. */
void straggler_look(Straggler *straggler, const double *seconds);

#endif
