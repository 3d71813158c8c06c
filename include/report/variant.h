#ifndef NORMLAB_REPORT_VARIANT_H
#define NORMLAB_REPORT_VARIANT_H
/* Runs sorted into variants: those of a variant differ in nothing but the seed. Not collective. */
#include "report/run.h"
#include "report/statistics.h"

#define VARIANT_CONFIDENCE 0.95

typedef struct Variant {
  char *name; /* the norm, and where variants differ in more keys, these: "batch lr=0.1"; or, where
                 that would be long, a number: "batch #2" */
  char *keys; /* the keys in which variants differ, but for the norm: "optimizer.lr=0.1,
                 training.batch=32"; "" where there are none. A list of layers is one key, network,
                 named by the configurations' names or, where these do not tell, A, B, .. */
  const char *norm;
  Run **runs; /* [n_runs] finished, one a seed, by seed; not owned */
  size_t n_runs, n_diverged, n_unfinished;
  const Run *example; /* some run of it, finished or not */
  /* Over the finished runs; NaN or n = 0 where there are none. */
  Summary test_accuracy, test_loss, train_accuracy, train_loss, images_per_second, epoch_seconds;
  /* Runs that reached the stated accuracy; medians over all runs, those that did not counting as
   * infinitely late: a median is infinite if half of them did not. */
  size_t n_reached;
  double reach_epochs, reach_seconds;
  int64_t parameters; /* -1: not known */
} Variant;

/* What the reader should know before believing the tables. */
typedef struct Notes {
  char **text; /* [n] sentences, owned */
  size_t n;
  int is_broken; /* no memory for one */
} Notes;

void notes_add(Notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_free(Notes *notes);

typedef struct Variants {
  Variant *variant; /* [n] by mean test accuracy, best first, then mean test loss; then those
                       evaluated on a validation split; those without finished runs come last */
  size_t n;
  int is_numbered; /* names have numbers instead of keys */
  Run **sorted;    /* what the runs of the variants point into */
} Variants;

/* From runs [n], which must outlive it; those of RUN_BAD are passed over. reach: accuracy, 0 .. 1.
 * Notes what was left out and why: unfinished and diverged runs, and more than one run of a seed,
 * of which the first by file name is taken. STATUS_MEMORY. */
Status variants_make(Variants *variants, Run *runs, size_t n, double reach,
                     Notes *notes) MUST_CHECK;
void variants_free(Variants *variants);

/* Whether they differ in a key other than the norm. */
int variants_differ_beyond_norm(const Variant *a, const Variant *b);

#endif
