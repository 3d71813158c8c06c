#include "comparison_tables.h"

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

void data_sentence(FILE *out, const Comparison *comparison) {
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

void none_sentence(FILE *out, const Comparison *comparison) {
  const char *separator = " (";
  fputs("No run is finished: nothing to compare", out);
  for (size_t i = 0; i < comparison->variants.n; i++) {
    const Variant *variant = &comparison->variants.variant[i];
    if (variant->n_diverged == 0) continue;
    fprintf(out, "%s%s: %zu of %zu runs diverged", separator, variant->name, variant->n_diverged,
            variant->n_diverged + variant->n_unfinished);
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
          100 * comparison->options.reach, evaluated_word(comparison));
}

void accuracy_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Accuracy less that of %s, in percentage points, paired by seed:",
          comparison->baseline->name);
}

void loss_sentence(FILE *out, const Comparison *comparison) {
  (void)comparison;
  fputs("The same for the loss:", out);
}

void tests_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out,
          "p: paired t test over seeds, on accuracy corrected by Holm for %zu test%s; each "
          "interval is by itself. flip p: exact randomization of signs, uncorrected, at least "
          "2^(1 - seeds). BCa: bootstrap, too narrow for few seeds. images p: McNemar's exact "
          "test, image by image over all seeds, corrected by Holm: would other images show it?",
          comparison->n_tests, comparison->n_tests > 1 ? "s" : "");
}

void verdicts_sentence(FILE *out, const Comparison *comparison) {
  fprintf(out, "Verdicts on %saccuracy (%slevel %g):", evaluated_word(comparison),
          most_pairs(comparison) == 1 ? "McNemar's exact test, corrected by Holm, " : "",
          COMPARISON_LEVEL);
}

void seeds_sentence(FILE *out, const Comparison *comparison) {
  int has_plan = 0;
  for (size_t i = 0; i < comparison->n_differences; i++)
    has_plan |= comparison->differences[i].verdict == VERDICT_NOT_SEPARABLE &&
                comparison->differences[i].n_pairs > 1;
  if (has_plan)
    fprintf(out,
            "Seeds needed: for power %g of that t test at level %g / %zu, if the differences "
            "deviate as those seen.",
            COMPARISON_POWER, COMPARISON_LEVEL, comparison->n_tests);
}

void one_seed_sentence(FILE *out, const Comparison *comparison) {
  if (most_pairs(comparison) == 1) {
    fputs("One seed each: these trained networks are compared, not the norms.", out);
    return;
  }
  size_t n = 0;
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *d = &comparison->differences[i];
    if (d->n_pairs == 1)
      fprintf(out, "%s%s", n++ ? ", " : "With one seed alone: ", d->variant->name);
  }
  if (n > 0) fputs(": there, two trained networks are compared, not the norms.", out);
}

void chosen_sentence(FILE *out, const Comparison *comparison) {
  if (!comparison->options.baseline && comparison->n_tests > 1)
    fputs("The best is the baseline because of these very results, so the tests of all pairs are "
          "counted; with a baseline chosen beforehand (--baseline) there are fewer.",
          out);
}
