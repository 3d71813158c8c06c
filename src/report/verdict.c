#include "report/comparison.h"

#include "comparison_tables.h"

#include <math.h>

/* "p = 0.012", "p < 0.0001" */
static void print_p(FILE *out, double p) {
  if (p < 0.0001)
    fprintf(out, "p < 0.0001");
  else
    fprintf(out, "p = %.2g", p);
}

/* The decimals that tell percentage points as exactly as their interval is wide. */
static int decimals_of(const Difference *d) {
  const Interval *interval = &d->effect[ENDPOINT_ACCURACY].means.interval;
  return 100 * (interval->high - interval->low) < 0.1 ? 3 : 2; /* 2 where there is none */
}

/* The number of seeds of each side that the verdict is about. */
static void print_seeds(FILE *out, const Comparison *comparison, const Difference *d) {
  if (comparison->options.variants.pairs_seeds)
    fprintf(out, "%zu pairs of seeds", d->n_pairs);
  else if (d->variant->n_runs == d->baseline->n_runs)
    fprintf(out, "%zu seeds each", d->variant->n_runs);
  else
    fprintf(out, "%zu and %zu seeds", d->variant->n_runs, d->baseline->n_runs);
}

void verdict_effect(FILE *out, const Difference *d) {
  const TwoMeans *means = &d->effect[ENDPOINT_ACCURACY].means;
  int n = decimals_of(d);
  fprintf(out, "%+.*f", n, 100 * means->difference);
  if (!isnan(means->interval.low))
    fprintf(out, " (%+.*f to %+.*f)", n, 100 * means->interval.low, n, 100 * means->interval.high);
}

/* "+0.12 points (95 %: -0.03 to +0.27; 5 seeds each" */
static void print_effect(FILE *out, const Comparison *comparison, const Difference *d) {
  const TwoMeans *means = &d->effect[ENDPOINT_ACCURACY].means;
  int n = decimals_of(d);
  fprintf(out, "%+.*f points (%.0f %%: %+.*f to %+.*f; ", n, 100 * means->difference,
          100 * VARIANT_CONFIDENCE, n, 100 * means->interval.low, n, 100 * means->interval.high);
  print_seeds(out, comparison, d);
}

static void print_margin(FILE *out, const Comparison *comparison) {
  fprintf(out, "%g points", 100 * comparison->options.difference);
}

static void print_plan(FILE *out, const Comparison *comparison, const Difference *d) {
  if (d->n_needed == 0)
    fprintf(out, "; more than %d seeds each would be needed to find a difference of ",
            COMPARISON_MAX_SEEDS);
  else
    fprintf(out, "; %zu seeds each find, four times in five, a difference of ", d->n_needed);
  print_margin(out, comparison);
}

void verdict_phrase(FILE *out, const Comparison *comparison, const Difference *d) {
  const char *baseline = d->baseline->name;
  switch (d->verdict) {
  case VERDICT_BETTER:
  case VERDICT_WORSE:
    fprintf(out, "%s than %s", verdict_text(d->verdict), baseline);
    break;
  case VERDICT_EQUIVALENT:
    fprintf(out, "equivalent to %s within ", baseline);
    print_margin(out, comparison);
    break;
  case VERDICT_SEPARATED:
    fprintf(out, "%s %s in every seed, size uncertain",
            d->effect[ENDPOINT_ACCURACY].means.difference > 0 ? "above" : "below", baseline);
    break;
  case VERDICT_UNDECIDED:
    fprintf(out, "undecided against %s", baseline);
    break;
  case VERDICT_NONE:
    fprintf(out, "not compared with %s", baseline);
  }
}

static void print_several(FILE *out, const Comparison *comparison, const Difference *d) {
  const Effect *effect = &d->effect[ENDPOINT_ACCURACY];
  verdict_phrase(out, comparison, d);
  fputs(": ", out);
  print_effect(out, comparison, d);
  fputs(", ", out);
  if (d->verdict == VERDICT_EQUIVALENT)
    print_p(out, effect->p_equivalent_holm);
  else if (d->verdict == VERDICT_SEPARATED)
    print_p(out, effect->p_ranks_holm);
  else
    print_p(out, effect->p_holm);
  fputs(d->verdict == VERDICT_SEPARATED ? " by ranks)" : ")", out);
  if (d->verdict == VERDICT_EQUIVALENT && effect->p_holm <= COMPARISON_LEVEL) {
    fprintf(out, ", %s by less than that (", effect->means.difference > 0 ? "better" : "worse");
    print_p(out, effect->p_holm);
    fputc(')', out);
  }
  if (d->verdict == VERDICT_UNDECIDED) print_plan(out, comparison, d);
}

/* What the images say of two single networks. */
static void print_networks(FILE *out, const Difference *d) {
  const SeedPair *pair = &d->pairs[0];
  if (d->n_pairs != 1 || !pair->has_images) return;
  fprintf(out,
          "; of these two networks (seed %s), %zu images are right only here and %zu only there "
          "(",
          pair->variant->seed, pair->only_variant, pair->only_baseline);
  print_p(out, pair->p);
  fputs(", McNemar's test)", out);
}

static void print_failed(FILE *out, const Variant *variant) {
  fprintf(out, "%zu of %zu", variant->n_failed, variant->n_tried);
}

/* It leaves the better runs, and so has to be said beside the verdict. */
static void print_failures(FILE *out, const Difference *d) {
  if (isnan(d->p_failures)) return;
  const Variant *v = d->variant, *b = d->baseline;
  int is_sure = d->p_failures_holm <= COMPARISON_LEVEL;
  int is_more = v->n_failed * b->n_tried > b->n_failed * v->n_tried;
  fputs("; ", out);
  print_failed(out, v);
  fputs(" of its runs failed, of the baseline's ", out);
  print_failed(out, b);
  if (is_sure)
    fprintf(out, ": %s often (", is_more ? "more" : "less");
  else
    fputs(": undecided which fails more often (", out);
  print_p(out, d->p_failures_holm);
  fputs(", Fisher's test)", out);
}

static void print_trend_test(FILE *out, const Trend *trend) {
  const TwoMeans *slope = &trend->slope;
  int n = 100 * (slope->interval.high - slope->interval.low) < 0.1 ? 3 : 2;
  fprintf(out, "%+.*f points %s from %g to %g", n, 100 * slope->difference,
          trend->is_logarithmic ? "a doubling" : "a unit", trend->level[0].value,
          trend->level[trend->n - 1].value);
  if (isnan(slope->p)) {
    fprintf(out, " (%zu values, %zu runs; one of them has one run, which allows no test of it",
            trend->n, trend->n_runs);
    return;
  }
  fprintf(out, " (%.0f %%: %+.*f to %+.*f; %zu values, %zu runs, ", 100 * VARIANT_CONFIDENCE, n,
          100 * slope->interval.low, n, 100 * slope->interval.high, trend->n, trend->n_runs);
  print_p(out, trend->p_holm);
  fputs("; by the order alone, ", out);
  print_p(out, trend->p_order_holm);
}

void trend_print(FILE *out, const Comparison *comparison, const Trend *trend) {
  int is_line = trend->p_holm <= COMPARISON_LEVEL,
      is_order = trend->p_order_holm <= COMPARISON_LEVEL;
  const char *way = trend->slope.difference > 0 ? "rises" : "falls";
  fprintf(out, "%s: ", trend->name);
  if (is_line)
    fprintf(out, "accuracy %s with %s: ", way, comparison->trends.key);
  else if (is_order)
    fprintf(out, "accuracy %s with %s, by no constant step: ", way, comparison->trends.key);
  else
    fprintf(out, "no trend with %s is shown: ", comparison->trends.key);
  print_trend_test(out, trend);
  fputs(").", out);
}

void verdict_print(FILE *out, const Comparison *comparison, const Difference *d) {
  fprintf(out, "%s: ", d->variant->name);
  if (d->verdict != VERDICT_NONE) {
    print_several(out, comparison, d);
  } else {
    verdict_phrase(out, comparison, d);
    fprintf(out, ": %s", d->reason);
  }
  if (d->verdict == VERDICT_NONE && d->is_comparable) {
    fprintf(out, "; %+.*f points", decimals_of(d),
            100 * d->effect[ENDPOINT_ACCURACY].means.difference);
    print_networks(out, d);
  }
  print_failures(out, d);
  fputc('.', out);
}
