#ifndef NORMLAB_REPORT_COMPARISON_H
#define NORMLAB_REPORT_COMPARISON_H
/* Which variant is better, and how sure that is. Not collective.
 *
 * A variant is a set of runs that differ in nothing but the seed (variant.h). One variant is the
 * baseline: the one that the user has named, or else the first of the ranking. Each other variant
 * is compared with it in three endpoints, which are accuracy, loss and calibration error, and in
 * how often runs fail. Every p is corrected by Holm's method within its family: the comparisons of
 * one kind, in one endpoint. With a baseline that was named, a family has one comparison for each
 * other variant. Against a baseline that was chosen because it was best it has all pairs of
 * variants, because the best of several equals is better than the others more often than any named
 * one.
 *
 * The verdict is on accuracy, about a difference D that matters, which the user states:
 *
 * - better, worse: Welch's test of the means (two_samples.h) says that they differ;
 * - equivalent within D: both one-sided tests say that the difference lies between -D and D, and so
 *   does the whole interval;
 * - different in every seed, size uncertain: the means are not told apart, because one variant
 *   deviates much, yet every run of the one is above every run of the other, and the rank sum test
 *   says that this is no chance;
 * - undecided: none of these, which is no evidence that they are equal.
 *
 * Where both better (or worse) and equivalent within D hold, the difference is real and does not
 * matter: that is called equivalent, and the sentence adds that there is a difference.
 *
 * Where a study pairs seeds (its variants see the same initial weights, order and masks, and stay
 * close together), the paired t test and Fisher's randomization of signs take the place of Welch's
 * test and the rank sum test.
 *
 * No verdict is given where one of the two has a single run: that is about two trained networks,
 * which McNemar's exact test compares image by image, and not about norms. A variant of which runs
 * have failed is never called better or equivalent by those that have not. */
#include "report/selection.h"
#include "report/trend.h"
#include "report/two_samples.h"
#include "report/variant.h"
#include <stdio.h>

/* A test decides if its corrected p is at most this level. */
#define COMPARISON_LEVEL 0.05
/* The number of seeds that is recommended is the one with which the test has this power. More
 * than COMPARISON_MAX_SEEDS seeds are never recommended. */
#define COMPARISON_POWER 0.8
/* The difference of accuracies that matters, as a share, unless the user states another. */
#define COMPARISON_DIFFERENCE 0.001
enum { COMPARISON_MAX_SEEDS = 1000 };

typedef enum Verdict {
  VERDICT_NONE, /* there is nothing to compare: Difference.reason says why */
  VERDICT_BETTER,
  VERDICT_WORSE,
  VERDICT_EQUIVALENT,
  VERDICT_SEPARATED, /* different in every seed, size uncertain */
  VERDICT_UNDECIDED
} Verdict;
/* Returns the verdict in words: "better" and so on. */
const char *verdict_text(Verdict verdict);

typedef enum Endpoint {
  ENDPOINT_ACCURACY,
  ENDPOINT_LOSS,
  ENDPOINT_CALIBRATION,
  N_ENDPOINTS
} Endpoint;

/* How variant and baseline differ in an endpoint: the value of the variant less that of the
 * baseline. */
typedef struct Effect {
  TwoMeans means; /* by Welch's method, or by Student's over pairs; its margin is D */
  double p_holm, p_equivalent_holm;
  double p_ranks; /* of rank_sum_test(), or of sign_flip_test() over pairs */
  double p_ranks_holm;
  int is_separated;   /* 1: every value of the one is above every one of the other; over pairs: all
                         differences have one sign */
  Superiority above;  /* that a run of the variant has a larger value than one of the baseline */
  double correlation; /* of the values of pairs */
} Effect;

/* The runs of one seed, and the numbers of images that only one of the two networks gets right. */
typedef struct SeedPair {
  const Run *variant, *baseline;
  int has_images; /* 1 if both files have predictions; otherwise the counts below are 0 */
  size_t only_variant, only_baseline;
  double p; /* of mcnemar_exact() */
} SeedPair;

typedef struct Difference {
  const Variant *variant, *baseline;
  const char *reason; /* why there is no verdict on accuracy; NULL if there is one */
  int is_comparable;  /* 1: both have finished runs on the same images, so that effects are known */
  SeedPair *pairs;    /* [n_pairs]: the seeds that both have, by seed; the Difference owns them */
  size_t n_pairs;
  Effect effect[N_ENDPOINTS];
  double p_failures, p_failures_holm; /* of fisher_exact() on the failed runs; NaN where neither
                                         has any */
  size_t n_image_pairs;               /* the number of pairs with predictions */
  double p_images, p_images_holm;     /* of mcnemar_clustered() over the pairs; NaN without
                                     predictions */
  /* The standard error of the difference of accuracies that comes from the choice of test images,
   * and the interval over seeds and images together; NaN without predictions. */
  double images_error;
  Interval interval_of_both;
  Verdict verdict;
  /* The number of seeds of each variant with which the test finds a difference of D with the power
   * COMPARISON_POWER, at the level COMPARISON_LEVEL divided by the number of tests, if the runs
   * deviate as those seen do. 0 if it would be above COMPARISON_MAX_SEEDS or is not known. */
  size_t n_needed;
} Difference;

typedef struct ComparisonOptions {
  const char *baseline; /* the name or the norm of a variant, or NULL for the best */
  double difference;    /* D: the difference of accuracies that matters, as a share above 0 */
  const char *trend;    /* the key along which trends are looked for (trends_make()); NULL: none */
  const char *note;     /* the first of the notes; NULL: none of this kind */
  VariantOptions variants;
  const Selection *selection; /* what the runs were chosen by; NULL: they are all */
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
  size_t n_tests; /* the number of comparisons in a family */
  Trends trends;
  Notes notes;
} Comparison;

/* Compares runs [n], which must outlive the comparison. Returns STATUS_USAGE if no variant has the
 * name or norm of options->baseline, or if several variants have this norm, or if there is no trend
 * along options->trend; or STATUS_MEMORY. The
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
 * prints a line for each variant, which includes its difference from the baseline. The second
 * prints a line for each run, in the given order, as a table that run_table_read() takes; before it
 * a head of lines "# NAME: VALUE" with what is the same for all runs, and with the command, unless
 * that is NULL. What is not known is empty. */
void comparison_print_csv(FILE *out, const Comparison *comparison);
Status comparison_print_csv_runs(FILE *out, const Comparison *comparison,
                                 const char *command) MUST_CHECK;

/* Prints a trend as a sentence without a newline. */
void trend_print(FILE *out, const Comparison *comparison, const Trend *trend);
/* Prints a difference and its verdict as a sentence without a newline. */
void verdict_print(FILE *out, const Comparison *comparison, const Difference *difference);

#endif
