#include "sections.h"

#include <stdlib.h>

static Status print_sentence(const Page *page, Sentence *sentence) {
  char *text;
  TRY(sentence_text(&text, sentence, page->comparison));
  if (text[0]) page_paragraph(page, "%s", text);
  free(text);
  return status_ok();
}

static Status print_table(const Page *page, Sentence *sentence, Table *table) {
  char *caption = NULL;
  Status status = sentence_text(&caption, sentence, page->comparison);
  Status printed = page_table(page, table, caption ? caption : "");
  free(caption);
  return status.code == STATUS_OK ? printed : status;
}

static void print_final(const Page *page) {
  const Plot *plot = plots_find(page->plots, "final");
  static const char caption[] =
      "Large marks: means over seeds, with 95 % t intervals of the mean (one seed has none). Small "
      "rings: the seeds. Best on top. Intervals that overlap are no test; the verdicts are.";
  static const char clipped[] = " One that reaches the edge goes on beyond it.";
  static const char cut[] = " An arrow and its numbers stand for what is far to the left.";
  char text[sizeof caption + sizeof clipped + sizeof cut];
  if (!plot) return;
  snprintf(text, sizeof text, "%s%s%s", caption, plot->is_clipped ? clipped : "",
           plot->is_cut ? cut : "");
  page_figure(page, plot, text);
}

/* What fits the first screen: the verdict on the first of the ranking that is not the baseline, how
 * it was found, and the picture. */
static Status print_answer(const Page *page) {
  const Comparison *comparison = page->comparison;
  fputs("<div class=\"answer\">\n<div class=\"words\">\n", page->out);
  if (comparison->n_differences > 0) {
    TRY(print_sentence(page, verdicts_sentence));
    TRY(page_verdict(page, "p", &comparison->differences[0]));
  }
  TRY(print_sentence(page, data_sentence));
  fputs("</div>\n", page->out);
  print_final(page);
  if (comparison->n_differences > 1) {
    fputs("<div class=\"all\">\n", page->out);
    TRY(page_verdict_groups(page));
    fputs("</div>\n", page->out);
  }
  fputs("</div>\n", page->out);
  TRY(print_sentence(page, one_seed_sentence));
  return print_sentence(page, chosen_sentence);
}

static Status print_trends(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (comparison->trends.n == 0) return status_ok();
  fputs("<h3>Trends</h3>\n", page->out);
  TRY(print_sentence(page, trends_sentence));
  fputs("<ul class=\"trends\">\n", page->out);
  for (size_t i = 0; i < comparison->trends.n; i++) {
    char *text = NULL;
    size_t bytes;
    FILE *words = open_memstream(&text, &bytes);
    if (!words) return status_error(STATUS_MEMORY, "no memory for a trend");
    trend_print(words, comparison, &comparison->trends.trend[i]);
    int failed = fclose(words) != 0;
    fputs("<li>", page->out);
    html_text(page->out, failed ? "" : text);
    fputs("</li>\n", page->out);
    free(text);
    if (failed) return status_error(STATUS_MEMORY, "no memory for a trend");
  }
  fputs("</ul>\n", page->out);
  return status_ok();
}

static Status print_differences(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (!has_tests(comparison, ENDPOINT_ACCURACY)) return status_ok();
  TRY(print_table(page, accuracy_sentence, accuracy_table(comparison)));
  TRY(print_table(page, loss_sentence, loss_table(comparison)));
  if (has_tests(comparison, ENDPOINT_CALIBRATION))
    TRY(print_table(page, calibration_sentence, calibration_table(comparison)));
  TRY(print_sentence(page, tests_sentence));
  if (!has_images(comparison)) return status_ok();
  return print_table(page, images_sentence, images_table(comparison));
}

/* Every verdict as a sentence, and the tests behind it. */
static Status print_verdicts(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (comparison->n_differences == 0) return status_ok();
  page_fold(page, "Verdicts in words, and their tests");
  fputs("<ul class=\"verdicts\" role=\"list\">\n", page->out);
  for (size_t i = 0; i < comparison->n_differences; i++)
    TRY(page_verdict(page, "li", &comparison->differences[i]));
  fputs("</ul>\n", page->out);
  TRY(print_differences(page));
  page_fold_end(page);
  return status_ok();
}

static void print_notes(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (comparison->notes.n == 0) return;
  fputs("<h3>Notes</h3>\n<ul class=\"notes\">\n", page->out);
  for (size_t i = 0; i < comparison->notes.n; i++) {
    fputs("<li>", page->out);
    html_text(page->out, comparison->notes.text[i]);
    fputs("</li>\n", page->out);
  }
  fputs("</ul>\n", page->out);
}

/* Where names are numbers: what they stand for. */
static void print_names(const Page *page) {
  const Variants *variants = &page->comparison->variants;
  if (!variants->is_numbered) return;
  fputs("<dl class=\"names\">\n", page->out);
  for (size_t i = 0; i < variants->n; i++) {
    fputs("<dt>", page->out);
    html_text(page->out, variants->variant[i].name);
    fputs("</dt><dd>", page->out);
    html_text(page->out, variants->variant[i].keys);
    fputs("</dd>\n", page->out);
  }
  fputs("</dl>\n", page->out);
}

Status section_result(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (!comparison->baseline) {
    TRY(print_sentence(page, data_sentence));
    TRY(print_sentence(page, none_sentence));
    print_notes(page);
    return status_ok();
  }
  TRY(print_answer(page));
  TRY(print_table(page, results_sentence, results_table(comparison)));
  print_names(page);
  page_sweeps(page);
  TRY(print_trends(page));
  print_notes(page);
  TRY(print_verdicts(page));
  page_fold(page, "Training: parameters, epochs and seconds");
  TRY(print_table(page, training_sentence, training_table(comparison)));
  page_fold_end(page);
  return status_ok();
}

Status section_runs(const Page *page) {
  Table *table;
  TRY(runs_table(&table, page->comparison));
  page_fold(page, "All runs");
  TRY(page_table(page, table, "Runs, best first; the notes say which are left out and why"));
  page_fold_end(page);
  return status_ok();
}
