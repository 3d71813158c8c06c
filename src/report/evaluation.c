#include "evaluation.h"

#include "base/memory.h"
#include "store/schema.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int has_running(const Record *record) {
  for (size_t i = 0; i < record->n; i++)
    if (result_field_of(record->fields[i].path) == RESULT_MODEL_RUNNING_MEAN) return 1;
  return 0;
}

const char *evaluation_of(const Record *record) {
  const char *used = result_text(record, RESULT_EVALUATION_USED);
  if (used) return used;
  return has_running(record) ? STATISTICS_NAMES[STATISTICS_RUNNING] : "none";
}

/* What takes the place of what; the array that is chosen from has a part for each of the
 * statistics, or is one for each. */
static const struct {
  ResultField to, from;
} REPLACED[] = {{RESULT_TEST_LOSS, RESULT_TEST_LOSS_BY},
                {RESULT_TEST_ACCURACY, RESULT_TEST_ACCURACY_BY},
                {RESULT_PREDICTION, RESULT_EVALUATION_PREDICTION},
                {RESULT_PROBABILITY, RESULT_EVALUATION_PROBABILITY},
                {RESULT_IMAGE_LOSS, RESULT_EVALUATION_LOSS}};
enum { N_REPLACED = sizeof REPLACED / sizeof *REPLACED };

/* The part of an array; n_dims is 0 where there is none. */
typedef struct Part {
  int n_dims;
  size_t dims[FIELD_MAX_DIMS], bytes;
  const void *data;
} Part;

static Part find_part(const Record *record, ResultField field, Statistics statistics) {
  const Field *found = result_find(record, field, STATISTICS_NAMES[statistics]);
  Part part = {0};
  if (!found || !found->data) return part;
  const int is_column = found->n_dims == 1;
  if (!is_column && found->dims[0] != N_STATISTICS) return part;
  part.n_dims = is_column ? 1 : found->n_dims - 1;
  memcpy(part.dims, found->dims + !is_column, (size_t)part.n_dims * sizeof *part.dims);
  part.bytes = field_bytes(found) / (is_column ? 1 : N_STATISTICS);
  part.data = (const char *)found->data + (is_column ? 0 : (size_t)statistics * part.bytes);
  return part;
}

static int is_complete(const Record *record, Statistics statistics) {
  for (int i = 0; i < N_REPLACED; i++)
    if (find_part(record, REPLACED[i].from, statistics).n_dims == 0) return 0;
  const Part accuracy = find_part(record, RESULT_TEST_ACCURACY_BY, statistics);
  return accuracy.dims[0] > 0 && isfinite(((const double *)accuracy.data)[accuracy.dims[0] - 1]);
}

static Status replace(Record *record, int i, Statistics statistics) {
  const Part part = find_part(record, REPLACED[i].from, statistics);
  void *copy;
  TRY(memory_allocate(&copy, part.bytes, 1, result_row(REPLACED[i].to)->path));
  memcpy(copy, part.data, part.bytes);
  Status status = result_put(record, REPLACED[i].to, part.dims, copy);
  free(copy);
  return status;
}

Status evaluation_choose(Record *record, Statistics statistics, int *is_there) {
  const char *used = evaluation_of(record), *wanted = STATISTICS_NAMES[statistics];
  *is_there = strcmp(used, "none") == 0 || strcmp(used, wanted) == 0;
  if (*is_there) return status_ok();
  *is_there = is_complete(record, statistics);
  if (!*is_there) return status_ok();
  for (int i = 0; i < N_REPLACED; i++) TRY(replace(record, i, statistics));
  return result_put_text(record, RESULT_EVALUATION_USED, wanted);
}

static double last_of(const Part *part) {
  return ((const double *)part->data)[part->dims[0] - 1];
}

int evaluation_find(const Record *record, Statistics statistics, double *accuracy, double *loss,
                    const float **probability, size_t *n_images, size_t *n_classes) {
  if (!is_complete(record, statistics)) return 0;
  const Part accuracies = find_part(record, RESULT_TEST_ACCURACY_BY, statistics);
  const Part losses = find_part(record, RESULT_TEST_LOSS_BY, statistics);
  const Part probabilities = find_part(record, RESULT_EVALUATION_PROBABILITY, statistics);
  if (losses.dims[0] == 0) return 0;
  *accuracy = last_of(&accuracies);
  *loss = last_of(&losses);
  *probability = probabilities.data;
  *n_images = probabilities.dims[0];
  *n_classes = probabilities.dims[1];
  return 1;
}
