#ifndef NORMLAB_TRAIN_RESUME_H
#define NORMLAB_TRAIN_RESUME_H
#include "trainer.h"

/* Whether a run may go on from a result file, which the record holds, and from how short a one. A
 * run of more epochs goes on from one of fewer where nothing that has been done depends on how long
 * the run is, and then ends with the same bits as if it had been as long from its start. Rank 0;
 * not collective. */

/* Returns STATUS_USAGE if the record's configuration or data are not those of this run. Sets
 * trainer->lengthened_from to the record's epochs if they are fewer. */
Status resume_verify(Trainer *trainer) MUST_CHECK;
/* After checkpoint_load(): forgets what is only taken after the last epoch, if the one that was the
 * last is not any more. */
void resume_lengthen(Trainer *trainer);

#endif
