#include "comparison_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Status sentence_text(char **text, Sentence *sentence, const Comparison *comparison) {
  size_t bytes;
  *text = NULL;
  FILE *out = open_memstream(text, &bytes);
  if (out) {
    sentence(out, comparison);
    if (fclose(out) == 0) return status_ok();
  }
  free(*text);
  return status_error(STATUS_MEMORY, "no memory for a sentence");
}

/* 10000 as 10,000. */
static void print_count(FILE *out, int64_t n) {
  if (n >= 1000) print_count(out, n / 1000);
  fprintf(out, n >= 1000 ? ",%03d" : "%d", (int)(n % 1000));
}

static int has_same_data(const Run *a, const Run *b) {
  return strcmp(a->data, b->data) == 0 && a->n_train == b->n_train && a->n_images == b->n_images &&
         runs_share_key(a, b, "data") && runs_share_set(a, b);
}

static void print_data(FILE *out, const Run *run) {
  fputs(run->data[0] ? run->data : "images without a name", out);
  fprintf(out, ", %s", run_is_validated(run) ? "validation split" : "test set");
  if (run->n_images >= 0) {
    fputs(" of ", out);
    print_count(out, run->n_images);
    fputs(" images", out);
  }
  if (run->n_train >= 0) {
    fputs(", trained on ", out);
    print_count(out, run->n_train);
  }
}

/* How many runs that take part were evaluated by these. */
static size_t count_statistics(const Comparison *comparison, const char *name) {
  size_t n = 0;
  for (size_t i = 0; i < comparison->n_runs; i++)
    n += comparison->runs[i].state == RUN_FINISHED &&
         strcmp(comparison->runs[i].statistics, name) == 0;
  return n;
}

static void print_statistics(FILE *out, const Comparison *comparison) {
  int n_ways = 0;
  for (int way = 0; way < N_STATISTICS; way++) {
    if (count_statistics(comparison, STATISTICS_NAMES[way]) == 0) continue;
    fprintf(out, "%s%s (%s)",
            n_ways++ ? " in some runs, in others with "
                     : " Norms that cross samples are evaluated with ",
            STATISTICS_TEXTS[way], STATISTICS_NAMES[way]);
  }
  if (n_ways > 0) fputc('.', out);
}

void subject_sentence(FILE *out, const Comparison *comparison) {
  const Run *run = comparison->baseline     ? comparison->baseline->example
                   : comparison->n_runs > 0 ? &comparison->runs[0]
                                            : NULL;
  if (run && run->name[0]) fputs(run->name, out);
  if (run && run->data[0]) fprintf(out, "%s%s", run->name[0] ? " on " : "", run->data);
  if (!run || (!run->name[0] && !run->data[0])) fputs("Comparison", out);
}

void images_of_sentence(FILE *out, const Comparison *comparison) {
  const Run *runs = comparison->runs;
  const char *separator = "";
  for (size_t i = 0; i < comparison->n_runs; i++) {
    size_t k = 0;
    if (runs[i].state == RUN_BAD) continue;
    while (k < i && (runs[k].state == RUN_BAD || !has_same_data(&runs[k], &runs[i]))) k++;
    if (k < i) continue;
    fputs(separator, out);
    print_data(out, &runs[i]);
    separator = "; ";
  }
  if (separator[0]) fputc('.', out);
}

void data_sentence(FILE *out, const Comparison *comparison) {
  images_of_sentence(out, comparison);
  print_statistics(out, comparison);
  if (comparison->options.selection) selection_print(out, comparison->options.selection);
}

void none_sentence(FILE *out, const Comparison *comparison) {
  const char *separator = " (";
  fputs("No run is finished: nothing to compare", out);
  for (size_t i = 0; i < comparison->variants.n; i++) {
    const Variant *variant = &comparison->variants.variant[i];
    if (variant->n_failed == 0) continue;
    fprintf(out, "%s%s: %zu of %zu runs failed", separator, variant->name, variant->n_failed,
            variant->n_failed + variant->n_unfinished);
    separator = "; ";
  }
  fputs(separator[0] == ';' ? ")." : ".", out);
}

void results_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out,
          "Final %saccuracy and loss, best first: mean and standard deviation over seeds, t "
          "interval of the mean.",
          evaluated_word(comparison));
}

void training_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out,
          "Training: means over seeds; how many seeds reached %g %% %saccuracy, and after how "
          "many epochs and seconds of training (medians; - where half or more did not).",
          100 * comparison->options.variants.reach, evaluated_word(comparison));
}

static int pairs_seeds(const Comparison *comparison) {
  return comparison->options.variants.pairs_seeds;
}

void accuracy_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Accuracy less that of %s, in percentage points%s:", comparison->baseline->name,
          pairs_seeds(comparison) ? ", paired by seed" : "");
}

/* The mean over the comparisons that have one. */
static double mean_correlation(const Comparison *comparison) {
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < comparison->n_differences; i++) {
    double r = comparison->differences[i].effect[ENDPOINT_ACCURACY].correlation;
    if (isnan(r)) continue;
    sum += r;
    n++;
  }
  return n > 0 ? sum / (double)n : (double)NAN;
}

void images_sentence(FILE *out, const Comparison *comparison) {
  (void)comparison;
  fputs("Would other test images show it? The standard error of the difference that comes from the "
        "choice of images, and the interval over seeds and images; images p: McNemar's exact test, "
        "image by image over all pairs of seeds.",
        out);
}

void loss_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Loss less that of %s:", comparison->baseline->name);
}

void calibration_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Expected calibration error (%d bins) less that of %s, in percentage points:",
          CALIBRATION_BINS, comparison->baseline->name);
}

void tests_sentence(FILE *out, const Comparison *comparison) {
  double r = mean_correlation(comparison);
  fprintf(out,
          "p: %s on the means; rank p: %s; P(above): how probable it is that a run of the "
          "variant is above one of the baseline. ",
          pairs_seeds(comparison) ? "paired t test" : "Welch's t test",
          pairs_seeds(comparison) ? "randomization of signs" : "exact rank sum test");
  fprintf(out,
          "Each p is corrected by Holm within its column for %zu comparison%s; each interval "
          "is by itself.",
          comparison->n_tests, comparison->n_tests > 1 ? "s" : "");
  if (!isnan(r))
    fprintf(out, " Runs of one seed correlate by %+.2f in accuracy, the mean over comparisons%s.",
            r, pairs_seeds(comparison) ? "" : "; they are not paired");
}

void verdicts_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Verdicts on %saccuracy, about a difference of %g points that matters (level %g):",
          evaluated_word(comparison), 100 * comparison->options.difference, COMPARISON_LEVEL);
}

void one_seed_sentence(FILE *out, const Comparison *comparison) {
  size_t n = 0;
  for (size_t i = 0; i < comparison->variants.n; i++) {
    const Variant *variant = &comparison->variants.variant[i];
    if (variant->n_runs == 1)
      fprintf(out, "%s%s", n++ ? ", " : "With one seed alone: ", variant->name);
  }
  if (n > 0) fputs(". A trained network is not a norm: more seeds are needed for a verdict.", out);
}

void trends_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out,
          "Trends of %saccuracy (a linear contrast of the means, and the test of Jonckheere and "
          "Terpstra; corrected by Holm for %zu line%s, level %g):",
          evaluated_word(comparison), comparison->trends.n, comparison->trends.n > 1 ? "s" : "",
          COMPARISON_LEVEL);
}

void chosen_sentence(FILE *out, const Comparison *comparison) {
  if (!comparison->options.baseline && comparison->n_tests > 1)
    fputs("The best is the baseline because of these very results, so the tests of all pairs are "
          "counted; with a baseline chosen beforehand (--baseline) there are fewer.",
          out);
}
