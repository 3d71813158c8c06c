#include "report/comparison.h"

#include "comparison_tables.h"

#include <math.h>

static const char *set_name(const Difference *d) {
  return run_is_validated(d->variant->example) ? "validation split" : "test set";
}

/* "p = 0.012", "p < 0.0001" */
static void print_p(FILE *out, double p) {
  if (p < 0.0001)
    fprintf(out, "p < 0.0001");
  else
    fprintf(out, "p = %.2g", p);
}

/* Significant digits enough for small differences, and no more. */
static void print_points(FILE *out, double share) {
  double points = fabs(100 * share);
  fprintf(out, points < 0.1 ? "%.2g points" : "%.2f points", points);
}

static void print_plan(FILE *out, const Comparison *comparison, const Difference *d) {
  int is_given = comparison->options.difference > 0;
  if (!is_given && d->accuracy.summary.mean == 0) {
    fprintf(out, " (the means are equal)");
    return;
  }
  if (isnan(d->accuracy.summary.deviation)) return;
  fputs(" (", out);
  if (d->n_needed == 0)
    fprintf(out, "more than %d needed for a difference of ", COMPARISON_MAX_SEEDS);
  else if (d->n_needed <= d->n_pairs)
    fprintf(out, "so many find, four times in five, a difference of ");
  else
    fprintf(out, "about %zu more needed for a difference of ", d->n_needed - d->n_pairs);
  print_points(out, d->planned);
  fprintf(out, is_given ? ")" : ", the one seen)");
}

static void print_seeds_verdict(FILE *out, const Comparison *comparison, const Difference *d) {
  double mean = d->accuracy.summary.mean;
  if (d->verdict == VERDICT_NOT_SEPARABLE) {
    fprintf(out, "not separable from %s with %zu seeds", d->baseline->name, d->n_pairs);
    print_plan(out, comparison, d);
    return;
  }
  fprintf(out, "%s than %s on this %s, by ", verdict_text(d->verdict), d->baseline->name,
          set_name(d));
  print_points(out, mean);
  fprintf(out, " with %zu seeds (", d->n_pairs);
  print_p(out, d->accuracy.p_holm);
  fputc(')', out);
  if (d->p_images_holm > COMPARISON_LEVEL) {
    fprintf(out, "; other images of the same kind may not show it (");
    print_p(out, d->p_images_holm);
    fputc(')', out);
  }
}

static void print_one_seed_verdict(FILE *out, const Comparison *comparison, const Difference *d) {
  const SeedPair *pair = &d->pairs[0];
  if (d->verdict == VERDICT_NOT_SEPARABLE)
    fprintf(out, "not separable from %s on this %s", d->baseline->name, set_name(d));
  else
    fprintf(out, "%s than %s on this %s, by ", verdict_text(d->verdict), d->baseline->name,
            set_name(d));
  if (d->verdict != VERDICT_NOT_SEPARABLE) print_points(out, d->accuracy.summary.mean);
  fprintf(out, " with one seed (right only here: %zu, only there: %zu, ", pair->only_variant,
          pair->only_baseline);
  print_p(out, d->p_images_holm);
  fputs(most_pairs(comparison) > 1 ? "), which is about these two networks alone" : ")", out);
}

/* That leaves the better runs, and so has to be said beside the verdict. */
static void print_diverged(FILE *out, const Variant *variant) {
  size_t n = variant->n_diverged;
  if (n > 0)
    fprintf(out, "; of %s, %zu of %zu runs diverged%s", variant->name, n, n + variant->n_runs,
            variant->n_runs == 0 ? ""
            : n > 1              ? " and are not counted"
                                 : " and is not counted");
}

void verdict_print(FILE *out, const Comparison *comparison, const Difference *d) {
  fprintf(out, "%s: ", d->variant->name);
  if (d->verdict == VERDICT_NONE)
    fprintf(out, "not compared with %s: %s", d->baseline->name, d->reason);
  else if (d->n_pairs > 1)
    print_seeds_verdict(out, comparison, d);
  else
    print_one_seed_verdict(out, comparison, d);
  print_diverged(out, d->variant);
  print_diverged(out, d->baseline);
  fputc('.', out);
}
