#ifndef NORMLAB_TRAIN_CHECKPOINT_H
#define NORMLAB_TRAIN_CHECKPOINT_H
#include "trainer.h"

/* Between a run and the record of its result file. Rank 0 calls these; none is collective. */

/* Puts what does not change during an attempt: configuration, surroundings and data. */
Status checkpoint_begin(Trainer *trainer) MUST_CHECK;
/* Puts the predictions of the last evaluation. */
Status checkpoint_epoch(Trainer *trainer) MUST_CHECK;
/* Puts all state with this status into the record and writes nothing. */
Status checkpoint_fill(Trainer *trainer, const char *status) MUST_CHECK;
/* Puts all state with this status ("running", "stopped", "finished") and writes the file. */
Status checkpoint_write(Trainer *trainer, const char *status) MUST_CHECK;
/* Takes all state from the record. STATUS_DATA if the record is not that of such a run. */
Status checkpoint_load(Trainer *trainer) MUST_CHECK;
/* Takes the weights of options->init, and records where they are from. */
Status checkpoint_init(Trainer *trainer) MUST_CHECK;

#endif
