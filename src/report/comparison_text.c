#include "comparison_tables.h"

#include <stdlib.h>

enum { WIDTH = 100 };

/* A paragraph, or nothing. */
static Status say(FILE *out, Sentence *sentence, const Comparison *comparison) {
  char *text;
  TRY(sentence_text(&text, sentence, comparison));
  if (text[0]) text_print(out, 0, WIDTH, "%s", text);
  free(text);
  return status_ok();
}

static Status print_table(FILE *out, Sentence *sentence, const Comparison *comparison,
                          Table *table) {
  Status status = say(out, sentence, comparison);
  fputc('\n', out);
  Status finished = table_finish(table, out);
  return status.code == STATUS_OK ? finished : status;
}

static Status print_effects(FILE *out, const Comparison *comparison) {
  TRY(print_table(out, accuracy_sentence, comparison, accuracy_table(comparison)));
  fputc('\n', out);
  if (has_tests(comparison, ENDPOINT_LOSS)) {
    TRY(print_table(out, loss_sentence, comparison, loss_table(comparison)));
    fputc('\n', out);
  }
  if (has_tests(comparison, ENDPOINT_CALIBRATION)) {
    TRY(print_table(out, calibration_sentence, comparison, calibration_table(comparison)));
    fputc('\n', out);
  }
  TRY(say(out, tests_sentence, comparison));
  fputc('\n', out);
  if (has_images(comparison)) {
    TRY(print_table(out, images_sentence, comparison, images_table(comparison)));
    fputc('\n', out);
  }
  return status_ok();
}

/* A sentence about a difference, or about a trend. */
static Status print_verdict(FILE *out, const Comparison *comparison, const Difference *difference,
                            const Trend *trend) {
  char *words;
  size_t bytes;
  FILE *text = open_memstream(&words, &bytes);
  if (!text) return status_error(STATUS_MEMORY, "no memory for a verdict");
  if (difference) verdict_print(text, comparison, difference);
  if (trend) trend_print(text, comparison, trend);
  if (fclose(text) == 0) text_print(out, 2, WIDTH, "%s", words);
  free(words);
  return status_ok();
}

static Status print_differences(FILE *out, const Comparison *comparison) {
  fputc('\n', out);
  if (has_tests(comparison, ENDPOINT_ACCURACY)) TRY(print_effects(out, comparison));
  TRY(say(out, verdicts_sentence, comparison));
  for (size_t i = 0; i < comparison->n_differences; i++)
    TRY(print_verdict(out, comparison, &comparison->differences[i], NULL));
  TRY(say(out, one_seed_sentence, comparison));
  return say(out, chosen_sentence, comparison);
}

static Status print_trends(FILE *out, const Comparison *comparison) {
  if (comparison->trends.n == 0) return status_ok();
  fputc('\n', out);
  TRY(say(out, trends_sentence, comparison));
  for (size_t i = 0; i < comparison->trends.n; i++)
    TRY(print_verdict(out, comparison, NULL, &comparison->trends.trend[i]));
  return status_ok();
}

static void print_names(FILE *out, const Variants *variants) {
  fprintf(out, "\nVariants:\n");
  for (size_t i = 0; i < variants->n; i++)
    text_print(out, 2, WIDTH, "%s: %s", variants->variant[i].name, variants->variant[i].keys);
}

Status comparison_print(FILE *out, const Comparison *comparison) {
  const Variants *variants = &comparison->variants;
  TRY(say(out, data_sentence, comparison));
  if (comparison->baseline) {
    TRY(print_table(out, results_sentence, comparison, results_table(comparison)));
    fputc('\n', out);
    TRY(print_table(out, training_sentence, comparison, training_table(comparison)));
    if (variants->is_numbered) print_names(out, variants);
    if (comparison->n_differences > 0) TRY(print_differences(out, comparison));
    TRY(print_trends(out, comparison));
  } else {
    TRY(say(out, none_sentence, comparison));
    fputc('\n', out);
    TRY(comparison_print_runs(out, comparison));
  }
  if (comparison->notes.n > 0) fprintf(out, "\nNotes:\n");
  for (size_t i = 0; i < comparison->notes.n; i++)
    text_print(out, 2, WIDTH, "%s", comparison->notes.text[i]);
  return status_ok();
}

Status comparison_print_runs(FILE *out, const Comparison *comparison) {
  Table *table;
  TRY(runs_table(&table, comparison));
  return table_finish(table, out);
}
