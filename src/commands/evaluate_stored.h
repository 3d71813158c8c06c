#ifndef NORMLAB_COMMANDS_EVALUATE_STORED_H
#define NORMLAB_COMMANDS_EVALUATE_STORED_H
/* What a result file says of the evaluation of its network, beside what an evaluation finds. Not
 * collective. */
#include "config/statistics.h"
#include "nn/pass.h"
#include "store/record.h"

/* Mean losses and accuracies after the last epoch, of each of the statistics. A network that has no
 * norms that cross samples has those of STATISTICS_RUNNING. What the file does not hold is NaN. */
typedef struct StoredEvaluation {
  double loss[N_STATISTICS], accuracy[N_STATISTICS];
} StoredEvaluation;

/* Takes them from the record of a run that has finished; otherwise all are NaN, as the weights may
 * be others than those that were evaluated last. */
StoredEvaluation stored_evaluation(const Record *record);

/* Returns STATUS_DATA, with the file's name, if an evaluation of n images by these statistics finds
 * another loss or accuracy, beyond what other orders of sums make of them. */
Status stored_check(const StoredEvaluation *stored, Statistics statistics,
                    const EvaluationResult *found, int n, const char *file) MUST_CHECK;

#endif
