#include "base/memory.h"
#include "difference.h"
#include "report/mcnemar.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* Adds up each image's right answers of the one less those of the other. */
static void add_images(int *score, SeedPair *pair) {
  const Run *a = pair->variant, *b = pair->baseline;
  runs_discordant(&pair->only_variant, &pair->only_baseline, a, b);
  pair->p = mcnemar_exact(pair->only_variant, pair->only_baseline);
  pair->has_images = 1;
  for (size_t i = 0; i < a->n_right; i++) score[i] += a->right[i] - b->right[i];
}

/* score [n_images], counts [n_pairs + 1]: zeros. */
static Status test_pairs(Difference *difference, int *score, size_t *counts) {
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
  for (size_t i = 0; i < first->n_right; i++) {
    counts[abs(score[i])]++;
    total += score[i];
  }
  return mcnemar_clustered(&difference->p_images, counts, difference->n_image_pairs, total);
}

/* Adds sign times the share of runs that get an image right to each of mean [n], and returns the
 * part of the variance of a variant's mean accuracy that comes from seed and image together:
 * the variance of single answers about their image's share, over runs and images. */
static double add_shares(double *mean, const Variant *variant, double sign, size_t n) {
  double runs = (double)variant->n_runs, residual = 0;
  for (size_t i = 0; i < n; i++) {
    double right = 0;
    for (size_t k = 0; k < variant->n_runs; k++) right += variant->runs[k]->right[i];
    mean[i] += sign * right / runs;
    residual += right / runs * (1 - right / runs);
  }
  return residual / (double)n / (runs - 1) / (double)n;
}

static int have_images(const Difference *difference) {
  const Variant *both[] = {difference->variant, difference->baseline};
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < both[side]->n_runs; i++)
      if (!runs_are_paired(difference->variant->runs[0], both[side]->runs[i])) return 0;
  return 1;
}

/* Seeds and images are crossed: with mean squares as in an analysis of variance, the variance of
 * the mean difference is that over seeds, plus that over images, less what both hold of the
 * residual. Degrees of freedom by Satterthwaite, as those over images are many. mean [n]: zeros. */
static void join_errors(Difference *difference, double *mean, size_t n) {
  const TwoMeans *seeds = &difference->effect[ENDPOINT_ACCURACY].means;
  double residual =
      add_shares(mean, difference->variant, 1, n) + add_shares(mean, difference->baseline, -1, n);
  double sum = 0, squares = 0, count = (double)n;
  for (size_t i = 0; i < n; i++) sum += mean[i], squares += mean[i] * mean[i];
  double of_images = (squares - sum * sum / count) / (count - 1) / count;
  double own = fmax(0, of_images - residual), of_seeds = seeds->error * seeds->error;
  double all = of_seeds + own;
  difference->images_error = sqrt(own);
  if (!(of_seeds > 0)) return;
  double degrees = seeds->degrees * all * all / (of_seeds * of_seeds);
  double half = gsl_cdf_tdist_Qinv((1 - VARIANT_CONFIDENCE) / 2, degrees) * sqrt(all);
  difference->interval_of_both = (Interval){seeds->difference - half, seeds->difference + half};
}

Status difference_images(Difference *difference) {
  size_t n_images = difference->variant->runs[0]->n_right, n_pairs = difference->n_pairs;
  int *score = NULL;
  size_t *counts = NULL;
  double *mean = NULL;
  for (size_t i = 0; i < n_pairs; i++)
    if (difference->pairs[i].variant->n_right > n_images)
      n_images = difference->pairs[i].variant->n_right;
  Status status = memory_allocate(&score, n_images, sizeof *score, "images");
  if (status.code == STATUS_OK)
    status = memory_allocate(&counts, n_pairs + 1, sizeof *counts, "images");
  if (status.code == STATUS_OK) status = memory_allocate(&mean, n_images, sizeof *mean, "images");
  if (status.code == STATUS_OK) status = test_pairs(difference, score, counts);
  int has_several = difference->variant->n_runs > 1 && difference->baseline->n_runs > 1;
  if (status.code == STATUS_OK && has_several && n_images > 1 && have_images(difference))
    join_errors(difference, mean, n_images);
  free(score);
  free(counts);
  free(mean);
  return status;
}
