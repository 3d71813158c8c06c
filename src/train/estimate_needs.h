#ifndef NORMLAB_TRAIN_ESTIMATE_NEEDS_H
#define NORMLAB_TRAIN_ESTIMATE_NEEDS_H
#include "train/needs.h"
#include "trainer.h"

/* Counts the memory of a rank of this layout for a trainer that is ready for its first step. What
 * the program and its libraries take is measured in this process. STATUS_MEMORY. Not collective. */
Status estimate_needs(Needs *needs, const Trainer *trainer, PassLayout layout) MUST_CHECK;

#endif
