#ifndef NORMLAB_REPORT_RUN_H
#define NORMLAB_REPORT_RUN_H
/* What a comparison needs to know of a run: from its result file, or from a line of a table
 * (run_table.h). Not collective. */
#include "base/status.h"
#include "config/statistics.h"
#include "store/class_names.h"
#include "store/record.h"
#include <stddef.h>
#include <stdint.h>

enum { RUN_TEXT = 128 };

/* A value of the configuration, or of the surroundings that the results depend on. */
typedef struct RunKey {
  char *key, *value; /* owned by the run */
} RunKey;

typedef enum RunState {
  RUN_FINISHED,   /* the run takes part in the comparison */
  RUN_UNFINISHED, /* it is running, or has stopped before its last epoch */
  RUN_DIVERGED,
  RUN_BAD /* the file contradicts itself, or lacks what no run is compared without */
} RunState;

/* The last evaluation of a run by one of the statistics of norms that cross samples; NaN: there is
 * none. */
typedef struct RunEvaluation {
  double accuracy, loss, calibration_error;
} RunEvaluation;

/* One run. If a field is not in the file, or not of the expected type and shape, its value is ""
 * (text), -1 (count) or NaN (number). So files of other versions can be compared as far as they
 * go. */
typedef struct Run {
  char *file;             /* the name of the file as it was given; owned */
  char program[RUN_TEXT]; /* what has made the run if that is not normlab, as its table says; "":
                             normlab. All that is known of such a run is what the table states */
  char name[RUN_TEXT], norm[RUN_TEXT], seed[RUN_TEXT], status[RUN_TEXT];
  char data[RUN_TEXT];            /* the title of the data set */
  char evaluated[RUN_TEXT];       /* "test" or "validation": the images that the numbers named
                                    test_ are of */
  char statistics[RUN_TEXT];      /* which evaluation of norms that cross samples the numbers are
                                     of (config/statistics.h); "none": there are no such norms */
  char evaluated_hash[RUN_TEXT];  /* a hash of these images and their labels */
  char machine[RUN_TEXT];         /* the processor, and the numbers of processes and threads */
  char version[RUN_TEXT];         /* the version of normlab, and the commit of its source */
  char instruction_set[RUN_TEXT]; /* that of the kernels */
  RunState state;
  char reason[RUN_TEXT]; /* why it does not take part; "" if it does */
  /* What makes a variant, ordered by key: the configuration without name, seed and whatever the
   * results do not depend on; "data", a hash of the images; "init", a hash of the weights that the
   * run started from; and "program" if it is not normlab. */
  RunKey *keys;
  size_t n_keys;
  RunKey *rest; /* [n_rest], owned: those of them by which runs are no variants (selection.h) */
  size_t n_rest;
  /* What normlab note has put into the file, ordered by key; and all of it in one text,
   * "KEY=VALUE; KEY=VALUE", owned, "" if there is none. */
  RunKey *notes;
  size_t n_notes;
  char *notes_text;
  int64_t epochs, n_planned;                                   /* done, and planned */
  int64_t parameters;                                          /* how many are trainable */
  int64_t n_images;                                            /* it was evaluated on so many */
  int64_t n_train;                                             /* it was trained on so many */
  double test_accuracy, test_loss, train_accuracy, train_loss; /* last epoch; accuracies 0 to 1 */
  double calibration_error;       /* calibration_error_of() its stored predictions */
  RunEvaluation by[N_STATISTICS]; /* all evaluations that there are; none if no norm
                                              crosses samples */
  double accuracy_step; /* accuracies come in steps of this: of one image, or of the digits that
                           a table has; 0: not known */
  double images_per_second, epoch_seconds; /* medians over the epochs */
  double *accuracy; /* [epochs]: the test accuracy after each epoch, owned; NULL if
                                  missing */
  double *seconds;  /* [epochs]: the seconds of each, owned; NULL unless the file has
                                  as many */
  /* Of a run from a table, which has no curve: run_reach() for the accuracy `reach`. */
  double reach, reach_epochs, reach_seconds;
  size_t n_test;               /* the number of stored predictions; 0: none */
  int32_t *label, *prediction; /* [n_test], owned */
  ClassNames classes;          /* their names, by label; none: they are not known */
  size_t n_right; /* the number of images of which it is known whether the run gets them
                                  right; 0: of none */
  uint8_t *right; /* [n_right], owned: 1 if it does */
} Run;

/* Takes a run from a record; `file` is its name. The only failure is STATUS_MEMORY. The caller
 * frees the run by run_free(). */
Status run_from_record(Run *run, const Record *record, const char *file) MUST_CHECK;
/* Reads a run from a file. The failures are those of result_read() (store/file.h); after one there
 * is nothing to free. */
Status run_read(Run *run, const char *file) MUST_CHECK;
/* Does the same by one of the statistics of norms that cross samples, whichever the run has used:
 * by an evaluation that is in the record, which then tells of that, and without the keys that say
 * which evaluations there are. A finished run that has no such evaluation is RUN_BAD. With
 * N_STATISTICS it is run_from_record(). */
Status run_from_record_by(Run *run, Record *record, const char *file,
                          Statistics statistics) MUST_CHECK;
/* Does it for a run from a table, by the evaluations that the table has. */
void run_choose(Run *run, Statistics statistics);
void run_free(Run *run);

/* Returns the value of a key (Run.keys); NULL if the run has no key of this name. */
const char *run_key(const Run *run, const char *key);
/* Does the same for a key of Run.keys or Run.rest. */
const char *run_any_key(const Run *run, const char *key);
/* Returns whether two runs have the same value of a key, or both have none. */
int runs_share_key(const Run *a, const Run *b, const char *key);

/* Returns the name of the program that has made the run. */
const char *run_program(const Run *run);

/* Finds the first epoch, counted from 1, after which the test accuracy was at least `accuracy`,
 * and the seconds of training up to the end of this epoch. Both are infinite if there was no such
 * epoch, and NaN if it is not known. */
void run_reach(const Run *run, double accuracy, double *epochs, double *seconds);

enum { CALIBRATION_BINS = 15 };

/* Returns the expected calibration error (Guo et al. 2017) of n predictions: images are sorted by
 * their confidence, the largest probability, into CALIBRATION_BINS bins of equal width; the error
 * is the mean over images of |share right - mean confidence| of their bins. probability is
 * [n][n_classes]; NaN for n = 0. */
double calibration_error_of(const float *probability, const int32_t *label, size_t n,
                            size_t n_classes);

/* Returns the least deviation that accuracies like that of a run are taken to have. They come in
 * steps of one image, so that runs which happen to be equal for a few seeds do not show that there
 * is no deviation: it is that of a number which is uniform within a step. 0 where the number of
 * images is not known. */
double run_least_deviation(const Run *run);

/* Returns the share of the images that the run gets right; NaN if that is known of none. */
double run_share_right(const Run *run);

/* Compares two items of type Run as qsort() wants it: runs on a validation split come last, then
 * the better test accuracy comes first, then the smaller test loss. Runs without these numbers
 * come after those that have them. Ties are ordered by file name. */
int run_order(const void *a, const void *b);

/* Compares two runs by seed: as numbers where both are numbers. */
int run_seed_order(const Run *a, const Run *b);

/* Returns whether a run was evaluated on a validation split, in place of the test set. */
int run_is_validated(const Run *run);
/* Returns 0 if the files say that the two runs were evaluated on different images, and 1
 * otherwise. For a run that normlab has not made, the data sets are the same if their names or
 * hashes are, and the numbers of images, as far as both are known. */
int runs_share_set(const Run *a, const Run *b);
/* Returns whether it is known of both runs which images of one set they get right: a set with the
 * same labels, or, of runs without labels, of one program. */
int runs_are_paired(const Run *a, const Run *b);
/* Returns whether the two runs have the same results: the metrics of the last epoch, and the
 * predictions. */
int runs_are_equal(const Run *a, const Run *b);
/* Counts the images that only run a gets right, and those that only run b gets right. The runs
 * must be paired (runs_are_paired()). */
void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b);

#endif
