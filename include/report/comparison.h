#ifndef NORMLAB_REPORT_COMPARISON_H
#define NORMLAB_REPORT_COMPARISON_H
/* Which variant is better, and how sure that is. Not collective.
 *
 * One variant is the baseline: a named one, or the first of the ranking. Each other is compared
 * with it over the seeds that both were run with. Such a pair of runs had the same initial weights,
 * order and masks, so the differences of a quantity between the two, one a seed, vary less than the
 * quantity does. Two questions are kept apart:
 *
 * - Would other seeds show it? Student's t test and interval of the mean difference; beside them
 *   the BCa bootstrap interval and Fisher's randomization (sign flip) test.
 * - Would other test images show it? mcnemar_clustered over the images, the seeds taken together.
 *
 * The verdict is on test accuracy: by the t test for two seeds and more, by McNemar's exact test
 * for one, which compares two trained networks and no more. A p is corrected by Holm for the number
 * of tests: one for each variant but a named baseline. Against a baseline that was chosen because
 * it was best, the tests of all pairs are counted: the best of several equals is better than the
 * others more often than any named one. */
#include "report/variant.h"
#include <stdio.h>

/* The corrected p above which two variants are called not separable. */
#define COMPARISON_LEVEL 0.05
/* Of the number of seeds that is recommended, and the largest that is. */
#define COMPARISON_POWER 0.8
enum { COMPARISON_MAX_SEEDS = 1000 };

typedef enum Verdict {
  VERDICT_NONE, /* nothing to compare: see reason */
  VERDICT_BETTER,
  VERDICT_WORSE,
  VERDICT_NOT_SEPARABLE
} Verdict;
/* "better" and so on. */
const char *verdict_text(Verdict verdict);

/* Of a quantity: the variant's less the baseline's, over seeds. */
typedef struct Paired {
  Summary summary;    /* n is the number of seeds */
  Interval bootstrap; /* BCa, bootstrap_interval */
  double p;           /* t test */
  double p_holm;      /* only of accuracy */
  double p_flip;      /* sign_flip_test */
} Paired;

/* One seed: images that only one of the two networks gets right. */
typedef struct SeedPair {
  const Run *variant, *baseline;
  int has_images; /* both files have predictions; what follows is 0 otherwise */
  size_t only_variant, only_baseline;
  double p; /* mcnemar_exact */
} SeedPair;

typedef struct Difference {
  const Variant *variant, *baseline;
  const char *reason; /* why the two are not compared; NULL if they are */
  SeedPair *pairs;    /* [n_pairs] by seed, owned */
  size_t n_pairs;
  Paired accuracy, loss;
  size_t n_image_pairs;           /* pairs with predictions */
  double p_images, p_images_holm; /* mcnemar_clustered; NaN without predictions */
  Verdict verdict;
  /* For COMPARISON_POWER, if the deviation of the differences is the one seen and alpha
   * COMPARISON_LEVEL over the number of tests: seeds needed in all, for a difference of
   * `planned`. 0: more than COMPARISON_MAX_SEEDS, or not known. */
  size_t n_needed;
  double planned;
} Difference;

typedef struct ComparisonOptions {
  const char *baseline; /* name or norm of a variant, or NULL for the best */
  double reach;         /* accuracy to be reached, 0 .. 1 */
  double difference;    /* accuracy difference to plan for; 0 for the one seen */
} ComparisonOptions;

typedef struct Comparison {
  ComparisonOptions options;
  const Run *runs; /* [n_runs] as given */
  size_t n_runs;
  Variants variants;
  const Variant *baseline; /* NULL if no run is finished */
  Difference *differences; /* [n_differences] in the order of the ranking, owned */
  size_t n_differences;
  size_t n_tests; /* that Holm's correction is for */
  Notes notes;
} Comparison;

/* From runs [n], which must outlive it. STATUS_USAGE if there is no such baseline, or several with
 * this norm; STATUS_MEMORY. Nothing is to be freed after a failure. */
Status comparison_make(Comparison *comparison, Run *runs, size_t n,
                       const ComparisonOptions *options) MUST_CHECK;
void comparison_free(Comparison *comparison);

/* The runs by run_order, in an array of n_runs that the caller frees. */
Status comparison_sort_runs(const Run ***sorted, const Comparison *comparison) MUST_CHECK;

/* Tables, differences, verdicts in words, notes; at most 100 columns for names of usual length. */
Status comparison_print(FILE *out, const Comparison *comparison) MUST_CHECK;

/* One line a run, in the order of run_order. */
Status comparison_print_runs(FILE *out, const Comparison *comparison) MUST_CHECK;

/* {"options", "runs": best first, finished or not, "variants": as ranked, "baseline", "tests",
 * "differences", "notes"}. What is not known is null; accuracies are 0 .. 1; an interval is
 * [low, high]. */
Status comparison_print_json(FILE *out, const Comparison *comparison) MUST_CHECK;

/* Comma-separated values with a line of names (RFC 4180, but with line feeds): a line a variant,
 * its difference from the baseline included, and a line a run. What is not known is empty. */
void comparison_print_csv(FILE *out, const Comparison *comparison);
Status comparison_print_csv_runs(FILE *out, const Comparison *comparison) MUST_CHECK;

/* A difference and its verdict as a sentence without a newline. */
void verdict_print(FILE *out, const Comparison *comparison, const Difference *difference);

#endif
