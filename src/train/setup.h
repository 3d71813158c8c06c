#ifndef NORMLAB_TRAIN_SETUP_H
#define NORMLAB_TRAIN_SETUP_H
#include "trainer.h"

/* Collective. Makes all that a run needs before its first step: data, network, memory, result file,
 * and the state of a run that is resumed; the file is written once. options and config must be
 * set, all else 0. All ranks return the same status; trainer_tear_down is due after a failure,
 * too. */
Status trainer_set_up(Trainer *trainer) MUST_CHECK;
/* Does the same in one process, short of what others could notice: no file is taken, made or
 * written, and there is no watchdog. What would fail in trainer_set_up fails here, with the same
 * message, in the same order. Not collective, and not for several ranks. */
Status trainer_set_up_to_look(Trainer *trainer) MUST_CHECK;
/* Does the same without looking at the result file, and prints nothing. Not collective, and not for
 * several ranks. */
Status trainer_set_up_to_measure(Trainer *trainer) MUST_CHECK;
/* Collective. Frees all of it. */
void trainer_tear_down(Trainer *trainer);

#endif
