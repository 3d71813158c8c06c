#ifndef NORMLAB_REPORT_RUN_H
#define NORMLAB_REPORT_RUN_H
/* What a comparison needs of a result file. Not collective. */
#include "base/status.h"
#include "store/record.h"
#include <stddef.h>
#include <stdint.h>

enum { RUN_TEXT = 64 };

/* A field that is not in the file, or not of the expected type and shape, is "" (text), -1 (count)
 * or NaN (number): files of other versions can be compared as far as they go. */
typedef struct Run {
  char *file; /* as given */
  char name[RUN_TEXT], norm[RUN_TEXT], seed[RUN_TEXT], status[RUN_TEXT];
  char evaluated[RUN_TEXT];      /* "test", or "validation": what the test_ numbers are of */
  char evaluated_hash[RUN_TEXT]; /* of its images and labels */
  int64_t epochs;                /* done */
  int64_t parameters;            /* trainable */
  double test_accuracy, test_loss, train_accuracy, train_loss; /* last epoch; accuracy 0 .. 1 */
  double images_per_second, epoch_seconds;                     /* median over epochs */
  size_t n_test;                                               /* stored predictions; 0: none */
  int32_t *label, *prediction;                                 /* [n_test], owned */
} Run;

/* From a record; file is its name. STATUS_MEMORY is the only failure. */
Status run_from_record(Run *run, const Record *record, const char *file) MUST_CHECK;
/* From a file: failures of result_read (store/file.h). Nothing is to be freed then. */
Status run_read(Run *run, const char *file) MUST_CHECK;
void run_free(Run *run);

/* For qsort: runs on a validation split last; then by test accuracy, best first, then by test loss;
 * runs without come last. Ties by file. */
int run_order(const void *a, const void *b);

/* Whether it was evaluated on a validation split, in place of the test set. */
int run_is_validated(const Run *run);
/* Nothing says that they were evaluated on different images. */
int runs_share_set(const Run *a, const Run *b);
/* Both have predictions for the same set: images, as far as both files tell, and labels. */
int runs_are_paired(const Run *a, const Run *b);
/* Images one gets right and the other wrong. Paired runs only. */
void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b);

#endif
