#ifndef NORMLAB_REPORT_VARIANT_H
#define NORMLAB_REPORT_VARIANT_H
/* Sorts runs into variants: the runs of a variant differ in nothing but the seed. Not collective.
 */
#include "report/run.h"
#include "report/statistics.h"

/* The confidence of all intervals of a comparison. */
#define VARIANT_CONFIDENCE 0.95

typedef struct Variant {
  char *name; /* the norm and, where variants differ in more keys, these: "batch lr=0.1"; where
                 that would be long, the norm and a number: "batch #2" */
  char *keys; /* the keys other than the norm in which variants differ: "optimizer.lr=0.1,
                 training.batch=32"; "" if there are none. A list of layers is one key, network,
                 whose value is the configuration's name or, where names do not tell variants
                 apart, A, B, .. */
  const char *norm; /* "mixed" where runs of several norms are one variant (selection.h) */
  Run **runs;       /* [n_runs]: the finished runs, one for each seed, by seed; not owned */
  size_t n_runs, n_diverged, n_unfinished;
  size_t n_below;        /* finished runs whose accuracy is below VariantOptions.failure, which are
                           not among `runs` */
  size_t n_failed;       /* n_diverged + n_below */
  size_t n_tried;        /* n_runs + n_failed */
  Interval failure_rate; /* rate_interval() of n_failed of n_tried */
  const Run *example;    /* one of its runs, finished or not */
  /* Over the finished runs; n is 0 and numbers are NaN where there are none. */
  Summary calibration_error, test_accuracy, test_loss, train_accuracy, train_loss,
      images_per_second, epoch_seconds;
  /* It is known of n_reach_known finished runs when they reached the stated accuracy (a run from a
   * table may not tell it), and n_reached of them did. reach_epochs and reach_seconds are medians
   * over the finished runs for which they are known, of which those that did not reach it count as
   * infinitely late. So a median is infinite if half of the runs did not reach it. */
  size_t n_reached, n_reach_known;
  double reach_epochs, reach_seconds;
  int64_t parameters; /* the number of trainable parameters; -1: not known */
} Variant;

/* What the reader should know before believing the tables, as sentences. */
typedef struct Notes {
  char **text; /* [n] sentences; freed by notes_free() */
  size_t n;
  int is_broken; /* 1: there was no memory for one */
} Notes;

/* Adds a printf-style sentence. Without memory it sets is_broken. */
void notes_add(Notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_free(Notes *notes);

typedef struct VariantOptions {
  double reach;    /* the accuracy, 0 to 1, that Variant.n_reached is about */
  double failure;  /* a run whose accuracy is below this one has failed, as one has that diverged;
                      0: only these have */
  int pairs_seeds; /* 1: variants are compared, and ranked, by the seeds that two have in common */
} VariantOptions;

typedef struct Variants {
  VariantOptions options;
  Variant *variant; /* [n] in the order of variants_order() */
  size_t n;
  int is_numbered; /* 1: names have numbers in place of keys */
  Run **sorted;    /* the array that Variant.runs points into */
} Variants;

/* Sorts runs [n], which must outlive the variants; runs of RUN_BAD are passed over. Adds notes
 * about what was left out and why: unfinished and failed runs, and further runs of a seed, of which
 * the first by file name is taken. Returns STATUS_MEMORY. The caller frees the variants by
 * variants_free(). */
Status variants_make(Variants *variants, Run *runs, size_t n, const VariantOptions *options,
                     Notes *notes) MUST_CHECK;
void variants_free(Variants *variants);

/* Compares two variants as a ranking does, with a negative number if the first comes first: by mean
 * test accuracy, best first, then by mean test loss. The means are those of all seeds, or, where
 * seeds are paired, those of the seeds that both have, if there are any: what verdicts are about. A
 * variant of which runs have failed comes after those of which none has, as its mean is that of the
 * survivors; then come those that were evaluated on a validation split, and last those without
 * finished runs. */
int variants_order(const Variants *variants, const Variant *a, const Variant *b);
/* Returns whether the finished runs of two variants are of the same seeds. */
int variants_share_seeds(const Variant *a, const Variant *b);
/* Moves all variants that come before variant `number` in front of it, and all others behind it,
 * and returns its new number. */
size_t variants_rank_around(Variants *variants, size_t number);

/* Returns whether two variants differ in a key other than the norm. */
int variants_differ_beyond_norm(const Variant *a, const Variant *b);

#endif
