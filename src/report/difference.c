#include "difference.h"

#include "base/memory.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* Where a run and a variant have an endpoint. */
static const struct {
  size_t run, variant; /* offsets of a double and of a Summary */
} ENDPOINTS[N_ENDPOINTS] = {
    [ENDPOINT_ACCURACY] = {offsetof(Run, test_accuracy), offsetof(Variant, test_accuracy)},
    [ENDPOINT_LOSS] = {offsetof(Run, test_loss), offsetof(Variant, test_loss)},
    [ENDPOINT_CALIBRATION] = {offsetof(Run, calibration_error),
                              offsetof(Variant, calibration_error)},
};

static double value_of(const Run *run, Endpoint endpoint) {
  return *(const double *)((const char *)run + ENDPOINTS[endpoint].run);
}

static const Summary *summary_of(const Variant *variant, Endpoint endpoint) {
  return (const Summary *)((const char *)variant + ENDPOINTS[endpoint].variant);
}

/* The values that are known. */
static size_t take(double *x, const Variant *variant, Endpoint endpoint) {
  size_t n = 0;
  for (size_t i = 0; i < variant->n_runs; i++) {
    x[n] = value_of(variant->runs[i], endpoint);
    n += !isnan(x[n]);
  }
  return n;
}

/* The values of pairs of which both are known. */
static size_t take_pairs(double *x, double *y, const Difference *difference, Endpoint endpoint) {
  size_t n = 0;
  for (size_t i = 0; i < difference->n_pairs; i++) {
    x[n] = value_of(difference->pairs[i].variant, endpoint);
    y[n] = value_of(difference->pairs[i].baseline, endpoint);
    n += !isnan(x[n]) && !isnan(y[n]);
  }
  return n;
}

/* Whether no other run of the variant has its seed, as one of another configuration may where runs
 * are variants by some keys alone. */
static int is_only_of_seed(const Variant *v, size_t i) {
  return (i == 0 || run_seed_order(v->runs[i - 1], v->runs[i]) != 0) &&
         (i + 1 == v->n_runs || run_seed_order(v->runs[i + 1], v->runs[i]) != 0);
}

static Status pair_runs(Difference *difference) {
  const Variant *a = difference->variant, *b = difference->baseline;
  TRY(memory_allocate(&difference->pairs, a->n_runs, sizeof *difference->pairs, "pairs of runs"));
  for (size_t i = 0; i < a->n_runs; i++)
    for (size_t k = 0; k < b->n_runs; k++)
      if (run_seed_order(a->runs[i], b->runs[k]) == 0 && is_only_of_seed(a, i) &&
          is_only_of_seed(b, k))
        difference->pairs[difference->n_pairs++] =
            (SeedPair){.variant = a->runs[i], .baseline = b->runs[k], .p = (double)NAN};
  return status_ok();
}

/* A difference of two runs has twice the variance of one. */
static double least_deviation(const Difference *difference, Endpoint endpoint, int of_pairs) {
  if (endpoint != ENDPOINT_ACCURACY) return 0;
  return run_least_deviation(difference->variant->example) * (of_pairs ? sqrt(2) : 1);
}

static int are_separated(const double *x, size_t n_x, const double *y, size_t n_y) {
  size_t n_above = 0, n_below = 0;
  for (size_t i = 0; i < n_x; i++)
    for (size_t k = 0; k < n_y; k++) {
      n_above += x[i] > y[k];
      n_below += x[i] < y[k];
    }
  return n_x * n_y > 0 && (n_above == n_x * n_y || n_below == n_x * n_y);
}

/* x, y: room for the values of all runs. */
static Status test_samples(Effect *effect, double *x, double *y, const Difference *difference,
                           Endpoint endpoint, double margin) {
  const Variant *a = difference->variant, *b = difference->baseline;
  two_means(&effect->means, summary_of(a, endpoint), summary_of(b, endpoint),
            least_deviation(difference, endpoint, 0), margin, VARIANT_CONFIDENCE);
  size_t n_x = take(x, a, endpoint), n_y = take(y, b, endpoint);
  superiority(&effect->above, x, n_x, y, n_y, VARIANT_CONFIDENCE);
  effect->is_separated = are_separated(x, n_x, y, n_y);
  return rank_sum_test(&effect->p_ranks, x, n_x, y, n_y);
}

static void test_pairs(Effect *effect, double *x, double *y, const Difference *difference,
                       Endpoint endpoint, double margin) {
  size_t n = take_pairs(x, y, difference, endpoint), n_up = 0, n_down = 0;
  Summary summary;
  superiority(&effect->above, x, n, y, n, VARIANT_CONFIDENCE);
  for (size_t i = 0; i < n; i++) {
    x[i] -= y[i];
    n_up += x[i] > 0;
    n_down += x[i] < 0;
  }
  summary_make(&summary, x, n, VARIANT_CONFIDENCE);
  paired_means(&effect->means, &summary, least_deviation(difference, endpoint, 1), margin,
               VARIANT_CONFIDENCE);
  effect->is_separated = n > 0 && (n_up == n || n_down == n);
  effect->p_ranks = sign_flip_test(x, n);
}

static Status test_endpoint(Difference *difference, Endpoint endpoint, double *x, double *y,
                            const ComparisonOptions *options) {
  Effect *effect = &difference->effect[endpoint];
  double margin = endpoint == ENDPOINT_ACCURACY ? options->difference : (double)NAN;
  size_t n = take_pairs(x, y, difference, endpoint);
  effect->correlation = correlation(x, y, n);
  if (!options->variants.pairs_seeds)
    return test_samples(effect, x, y, difference, endpoint, margin);
  test_pairs(effect, x, y, difference, endpoint, margin);
  return status_ok();
}

static const char *find_reason(const Difference *difference, int pairs_seeds) {
  const Variant *a = difference->variant, *b = difference->baseline;
  if (!a->n_runs) return a->n_failed ? "all of its runs have failed" : "it has no finished run";
  if (!b->n_runs) return "the baseline has no finished run";
  if (!runs_share_set(a->example, b->example)) return "they were evaluated on different images";
  if (pairs_seeds && !difference->n_pairs)
    return "they have no seed in common, and seeds are to be paired";
  return NULL;
}

static void clear(Difference *difference) {
  static const double none = (double)NAN;
  static const Effect unknown = {
      .means = {none, none, none, {none, none}, none, none},
      .p_holm = none,
      .p_equivalent_holm = none,
      .p_ranks = none,
      .p_ranks_holm = none,
      .above = {none, {none, none}},
      .correlation = none,
  };
  for (int i = 0; i < N_ENDPOINTS; i++) difference->effect[i] = unknown;
  difference->p_failures = difference->p_failures_holm = none;
  difference->p_images = difference->p_images_holm = difference->images_error = none;
  difference->interval_of_both = (Interval){none, none};
}

Status difference_test(Difference *difference, const ComparisonOptions *options) {
  const Variant *a = difference->variant, *b = difference->baseline;
  clear(difference);
  TRY(pair_runs(difference));
  if (a->n_failed + b->n_failed > 0)
    difference->p_failures = fisher_exact(a->n_failed, a->n_tried, b->n_failed, b->n_tried);
  difference->reason = find_reason(difference, options->variants.pairs_seeds);
  difference->is_comparable = !difference->reason;
  if (difference->reason) {
    difference->n_pairs = 0;
    return status_ok();
  }
  double *x;
  TRY(memory_allocate(&x, a->n_runs + b->n_runs, 2 * sizeof *x, "values"));
  Status status = status_ok();
  for (int i = 0; i < N_ENDPOINTS && status.code == STATUS_OK; i++)
    status = test_endpoint(difference, (Endpoint)i, x, x + a->n_runs + b->n_runs, options);
  free(x);
  return status.code == STATUS_OK ? difference_images(difference) : status;
}

static void plan(Difference *difference, const ComparisonOptions *options, size_t n_tests) {
  const Variant *a = difference->variant, *b = difference->baseline;
  const TwoMeans *means = &difference->effect[ENDPOINT_ACCURACY].means;
  double level = COMPARISON_LEVEL / (double)n_tests;
  if (options->variants.pairs_seeds)
    difference->n_needed =
        t_test_pairs(options->difference / (means->error * sqrt(means->degrees + 1)), level,
                     COMPARISON_POWER, COMPARISON_MAX_SEEDS);
  else
    difference->n_needed =
        two_means_needed(options->difference, a->test_accuracy.deviation,
                         b->test_accuracy.deviation, level, COMPARISON_POWER, COMPARISON_MAX_SEEDS);
}

static Verdict verdict_of(const Effect *effect, double margin) {
  const Interval *interval = &effect->means.interval;
  int is_inside = interval->low > -margin && interval->high < margin;
  if (effect->p_equivalent_holm <= COMPARISON_LEVEL && is_inside) return VERDICT_EQUIVALENT;
  if (effect->p_holm <= COMPARISON_LEVEL)
    return effect->means.difference > 0 ? VERDICT_BETTER : VERDICT_WORSE;
  if (effect->is_separated && effect->p_ranks_holm <= COMPARISON_LEVEL) return VERDICT_SEPARATED;
  return VERDICT_UNDECIDED;
}

/* Whether the accuracy of a variant of which runs have failed would speak for it. */
static int is_survivors(const Difference *difference, Verdict verdict) {
  double effect = difference->effect[ENDPOINT_ACCURACY].means.difference;
  if (verdict == VERDICT_UNDECIDED) return 0;
  int may_favour_variant = verdict == VERDICT_EQUIVALENT || effect > 0;
  int may_favour_baseline = verdict == VERDICT_EQUIVALENT || effect < 0;
  return (difference->variant->n_failed > 0 && may_favour_variant) ||
         (difference->baseline->n_failed > 0 && may_favour_baseline);
}

void difference_judge(Difference *difference, const ComparisonOptions *options, size_t n_tests) {
  const Effect *accuracy = &difference->effect[ENDPOINT_ACCURACY];
  if (difference->reason) return;
  if (isnan(accuracy->means.p)) {
    difference->reason = "one run does not tell a norm from chance";
    return;
  }
  difference->verdict = verdict_of(accuracy, options->difference);
  if (is_survivors(difference, difference->verdict)) {
    difference->verdict = VERDICT_NONE;
    difference->reason = "the accuracy is that of the runs that have not failed";
  }
  plan(difference, options, n_tests);
}

void difference_free(Difference *difference) {
  free(difference->pairs);
  difference->pairs = NULL;
}

const char *verdict_text(Verdict verdict) {
  static const char *const text[] = {
      [VERDICT_NONE] = "not compared",
      [VERDICT_BETTER] = "better",
      [VERDICT_WORSE] = "worse",
      [VERDICT_EQUIVALENT] = "equivalent",
      [VERDICT_SEPARATED] = "different in every seed",
      [VERDICT_UNDECIDED] = "undecided",
  };
  return text[verdict];
}
