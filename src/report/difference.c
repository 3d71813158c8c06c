#include "difference.h"

#include "base/memory.h"
#include "report/mcnemar.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum Metric { ACCURACY, LOSS } Metric;

static void take(double *x, const Difference *difference, Metric metric) {
  for (size_t i = 0; i < difference->n_pairs; i++) {
    const Run *a = difference->pairs[i].variant, *b = difference->pairs[i].baseline;
    x[i] = metric == ACCURACY ? a->test_accuracy - b->test_accuracy : a->test_loss - b->test_loss;
  }
}

static Status pair_runs(Difference *difference) {
  const Variant *a = difference->variant, *b = difference->baseline;
  TRY(memory_allocate(&difference->pairs, a->n_runs, sizeof *difference->pairs, "pairs of runs"));
  for (size_t i = 0; i < a->n_runs; i++)
    for (size_t k = 0; k < b->n_runs; k++)
      if (run_seed_order(a->runs[i], b->runs[k]) == 0)
        difference->pairs[difference->n_pairs++] =
            (SeedPair){.variant = a->runs[i], .baseline = b->runs[k], .p = (double)NAN};
  return status_ok();
}

static const char *find_reason(const Difference *difference) {
  if (!difference->variant->n_runs) return "it has no finished run";
  if (!difference->baseline->n_runs) return "the baseline has no finished run";
  if (!runs_share_set(difference->variant->example, difference->baseline->example))
    return "they were evaluated on different images";
  if (!difference->n_pairs) return "they have no seed in common";
  return NULL;
}

/* Accuracy comes in steps of one image: differences that happen to be equal for a few seeds do not
 * show that there is no deviation. It is taken to be at least that of a number that is uniform
 * within a step. */
static double least_deviation(const Difference *difference) {
  int64_t n_images = difference->variant->example->n_images;
  return n_images > 0 ? 1 / (double)n_images / sqrt(12) : 0;
}

static void test_metric(Paired *paired, double *x, const Difference *difference, Metric metric) {
  size_t n = difference->n_pairs;
  take(x, difference, metric);
  Summary *s = &paired->summary;
  summary_make(s, x, n, VARIANT_CONFIDENCE);
  if (metric == ACCURACY && n > 1 && s->deviation < least_deviation(difference)) {
    s->deviation = least_deviation(difference);
    s->interval = t_interval(s->mean, s->deviation, n, VARIANT_CONFIDENCE);
  }
  paired->p = t_test(s->mean, s->deviation, n);
  paired->p_holm = paired->p_flip = (double)NAN;
  paired->bootstrap = (Interval){(double)NAN, (double)NAN};
}

/* Adds up each image's right answers of the one less those of the other. */
static void add_images(int *score, SeedPair *pair) {
  const Run *a = pair->variant, *b = pair->baseline;
  runs_discordant(&pair->only_variant, &pair->only_baseline, a, b);
  pair->p = mcnemar_exact(pair->only_variant, pair->only_baseline);
  pair->has_images = 1;
  for (size_t i = 0; i < a->n_test; i++)
    score[i] += (a->prediction[i] == a->label[i]) - (b->prediction[i] == b->label[i]);
}

static Status test_images(Difference *difference, int *score, size_t n_test, size_t *n_images) {
  const Run *first = NULL;
  for (size_t i = 0; i < difference->n_pairs; i++) {
    SeedPair *pair = &difference->pairs[i];
    if (!runs_are_paired(pair->variant, pair->baseline)) continue;
    if (!first) first = pair->variant;
    if (!runs_are_paired(first, pair->variant)) continue;
    add_images(score, pair);
    difference->n_image_pairs++;
  }
  if (difference->n_image_pairs == 0) return status_ok();
  long long total = 0;
  for (size_t i = 0; i < n_test && i < first->n_test; i++) {
    n_images[abs(score[i])]++;
    total += score[i];
  }
  return mcnemar_clustered(&difference->p_images, n_images, difference->n_image_pairs, total);
}

Status difference_test(Difference *difference) {
  difference->p_images = difference->p_images_holm = (double)NAN;
  difference->planned = (double)NAN;
  TRY(pair_runs(difference));
  difference->reason = find_reason(difference);
  if (difference->reason) difference->n_pairs = 0;
  size_t n = difference->n_pairs, n_test = 0;
  for (size_t i = 0; i < n; i++)
    if (difference->pairs[i].variant->n_test > n_test)
      n_test = difference->pairs[i].variant->n_test;
  double *x;
  int *score = NULL;
  size_t *n_images = NULL;
  TRY(memory_allocate(&x, n, sizeof *x, "differences"));
  test_metric(&difference->accuracy, x, difference, ACCURACY);
  test_metric(&difference->loss, x, difference, LOSS);
  Status status = memory_allocate(&score, n_test, sizeof *score, "images");
  if (status.code == STATUS_OK)
    status = memory_allocate(&n_images, n + 1, sizeof *n_images, "images");
  if (status.code == STATUS_OK) status = test_images(difference, score, n_test, n_images);
  free(x);
  free(score);
  free(n_images);
  return status;
}

static Status finish_metric(Paired *paired, double *x, const Difference *difference,
                            Metric metric) {
  take(x, difference, metric);
  paired->p_flip = sign_flip_test(x, difference->n_pairs);
  return bootstrap_interval(&paired->bootstrap, x, difference->n_pairs, VARIANT_CONFIDENCE);
}

static void plan(Difference *difference, double planned, size_t n_tests) {
  const Summary *s = &difference->accuracy.summary;
  difference->planned = planned > 0 ? planned : fabs(s->mean);
  if (!(s->deviation > 0) || !(difference->planned > 0)) return;
  difference->n_needed =
      t_test_pairs(difference->planned / s->deviation, COMPARISON_LEVEL / (double)n_tests,
                   COMPARISON_POWER, COMPARISON_MAX_SEEDS);
}

static int is_better(const Difference *difference) {
  const SeedPair *first = &difference->pairs[0];
  return difference->n_pairs > 1 ? difference->accuracy.summary.mean > 0
                                 : first->only_variant > first->only_baseline;
}

Status difference_judge(Difference *difference, double planned, size_t n_tests) {
  if (difference->reason) return status_ok();
  double *x;
  TRY(memory_allocate(&x, difference->n_pairs, sizeof *x, "differences"));
  Status status = finish_metric(&difference->accuracy, x, difference, ACCURACY);
  if (status.code == STATUS_OK) status = finish_metric(&difference->loss, x, difference, LOSS);
  free(x);
  double p = difference->n_pairs > 1 ? difference->accuracy.p_holm : difference->p_images_holm;
  if (isnan(p))
    difference->reason = "with one seed, stored predictions of the same test images are needed";
  else if (p > COMPARISON_LEVEL)
    difference->verdict = VERDICT_NOT_SEPARABLE;
  else
    difference->verdict = is_better(difference) ? VERDICT_BETTER : VERDICT_WORSE;
  const Variant *winner = difference->verdict == VERDICT_BETTER  ? difference->variant
                          : difference->verdict == VERDICT_WORSE ? difference->baseline
                                                                 : NULL;
  if (winner && winner->n_diverged > 0) {
    difference->verdict = VERDICT_NONE;
    difference->reason = "the better accuracy is that of the runs that have not diverged";
  }
  plan(difference, planned, n_tests);
  return status;
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
      [VERDICT_NOT_SEPARABLE] = "not separable",
  };
  return text[verdict];
}
