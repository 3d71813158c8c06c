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
  int64_t epochs;                                              /* done */
  int64_t parameters;                                          /* trainable */
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

/* For qsort: by test accuracy, best first, then by test loss; runs without come last. Ties by file.
 */
int run_order(const void *a, const void *b);

/* Both have predictions for the same labels in the same order. */
int runs_are_paired(const Run *a, const Run *b);
/* Images one gets right and the other wrong. Paired runs only. */
void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b);

#endif
