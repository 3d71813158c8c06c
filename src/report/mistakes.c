#include "mistakes.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

/* The runs that are looked at. */
typedef struct Voters {
  const Run **run;
  const Detail **detail;
  size_t n;
} Voters;

static void add_variant(Mistakes *mistakes, Voters *voters, const Comparison *comparison,
                        const Details *details, const Variant *variant) {
  for (size_t i = 0; i < variant->n_runs; i++) {
    const Run *run = variant->runs[i];
    if (run->n_test == 0) continue;
    if (voters->n > 0 && !runs_are_paired(run, voters->run[0])) {
      mistakes->is_mixed = 1;
      continue;
    }
    voters->detail[voters->n] = &details->detail[run - comparison->runs];
    voters->run[voters->n++] = run;
  }
}

static int mistake_order(const void *a, const void *b) {
  const Mistake *x = a, *y = b;
  if (x->n_wrong != y->n_wrong) return x->n_wrong > y->n_wrong ? -1 : 1;
  if (x->loss != y->loss) return x->loss > y->loss ? -1 : 1;
  return (x->image > y->image) - (x->image < y->image);
}

static Status count(Mistakes *mistakes, const Voters *voters, int only_all) {
  if (voters->n == 0) return status_ok();
  size_t n_test = voters->run[0]->n_test;
  TRY(memory_allocate(&mistakes->mistake, n_test, sizeof *mistakes->mistake, "mistakes"));
  for (size_t i = 0; i < n_test; i++) {
    Mistake found = {.image = i, .label = voters->run[0]->label[i]};
    for (size_t k = 0; k < voters->n; k++) {
      found.n_wrong += voters->run[k]->prediction[i] != found.label;
      if (voters->detail[k]->loss) found.loss += voters->detail[k]->loss[i] / (double)voters->n;
    }
    mistakes->n_any += found.n_wrong > 0;
    mistakes->n_all += found.n_wrong == voters->n;
    if (found.n_wrong > 0 && (!only_all || found.n_wrong == voters->n))
      mistakes->mistake[mistakes->n++] = found;
  }
  qsort(mistakes->mistake, mistakes->n, sizeof *mistakes->mistake, mistake_order);
  return status_ok();
}

/* How many runs take the image for this, and their mean probability. */
static size_t votes_for(double *probability, const Voters *voters, size_t image, int32_t class) {
  size_t n = 0;
  *probability = 0;
  for (size_t k = 0; k < voters->n; k++) {
    if (voters->run[k]->prediction[image] != class) continue;
    const float *known = voters->detail[k]->probability;
    *probability += known ? (double)known[image] : (double)NAN;
    n++;
  }
  *probability /= (double)n;
  return n;
}

static void look_at(Mistake *mistake, const Voters *voters, const Details *details) {
  size_t most = 0;
  for (size_t k = 0; k < voters->n; k++) {
    int32_t class = voters->run[k]->prediction[mistake->image];
    double probability;
    if (class == mistake->label) continue;
    size_t n = votes_for(&probability, voters, mistake->image, class);
    if (n < most || (n == most && class >= mistake->prediction)) continue;
    most = n;
    mistake->prediction = class;
    mistake->probability = probability;
  }
  for (size_t k = 0; k < voters->n && !mistake->pixels; k++) {
    mistake->pixels = detail_pixels(details, voters->detail[k], mistake->image);
    if (mistake->pixels) mistake->set = &details->sets[voters->detail[k]->set];
  }
}

Status mistakes_find(Mistakes *mistakes, const Comparison *comparison, const Details *details,
                     const Variant *variant, size_t n) {
  *mistakes = (Mistakes){0};
  Voters voters = {0};
  Status status = memory_allocate(&voters.run, comparison->n_runs, sizeof *voters.run, "runs");
  if (status.code == STATUS_OK)
    status = memory_allocate(&voters.detail, comparison->n_runs, sizeof *voters.detail, "runs");
  if (status.code == STATUS_OK) {
    const Variants *all = &comparison->variants;
    if (variant) add_variant(mistakes, &voters, comparison, details, variant);
    for (size_t i = 0; !variant && i < all->n; i++)
      add_variant(mistakes, &voters, comparison, details, &all->variant[i]);
    mistakes->n_runs = voters.n;
    if (!mistakes->is_mixed) status = count(mistakes, &voters, !variant);
    if (mistakes->n > n) mistakes->n = n;
    for (size_t i = 0; i < mistakes->n; i++) look_at(&mistakes->mistake[i], &voters, details);
  }
  free(voters.run);
  free(voters.detail);
  return status;
}

void mistakes_free(Mistakes *mistakes) {
  free(mistakes->mistake);
  *mistakes = (Mistakes){0};
}
