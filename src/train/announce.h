#ifndef NORMLAB_TRAIN_ANNOUNCE_H
#define NORMLAB_TRAIN_ANNOUNCE_H
#include "trainer.h"

/* What people see of a run: lines on standard output, and the note beside the result file. Rank 0
 * calls these; none is collective. */

/* Prints how many ranks, threads and cores there are. */
void announce_layout(int n_threads, int n_cores);
/* Prints layers, the values that tell most of the configuration, data, parameters and result file,
 * and where a resumed run goes on. */
void announce_start(const Trainer *trainer);
/* Shows how far the run is after a step (progress.h), with the last row of the history. */
void announce_step(Trainer *trainer, int n_steps);
/* Tells those who watch that an evaluation is coming, in which no step shows that the run goes
 * on. */
void announce_evaluation(Trainer *trainer, int n_steps);
/* Prints an epoch's metrics, which are the last rows of the history; images_per_second and seconds
 * are of its training. */
void announce_epoch(Trainer *trainer, double images_per_second, double seconds);
/* Prints the last line of a run that has finished: its last accuracy, on which data, and where the
 * results are. */
void announce_end(const Trainer *trainer);

#endif
