#ifndef NORMLAB_TRAIN_STOP_H
#define NORMLAB_TRAIN_STOP_H
#include "trainer.h"

/* What is said of a run that ends early, with how to go on. None of this is collective. */

/* Returns the status of a run whose checkpoint says "stopped". */
Status stop_saved(const Trainer *trainer) MUST_CHECK;
/* Returns success if no stop was asked for. Otherwise it returns the status of a run that has not
 * begun its file. */
Status stop_before_start(const Trainer *trainer) MUST_CHECK;

#endif
