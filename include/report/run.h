#ifndef NORMLAB_REPORT_RUN_H
#define NORMLAB_REPORT_RUN_H
/* What a comparison needs of a result file. Not collective. */
#include "base/status.h"
#include "store/record.h"
#include <stddef.h>
#include <stdint.h>

enum { RUN_TEXT = 128 };

/* A value of the configuration, or of the surroundings that results depend on. */
typedef struct RunKey {
  char *key, *value; /* owned by the run */
} RunKey;

typedef enum RunState {
  RUN_FINISHED,   /* takes part */
  RUN_UNFINISHED, /* running, or stopped before its last epoch */
  RUN_DIVERGED,
  RUN_BAD /* contradicts itself, or lacks what no run is compared without */
} RunState;

/* A field that is not in the file, or not of the expected type and shape, is "" (text), -1 (count)
 * or NaN (number): files of other versions can be compared as far as they go. */
typedef struct Run {
  char *file; /* as given */
  char name[RUN_TEXT], norm[RUN_TEXT], seed[RUN_TEXT], status[RUN_TEXT];
  char data[RUN_TEXT];           /* title of the data set */
  char evaluated[RUN_TEXT];      /* "test", or "validation": what the test_ numbers are of */
  char evaluated_hash[RUN_TEXT]; /* of its images and labels */
  char machine[RUN_TEXT];        /* processor, processes and threads */
  RunState state;
  char reason[RUN_TEXT]; /* why it does not take part; "" if it does */
  /* What makes a variant, ordered by key: the configuration without name, seed and what results do
   * not depend on; "data", a hash of the images; "init", a hash of the weights it started from. */
  RunKey *keys;
  size_t n_keys;
  int64_t epochs, n_planned;                                   /* done; of the configuration */
  int64_t parameters;                                          /* trainable */
  int64_t n_images;                                            /* evaluated on */
  double test_accuracy, test_loss, train_accuracy, train_loss; /* last epoch; accuracy 0 .. 1 */
  double images_per_second, epoch_seconds;                     /* median over epochs */
  double *accuracy;            /* [epochs] on the test set after each epoch, owned; NULL without */
  double *seconds;             /* [epochs] of each, owned; NULL unless the file has as many */
  size_t n_test;               /* stored predictions; 0: none */
  int32_t *label, *prediction; /* [n_test], owned */
} Run;

/* From a record; file is its name. STATUS_MEMORY is the only failure. */
Status run_from_record(Run *run, const Record *record, const char *file) MUST_CHECK;
/* From a file: failures of result_read (store/file.h). Nothing is to be freed then. */
Status run_read(Run *run, const char *file) MUST_CHECK;
void run_free(Run *run);

/* NULL if it has none of this name. */
const char *run_key(const Run *run, const char *key);
/* The same value, or neither has one. */
int runs_share_key(const Run *a, const Run *b, const char *key);

/* The first epoch, from 1, after which the accuracy on the test set was at least this, and the
 * seconds of training up to its end; both infinite if none was. NaN: not known. */
void run_reach(const Run *run, double accuracy, double *epochs, double *seconds);

/* The share of the stored predictions that are right; NaN without. */
double run_share_right(const Run *run);

/* For qsort: runs on a validation split last; then by test accuracy, best first, then by test loss;
 * runs without come last. Ties by file. */
int run_order(const void *a, const void *b);

/* By seed, as numbers where they are. */
int run_seed_order(const Run *a, const Run *b);

/* Whether it was evaluated on a validation split, in place of the test set. */
int run_is_validated(const Run *run);
/* Nothing says that they were evaluated on different images. */
int runs_share_set(const Run *a, const Run *b);
/* Both have predictions for the same set: images, as far as both files tell, and labels. */
int runs_are_paired(const Run *a, const Run *b);
/* The same results: metrics of the last epoch, and predictions. */
int runs_are_equal(const Run *a, const Run *b);
/* Images one gets right and the other wrong. Paired runs only. */
void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b);

#endif
