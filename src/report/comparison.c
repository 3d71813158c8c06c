#include "report/comparison.h"

#include "base/memory.h"
#include "difference.h"
#include "norms/norms.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status no_baseline(const Variants *variants, const char *wanted, size_t n_found) {
  char names[600] = "";
  size_t used = 0;
  for (size_t i = 0; i < variants->n && used + 100 < sizeof names; i++)
    used += (size_t)snprintf(names + used, sizeof names - used, "%s\"%.60s\"", i ? ", " : "",
                             variants->variant[i].name);
  return status_error(STATUS_USAGE, "--baseline %.100s: %s; the variants are %s", wanted,
                      n_found > 1 ? "more than one variant has this norm"
                                  : "no variant has this name or norm",
                      names);
}

static void take_baseline(Comparison *comparison, const Variant *found) {
  Variants *variants = &comparison->variants;
  size_t number = variants_rank_around(variants, (size_t)(found - variants->variant));
  comparison->baseline = &variants->variant[number];
}

static Status find_baseline(Comparison *comparison) {
  const Variants *variants = &comparison->variants;
  const char *wanted = comparison->options.baseline;
  if (!wanted) {
    int has_any = variants->n > 0 && variants->variant[0].n_runs > 0;
    comparison->baseline = has_any ? &variants->variant[0] : NULL;
    return status_ok();
  }
  size_t n_found = 0;
  const Variant *found = NULL;
  NormSpec spec;
  char norm[NORM_SPEC_TEXT];
  snprintf(norm, sizeof norm, "%s", wanted);
  if (norm_spec_parse(&spec, wanted).code == STATUS_OK) norm_spec_text(norm, spec);
  for (size_t i = 0; i < variants->n; i++) {
    const Variant *variant = &variants->variant[i];
    if (strcmp(variant->name, wanted) == 0) {
      take_baseline(comparison, variant);
      return status_ok();
    }
    if (strcmp(variant->norm, norm) == 0) found = variant;
    n_found += strcmp(variant->norm, norm) == 0;
  }
  if (n_found != 1) return no_baseline(variants, wanted, n_found);
  take_baseline(comparison, found);
  return status_ok();
}

/* All pairs that are tested, those with the baseline first, in the order of the ranking. */
static Status pair_all(Comparison *comparison, size_t *n_all) {
  const Variants *variants = &comparison->variants;
  size_t n = variants->n, largest = n * (n - 1) / 2;
  *n_all = 0;
  if (!comparison->baseline) return status_ok();
  TRY(memory_allocate(&comparison->differences, largest, sizeof *comparison->differences,
                      "differences"));
  Difference *all = comparison->differences;
  for (size_t i = 0; i < n; i++)
    if (&variants->variant[i] != comparison->baseline)
      all[(*n_all)++] =
          (Difference){.variant = &variants->variant[i], .baseline = comparison->baseline};
  comparison->n_differences = *n_all;
  if (comparison->options.baseline) return status_ok();
  for (size_t i = 1; i < n; i++)
    for (size_t k = i + 1; k < n; k++)
      all[(*n_all)++] =
          (Difference){.variant = &variants->variant[k], .baseline = &variants->variant[i]};
  return status_ok();
}

/* A kind of test, whose p of all comparisons are a family, and where a Difference has them. */
typedef struct Family {
  size_t p, corrected; /* offsets of doubles */
} Family;

#define EFFECT_FAMILY(endpoint, p, corrected)                                                      \
  { offsetof(Difference, effect[endpoint].p), offsetof(Difference, effect[endpoint].corrected) }
static const Family FAMILIES[] = {
    EFFECT_FAMILY(ENDPOINT_ACCURACY, means.p, p_holm),
    EFFECT_FAMILY(ENDPOINT_ACCURACY, means.p_equivalent, p_equivalent_holm),
    EFFECT_FAMILY(ENDPOINT_ACCURACY, p_ranks, p_ranks_holm),
    EFFECT_FAMILY(ENDPOINT_LOSS, means.p, p_holm),
    EFFECT_FAMILY(ENDPOINT_LOSS, p_ranks, p_ranks_holm),
    EFFECT_FAMILY(ENDPOINT_CALIBRATION, means.p, p_holm),
    EFFECT_FAMILY(ENDPOINT_CALIBRATION, p_ranks, p_ranks_holm),
    {offsetof(Difference, p_failures), offsetof(Difference, p_failures_holm)},
    {offsetof(Difference, p_images), offsetof(Difference, p_images_holm)},
};

static double *place_of(Difference *difference, size_t offset) {
  return (double *)((char *)difference + offset);
}

static Status correct_family(Difference *all, size_t n, const Family *family, double *p) {
  for (size_t i = 0; i < n; i++) p[i] = *place_of(&all[i], family->p);
  TRY(holm_correct(p, n));
  for (size_t i = 0; i < n; i++) *place_of(&all[i], family->corrected) = p[i];
  return status_ok();
}

static Status correct(Comparison *comparison, size_t n_all) {
  Difference *all = comparison->differences;
  double *p;
  TRY(memory_allocate(&p, n_all, sizeof *p, "probabilities"));
  for (size_t i = 0; i < n_all; i++) comparison->n_tests += all[i].is_comparable != 0;
  Status status = status_ok();
  for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES && status.code == STATUS_OK; i++)
    status = correct_family(all, n_all, &FAMILIES[i], p);
  free(p);
  return status;
}

static Status compare(Comparison *comparison, size_t n_all) {
  Difference *all = comparison->differences;
  for (size_t i = 0; i < n_all; i++) TRY(difference_test(&all[i], &comparison->options));
  TRY(correct(comparison, n_all));
  for (size_t i = 0; i < comparison->n_differences; i++)
    difference_judge(&all[i], &comparison->options, comparison->n_tests);
  for (size_t i = comparison->n_differences; i < n_all; i++) difference_free(&all[i]);
  return status_ok();
}

/* What people have noted in the files. */
static void repeat_notes(Comparison *comparison) {
  for (size_t i = 0; i < comparison->n_runs; i++)
    if (comparison->runs[i].n_notes > 0)
      notes_add(&comparison->notes, "%s: noted: %s", comparison->runs[i].file,
                comparison->runs[i].notes_text);
}

/* Adds a note of the two values, and of a file with each, if the runs that take part do not all
 * have the same. get() returns a run's value. */
static void note_mixture(Comparison *comparison, const char *(*get)(const Run *),
                         const char *meaning) {
  const Run *first = NULL;
  for (size_t i = 0; i < comparison->variants.n; i++) {
    const Variant *variant = &comparison->variants.variant[i];
    for (size_t k = 0; k < variant->n_runs; k++) {
      const Run *run = variant->runs[k];
      if (!first) first = run;
      if (strcmp(get(first), get(run)) == 0) continue;
      notes_add(&comparison->notes, "%s: %s has %s, %s has %s.", meaning, first->file,
                get(first)[0] ? get(first) : "none stated", run->file,
                get(run)[0] ? get(run) : "none stated");
      return;
    }
  }
}

static const char *machine_of(const Run *run) {
  return run->machine;
}
static const char *version_of(const Run *run) {
  return run->version;
}
static const char *instruction_set_of(const Run *run) {
  return run->instruction_set;
}

static void note_predictions(Comparison *comparison, const Run *run) {
  double right = run_share_right(run);
  if (fabs(right - run->test_accuracy) > 1e-6)
    notes_add(&comparison->notes,
              "%s: %.4f of its stored predictions are right, but its last accuracy is %.4f",
              run->file, right, run->test_accuracy);
}

static void note_runs(Comparison *comparison) {
  const Variants *variants = &comparison->variants;
  const Run *first = NULL;
  int other_set = 0;
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].n_runs; k++) {
      const Run *run = variants->variant[i].runs[k];
      if (!first) first = run;
      other_set |= !runs_share_set(first, run);
      note_predictions(comparison, run);
    }
  if (other_set)
    notes_add(&comparison->notes, "The runs were evaluated on different images (another data set, "
                                  "or a validation split): accuracies are not comparable between "
                                  "these.");
  note_mixture(comparison, version_of,
               "The runs are of different versions of the program, so a difference may be theirs");
  note_mixture(comparison, instruction_set_of,
               "The runs were computed with different instruction sets, which by this program "
               "changes no bits");
  note_mixture(comparison, machine_of,
               "The runs were made on different machines or with different numbers of processes "
               "and threads: times and images/s are not comparable, accuracies are");
}

/* Of runs on the same images, which others may call otherwise. */
static void note_names(Comparison *comparison) {
  const Run *first = NULL;
  for (size_t i = 0; i < comparison->variants.n; i++)
    for (size_t k = 0; k < comparison->variants.variant[i].n_runs; k++) {
      const Run *run = comparison->variants.variant[i].runs[k];
      if (run->classes.n == 0) continue;
      if (!first) first = run;
      if (!runs_share_set(first, run) || !class_names_differ(&first->classes, &run->classes))
        continue;
      notes_add(&comparison->notes,
                "%s and %s were evaluated on the same images, by their hash, but call the classes "
                "by other names.",
                first->file, run->file);
      return;
    }
}

/* Of another program's runs. */
static void note_unstated(Comparison *comparison) {
  for (size_t i = 0; i < comparison->variants.n; i++)
    for (size_t k = 0; k < comparison->variants.variant[i].n_runs; k++) {
      const Run *run = comparison->variants.variant[i].runs[k];
      if (run->statistics[0]) continue;
      notes_add(&comparison->notes,
                "%s does not state by which statistics batch norms were evaluated (statistics: "
                "running, population, batch or none), which may be all of a difference.",
                run->file);
      return;
    }
}

/* Runs without norms that cross samples are the same by all statistics. */
static void note_statistics(Comparison *comparison) {
  const Run *first = NULL;
  for (size_t i = 0; i < comparison->variants.n; i++)
    for (size_t k = 0; k < comparison->variants.variant[i].n_runs; k++) {
      const Run *run = comparison->variants.variant[i].runs[k];
      if (!run->statistics[0] || strcmp(run->statistics, "none") == 0) continue;
      if (!first) first = run;
      if (strcmp(first->statistics, run->statistics) == 0) continue;
      notes_add(
          &comparison->notes,
          "Batch norms were evaluated in different ways (%s by %s, %s by %s), which may be all "
          "of a difference: --statistics compares them by one.",
          first->file, first->statistics, run->file, run->statistics);
      return;
    }
}

/* Not where runs are variants by some keys alone, of which selection_note() tells. */
static void note_differences(Comparison *comparison) {
  const Selection *selection = comparison->options.selection;
  if (selection && selection->n_by > 0) return;
  int beyond_norm = 0, other_seeds = 0;
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *d = &comparison->differences[i];
    beyond_norm |= d->is_comparable && strcmp(d->variant->norm, d->baseline->norm) != 0 &&
                   variants_differ_beyond_norm(d->variant, d->baseline);
    other_seeds |= d->is_comparable && !variants_share_seeds(d->variant, d->baseline);
  }
  if (other_seeds)
    notes_add(&comparison->notes, "The variants were not run with the same seeds%s.",
              comparison->options.variants.pairs_seeds
                  ? ": verdicts and the order are by the seeds that two have in common, means by "
                    "all"
                  : "");
  if (beyond_norm)
    notes_add(&comparison->notes, "Where the norm and another key differ, the difference is that "
                                  "of both and cannot be put down to the norm.");
}

Status comparison_make(Comparison *comparison, Run *runs, size_t n,
                       const ComparisonOptions *options) {
  *comparison = (Comparison){.options = *options, .runs = runs, .n_runs = n};
  size_t n_all = 0;
  if (options->note) notes_add(&comparison->notes, "%s", options->note);
  TRY(variants_make(&comparison->variants, runs, n, &options->variants, &comparison->notes));
  Status status = find_baseline(comparison);
  if (status.code == STATUS_OK) status = pair_all(comparison, &n_all);
  if (status.code == STATUS_OK && n_all > 0) status = compare(comparison, n_all);
  if (status.code == STATUS_OK && options->trend)
    status = trends_make(&comparison->trends, &comparison->variants, options->trend);
  if (status.code == STATUS_OK) {
    note_runs(comparison);
    note_statistics(comparison);
    note_unstated(comparison);
    note_names(comparison);
    note_differences(comparison);
    selection_note(&comparison->notes, options->selection, &comparison->variants);
  }
  repeat_notes(comparison);
  if (comparison->notes.is_broken && status.code == STATUS_OK)
    status = status_error(STATUS_MEMORY, "no memory for notes");
  if (status.code != STATUS_OK) {
    for (size_t i = comparison->n_differences; i < n_all; i++)
      difference_free(&comparison->differences[i]);
    comparison_free(comparison);
  }
  return status;
}

void comparison_free(Comparison *comparison) {
  for (size_t i = 0; i < comparison->n_differences; i++)
    difference_free(&comparison->differences[i]);
  free(comparison->differences);
  trends_free(&comparison->trends);
  variants_free(&comparison->variants);
  notes_free(&comparison->notes);
  *comparison = (Comparison){0};
}
