#ifndef NORMLAB_REPORT_COMPARISON_H
#define NORMLAB_REPORT_COMPARISON_H
/* Which variant is better, and how sure that is. Not collective.
 *
 * A variant is a set of runs that differ in nothing but the seed (variant.h). One variant is the
 * baseline: the one that the user has named, or else the first of the ranking. Each other variant
 * is compared with the baseline over the seeds that both were run with. The two runs of one seed
 * are a pair: they had the same initial weights, order of images and dropout masks. So the
 * difference of a quantity within a pair varies less from seed to seed than the quantity itself.
 * Two questions are kept apart:
 *
 * - Would other seeds show the difference? This is answered by Student's t test and the t interval
 *   of the mean difference; beside them stand the BCa bootstrap interval and Fisher's
 *   randomization (sign flip) test.
 * - Would other test images show the difference? This is answered by mcnemar_clustered() over the
 *   images, with all seeds taken together.
 *
 * The verdict is on test accuracy. With two seeds or more it is by the t test. With one seed it is
 * by McNemar's exact test, which compares two trained networks and no more. Each p is corrected by
 * Holm's method for the number of tests. With a baseline that was named there is one test for each
 * other variant. Against a baseline that was chosen because it was best, the tests of all pairs of
 * variants are counted, because the best of several equals is better than the others more often
 * than any named one. */
#include "report/variant.h"
#include <stdio.h>

/* Two variants are called not separable if the corrected p is above this level. */
#define COMPARISON_LEVEL 0.05
/* The number of seeds that is recommended is the one with which the t test has this power. More
 * than COMPARISON_MAX_SEEDS seeds are never recommended. */
#define COMPARISON_POWER 0.8
enum { COMPARISON_MAX_SEEDS = 1000 };

typedef enum Verdict {
  VERDICT_NONE, /* there is nothing to compare: Difference.reason says why */
  VERDICT_BETTER,
  VERDICT_WORSE,
  VERDICT_NOT_SEPARABLE
} Verdict;
/* Returns the verdict as a word: "better" and so on. */
const char *verdict_text(Verdict verdict);

/* A quantity (accuracy or loss) compared over pairs of runs. Its differences are the value of the
 * variant minus the value of the baseline, one for each seed. */
typedef struct Paired {
  Summary summary;    /* of the differences; its n is the number of seeds */
  Interval bootstrap; /* of the mean difference, by bootstrap_interval() */
  double p;           /* of the t test that the mean difference is 0 */
  double p_holm;      /* p after Holm's correction; for the accuracy only */
  double p_flip;      /* of sign_flip_test() */
} Paired;

/* The runs of one seed, and the numbers of images that only one of the two networks gets right. */
typedef struct SeedPair {
  const Run *variant, *baseline;
  int has_images; /* 1 if both files have predictions; otherwise the counts below are 0 */
  size_t only_variant, only_baseline;
  double p; /* of mcnemar_exact() */
} SeedPair;

typedef struct Difference {
  const Variant *variant, *baseline;
  const char *reason; /* why the two are not compared; NULL if they are */
  SeedPair *pairs;    /* [n_pairs] by seed; the Difference owns them */
  size_t n_pairs;
  Paired accuracy, loss;
  size_t n_image_pairs;           /* the number of pairs with predictions */
  double p_images, p_images_holm; /* of mcnemar_clustered(), without and with Holm's correction;
                                     NaN without predictions */
  Verdict verdict;
  /* n_needed is the number of seeds in all with which the t test finds a difference of `planned`
   * with the power COMPARISON_POWER, at the level COMPARISON_LEVEL divided by the number of
   * tests, if the differences deviate as much as those seen. It is 0 if it would be above
   * COMPARISON_MAX_SEEDS or is not known. */
  size_t n_needed;
  double planned;
} Difference;

typedef struct ComparisonOptions {
  const char *baseline; /* the name or the norm of a variant, or NULL for the best */
  double reach;         /* the accuracy, 0 to 1, that Variant.n_reached and its neighbours are
                           about */
  double difference;    /* the difference of accuracies to plan seeds for; 0 for the one that was
                           seen */
} ComparisonOptions;

typedef struct Comparison {
  ComparisonOptions options;
  const Run *runs; /* [n_runs] in the given order */
  size_t n_runs;
  Variants variants;
  const Variant *baseline; /* NULL if no run has finished */
  Difference *differences; /* [n_differences] in the order of the ranking; the Comparison owns
                              them */
  size_t n_differences;
  size_t n_tests; /* the number of tests that Holm's correction is for */
  Notes notes;
} Comparison;

/* Compares runs [n], which must outlive the comparison. Returns STATUS_USAGE if no variant has the
 * name or norm of options->baseline, or if several variants have this norm; or STATUS_MEMORY. The
 * caller frees the comparison by comparison_free(); after a failure there is nothing to free. */
Status comparison_make(Comparison *comparison, Run *runs, size_t n,
                       const ComparisonOptions *options) MUST_CHECK;
void comparison_free(Comparison *comparison);

/* Makes an array [n_runs] of the runs in the order of run_order(). The caller frees it by free().
 * Returns STATUS_MEMORY. */
Status comparison_sort_runs(const Run ***sorted, const Comparison *comparison) MUST_CHECK;

/* Prints tables, differences, verdicts in words, and notes. Lines have at most 100 columns if
 * names have the usual length. */
Status comparison_print(FILE *out, const Comparison *comparison) MUST_CHECK;

/* Prints a table with one line for each run, in the order of run_order(). */
Status comparison_print_runs(FILE *out, const Comparison *comparison) MUST_CHECK;

/* Prints the comparison as JSON: {"options", "data": what they
 * were trained and evaluated on, "runs": best first, finished or not, "variants": as
 * ranked, "baseline", "tests", "differences", "notes"}. What is not known is null, accuracies are
 * 0 to 1, and an interval is [low, high]. */
Status comparison_print_json(FILE *out, const Comparison *comparison) MUST_CHECK;

/* Print comma-separated values (RFC 4180, but with line feeds) under a line of names. The first
 * prints a line for each variant, which includes its difference from the baseline; the second
 * prints a line for each run. What is not known is empty. */
void comparison_print_csv(FILE *out, const Comparison *comparison);
Status comparison_print_csv_runs(FILE *out, const Comparison *comparison) MUST_CHECK;

/* Prints a difference and its verdict as a sentence without a newline. */
void verdict_print(FILE *out, const Comparison *comparison, const Difference *difference);

#endif
