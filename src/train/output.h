#ifndef NORMLAB_TRAIN_OUTPUT_H
#define NORMLAB_TRAIN_OUTPUT_H
#include "history.h"
#include "store/file.h"
#include "train/train.h"

/* What rank 0 keeps of a run and writes. On the other ranks only the history's columns are set up,
 * and `failure` is never one. */
typedef struct Output {
  ResultFile *file;
  Record record; /* the content of the file, as of the last checkpoint or newer */
  History history;
  double last_checkpoint; /* pass_clock() */
  int64_t steps_since_checkpoint;
  /* Of a checkpoint inside an epoch, or of a step's metrics: the other ranks learn of it at the
   * next step. */
  Status failure;
} Output;

/* Returns whether there is a result file at this path, or its generation before. Not collective. */
int output_is_there(const char *path);
/* Takes the result file for writing. *is_resumed tells whether options->resume is set and there is
 * a run to go on with; if there is none, a note says so. Fails as result_open does. Rank 0; not
 * collective. */
Status output_open(Output *output, const TrainOptions *options, int *is_resumed) MUST_CHECK;
/* Fails as output_open would, and sets *is_resumed, but takes and makes nothing. Rank 0; not
 * collective. */
Status output_look(const TrainOptions *options, int *is_resumed) MUST_CHECK;
/* Returns whether checkpoint.every has passed since the last checkpoint. Not collective. */
int output_is_due(const Output *output, const Config *config);
/* Keeps the first failure. Not collective. */
void output_fail(Output *output, Status status);
/* Gives the file back and frees what is kept. Not collective. */
void output_free(Output *output);

#endif
