#include "evaluate_stored.h"

#include "store/schema.h"
#include <math.h>
#include <string.h>

static double last_of(const Record *record, ResultField field, const char *part) {
  size_t n;
  const double *values = result_numbers(&n, record, field, part);
  return n > 0 ? values[n - 1] : (double)NAN;
}

StoredEvaluation stored_evaluation(const Record *record) {
  StoredEvaluation stored;
  const char *status = result_text(record, RESULT_STATUS);
  const int is_finished = status && strcmp(status, "finished") == 0;
  const int is_by_ways = result_text(record, RESULT_EVALUATION_USED) &&
                         strcmp(result_text(record, RESULT_EVALUATION_USED), "none") != 0;
  for (int way = 0; way < N_STATISTICS; way++) {
    const char *name = STATISTICS_NAMES[way];
    stored.loss[way] = stored.accuracy[way] = (double)NAN;
    if (!is_finished || (!is_by_ways && way != STATISTICS_RUNNING)) continue;
    stored.loss[way] = is_by_ways ? last_of(record, RESULT_TEST_LOSS_BY, name)
                                  : last_of(record, RESULT_TEST_LOSS, NULL);
    stored.accuracy[way] = is_by_ways ? last_of(record, RESULT_TEST_ACCURACY_BY, name)
                                      : last_of(record, RESULT_TEST_ACCURACY, NULL);
  }
  return stored;
}

/* A thousandth of a loss, and of the images. */
Status stored_check(const StoredEvaluation *stored, Statistics statistics,
                    const EvaluationResult *found, int n, const char *file) {
  const double loss = exact_value(found->loss) / n, accuracy = (double)found->correct / n;
  const double said_loss = stored->loss[statistics], said = stored->accuracy[statistics];
  const int is_loss = !isnan(said_loss) && !(fabs(said_loss - loss) <= 1e-3 * fabs(loss) + 1e-9);
  const int is_accuracy = !isnan(said) && !(fabs(said - accuracy) * n <= 0.5 + 1e-3 * n);
  if (!is_loss && !is_accuracy) return status_ok();
  return status_error(STATUS_DATA,
                      "%s: says that its network has the loss %.6g and the accuracy %.2f %% (%s), "
                      "but its weights give %.6g and %.2f %%: the file was changed after the run",
                      file, said_loss, 100 * said, STATISTICS_NAMES[statistics], loss,
                      100 * accuracy);
}
