#ifndef NORMLAB_TRAIN_EVALUATION_H
#define NORMLAB_TRAIN_EVALUATION_H
#include "trainer.h"

/* Evaluations after an epoch. A network with norms that cross samples is evaluated by all
 * statistics after the last epoch, and after each if evaluate.each_epoch says so; otherwise by
 * those of evaluate.statistics alone. A network without such norms is evaluated once. */

/* Makes room for the predictions, on rank 0, which alone has them. STATUS_MEMORY; STATUS_USAGE if
 * the evaluated images are too few for evaluate.statistics. Not collective. evaluation_free frees
 * it, also after a failure. */
Status evaluation_make(Trainer *trainer) MUST_CHECK;
void evaluation_free(Trainer *trainer);

/* Collective. Evaluates the averaged weights, if there is an average. is_last: no epoch follows. */
Status evaluation_run(Trainer *trainer, int is_last) MUST_CHECK;

/* Returns the result by evaluate.statistics. */
const EvaluationResult *evaluation_used(const Trainer *trainer);
/* Returns 1 if a loss or a sum was out of range in one of the evaluations. */
int evaluation_is_out_of_range(const Trainer *trainer);
/* Returns how many steps of training take as long as what an evaluation after the last epoch has to
 * do beyond one after another epoch. An estimate; 0 if they are alike. */
double evaluation_extra_steps(const Trainer *trainer);

#endif
