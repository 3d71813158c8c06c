#ifndef NORMLAB_TRAIN_CHECK_H
#define NORMLAB_TRAIN_CHECK_H
#include "train/train.h"

/* Does all that train_run does before the first step, short of writing: reads the data, builds the
 * network, takes the memory, reads the weights or the run to go on with, and looks whether the
 * result file could be made. It fails where train_run would, with the same status and message.
 * Prints what train_run prints at its start, the memory that the run takes, and a proposal of ranks
 * and threads for the cores that this process may use. If n_measured is not 0, it trains so many
 * steps, of which nothing is kept, and prints the time that an epoch and the run take; then it also
 * fails with STATUS_NUMBERS if the network diverges meanwhile. In one process, without MPI; not
 * collective. */
Status train_check(const TrainOptions *options, int n_measured) MUST_CHECK;

#endif
