#include "plots.h"

#include "norms/norms.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 480, HEIGHT = 300 };

/* Samples that share statistics: of batch norm; infinite for what knows no batch; NaN if that
 * cannot be told. */
static double samples_of(const Variant *variant) {
  NormSpec spec;
  const char *text = run_key(variant->example, "training.batch");
  const double batch = text ? strtod(text, NULL) : 0;
  if (norm_spec_parse(&spec, variant->norm).code != STATUS_OK) return (double)NAN;
  if (!norm_crosses_samples(spec)) return (double)INFINITY;
  if (!(batch > 0)) return (double)NAN;
  const int group = norm_batch_group(spec);
  return group > 0 ? fmin(group, batch) : batch;
}

/* The i-th level line: the i-th finished variant whose norm knows no batch; NULL after the last. */
static const Variant *level(const Plots *plots, size_t i) {
  for (size_t k = 0; k < variants_finished(&plots->comparison->variants); k++) {
    const Variant *variant = &plots->comparison->variants.variant[k];
    if (isinf(samples_of(variant)) && i-- == 0) return variant;
  }
  return NULL;
}

/* The variant with the next larger size of groups; NULL after the last. */
static const Variant *next_size(const Plots *plots, double after) {
  const Variant *next = NULL;
  for (size_t k = 0; k < variants_finished(&plots->comparison->variants); k++) {
    const Variant *variant = &plots->comparison->variants.variant[k];
    const double n = samples_of(variant);
    if (isfinite(n) && n > after && (!next || n < samples_of(next))) next = variant;
  }
  return next;
}

/* In percent; the interval of one seed is its error. */
typedef struct Error {
  double mean, low, high;
} Error;

static Error error_of(const Variant *variant) {
  const Summary *s = &variant->test_accuracy;
  const double mean = 100 * (1 - s->mean);
  if (s->n < 2) return (Error){mean, mean, mean};
  return (Error){mean, 100 * (1 - fmin(1, s->interval.high)), 100 * (1 - fmax(0, s->interval.low))};
}

/* Least and largest error that is drawn, in percent: on the logarithmic axis an interval may reach
 * below all means, but not to 0. */
static void range_of(const Plots *plots, double *least, double *most) {
  double lowest = (double)INFINITY;
  *least = (double)INFINITY, *most = 0;
  for (size_t i = 0; i < variants_finished(&plots->comparison->variants); i++) {
    const Variant *variant = &plots->comparison->variants.variant[i];
    const Error error = error_of(variant);
    if (isnan(samples_of(variant))) continue;
    if (error.mean > 0) lowest = fmin(lowest, error.mean);
    *least = fmin(*least, error.low);
    *most = fmax(*most, error.high);
  }
  if (isinf(lowest)) lowest = 0.01;
  *least = fmin(fmax(*least, lowest / 2), lowest);
  *most = fmax(*most, *least);
}

/* Error in percent with its interval, at a place. */
static void print_point(Draft *draft, const Variant *variant, double at, double least) {
  const Error error = error_of(variant);
  fprintf(draft->commands, "%g %.9g %.9g %.9g\n", at, fmax(error.mean, least),
          fmax(error.low, least), fmax(error.high, least));
}

static void tell_point(Draft *draft, size_t series, const Variant *variant, double at,
                       double least) {
  const Error error = error_of(variant);
  band_tip(draft, series, at, fmax(error.mean, least), "%.2f %%",
           (ValueBand){error.mean, error.low, error.high});
}

static void describe(FILE *out, const Variant *variant) {
  const Error error = error_of(variant);
  fprintf(out, "%s %.2f %%", variant->name, error.mean);
  if (variant->test_accuracy.n > 1) fprintf(out, " (%.2f to %.2f)", error.low, error.high);
}

const char *plots_group_line(const Plots *plots, size_t i) {
  if (i == 0) return "batch norm";
  const Variant *variant = level(plots, i - 1);
  return variant ? variant->name : NULL;
}

static void print_data(Draft *draft, const Plots *plots, double from, double to, double least) {
  FILE *out = draft->commands;
  fputs("Points with intervals, from few to many samples: ", draft->words);
  fputs("$v0 << END\n", out);
  const char *between = "";
  for (const Variant *v = next_size(plots, 0); v; v = next_size(plots, samples_of(v))) {
    print_point(draft, v, samples_of(v), least);
    tell_point(draft, 0, v, samples_of(v), least);
    fputs(between, draft->words);
    describe(draft->words, v);
    between = "; ";
  }
  fputs("END\n", out);
  between = ". Level lines: ";
  for (size_t i = 0; level(plots, i); i++) {
    fprintf(out, "$v%zu << END\n", i + 1);
    print_point(draft, level(plots, i), from, least);
    print_point(draft, level(plots, i), to, least);
    for (const Variant *v = next_size(plots, 0); v; v = next_size(plots, samples_of(v)))
      tell_point(draft, i + 1, level(plots, i), samples_of(v), least);
    fputs("END\n", out);
    fputs(between, draft->words);
    describe(draft->words, level(plots, i));
    between = "; ";
  }
  fputc('.', draft->words);
}

static void print_lines(Draft *draft, size_t n_lines) {
  plot_bands(draft, n_lines);
  for (size_t i = 0; i < n_lines; i++) plot_line(draft, i, plots_group_line(draft->plots, i), 1);
  fputc('\n', draft->commands);
}

/* Whether the norm alone makes the variants, and at least two sizes of groups are there. */
static int is_worth_while(const Plots *plots) {
  for (size_t i = 0; i < variants_finished(&plots->comparison->variants); i++)
    if (plots->comparison->variants.variant[i].keys[0]) return 0;
  const Variant *first = next_size(plots, 0);
  return first && next_size(plots, samples_of(first));
}

void plots_add_groups(Plots *plots) {
  Draft draft;
  const int is_validated = run_is_validated(plots->comparison->baseline->example);
  if (!is_worth_while(plots)) return;
  if (!plot_begin(&draft, plots, WIDTH, HEIGHT, "groups",
                  is_validated ? "Validation error by the samples that share statistics"
                               : "Test error by the samples that share statistics"))
    return;
  FILE *out = draft.commands;
  const double least = samples_of(next_size(plots, 0));
  double most = least;
  size_t n_lines = 1;
  while (level(plots, n_lines - 1)) n_lines++;
  for (const Variant *v; (v = next_size(plots, most));) most = samples_of(v);
  draft.plot.n_keys = (int)n_lines;
  double low, high;
  range_of(plots, &low, &high);
  print_data(&draft, plots, least / 1.4, most * 1.4, low);
  plot_log_axis(&draft, "y", low, high);
  draft.plot.is_log_x = 1;
  draft.plot.x_name = "samples";
  draft.plot.series = SERIES_GROUPS;
  fputs("set logscale x 2\nset xtics (", out);
  for (const Variant *v = next_size(plots, 0); v; v = next_size(plots, samples_of(v)))
    fprintf(out, "%s%g", samples_of(v) > least ? ", " : "", samples_of(v));
  fprintf(out,
          ")\nset xrange [%g:%g]\nset xlabel 'samples in a group of batch norm'\n"
          "set ylabel 'error, %%'\n",
          least / 1.4, most * 1.4);
  print_lines(&draft, n_lines);
  plot_end(&draft);
}
