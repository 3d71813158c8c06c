#ifndef NORMLAB_TRAIN_EXISTING_H
#define NORMLAB_TRAIN_EXISTING_H
#include "trainer.h"

/* Returns STATUS_FILE if the result file, or its generation before, is there, unless the run
 * resumes or overwrites it. The message says what is in it, in what the run there is another than
 * this one (the first key, the data, the first weights), and what to do. The data and the network
 * must be ready. Rank 0; not collective. */
Status existing_refuse(Trainer *trainer) MUST_CHECK;

#endif
