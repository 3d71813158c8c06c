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

/* A sentence about a difference, or about a trend. */
static Status print_verdict(const Page *page, const Difference *difference, const Trend *trend) {
  char *text = NULL;
  size_t bytes;
  FILE *words = open_memstream(&text, &bytes);
  if (!words) return status_error(STATUS_MEMORY, "no memory for a verdict");
  if (difference) verdict_print(words, page->comparison, difference);
  if (trend) trend_print(words, page->comparison, trend);
  int failed = fclose(words) != 0;
  if (!failed) {
    static const char *const classes[] = {
        [VERDICT_NONE] = "none",           [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse",         [VERDICT_EQUIVALENT] = "equivalent",
        [VERDICT_SEPARATED] = "separated", [VERDICT_UNDECIDED] = "undecided"};
    fprintf(page->out, "<li class=\"%s\">", difference ? classes[difference->verdict] : "trend");
    html_text(page->out, text);
    fputs("</li>\n", page->out);
  }
  free(text);
  return failed ? status_error(STATUS_MEMORY, "no memory for a verdict") : status_ok();
}

static Status print_verdicts(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (comparison->n_differences == 0) return status_ok();
  fputs("<h3>Verdicts</h3>\n", page->out);
  TRY(print_sentence(page, verdicts_sentence));
  fputs("<ul class=\"verdicts\" role=\"list\">\n", page->out);
  for (size_t i = 0; i < comparison->n_differences; i++)
    TRY(print_verdict(page, &comparison->differences[i], NULL));
  fputs("</ul>\n", page->out);
  TRY(print_sentence(page, one_seed_sentence));
  return print_sentence(page, chosen_sentence);
}

static Status print_trends(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (comparison->trends.n == 0) return status_ok();
  fputs("<h3>Trends</h3>\n", page->out);
  TRY(print_sentence(page, trends_sentence));
  fputs("<ul class=\"verdicts\" role=\"list\">\n", page->out);
  for (size_t i = 0; i < comparison->trends.n; i++)
    TRY(print_verdict(page, NULL, &comparison->trends.trend[i]));
  fputs("</ul>\n", page->out);
  return status_ok();
}

static Status print_differences(const Page *page) {
  const Comparison *comparison = page->comparison;
  if (!has_tests(comparison, ENDPOINT_ACCURACY)) return status_ok();
  fputs("<h3>Differences</h3>\n", page->out);
  TRY(print_table(page, accuracy_sentence, accuracy_table(comparison)));
  TRY(print_table(page, loss_sentence, loss_table(comparison)));
  if (has_tests(comparison, ENDPOINT_CALIBRATION))
    TRY(print_table(page, calibration_sentence, calibration_table(comparison)));
  TRY(print_sentence(page, tests_sentence));
  if (!has_images(comparison)) return status_ok();
  return print_table(page, images_sentence, images_table(comparison));
}

static void print_list(const Page *page, const char *title) {
  const Comparison *comparison = page->comparison;
  if (comparison->notes.n == 0) return;
  fprintf(page->out, "<h3>%s</h3>\n<ul class=\"notes\">\n", title);
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
  TRY(print_sentence(page, data_sentence));
  if (!comparison->baseline) {
    TRY(print_sentence(page, none_sentence));
    print_list(page, "Notes");
    return status_ok();
  }
  TRY(print_table(page, results_sentence, results_table(comparison)));
  print_names(page);
  TRY(print_verdicts(page));
  TRY(print_trends(page));
  print_list(page, "Notes");
  TRY(print_differences(page));
  fputs("<h3>Training</h3>\n", page->out);
  return print_table(page, training_sentence, training_table(comparison));
}

Status section_runs(const Page *page) {
  Table *table;
  TRY(runs_table(&table, page->comparison));
  return page_table(page, table, "Runs, best first; the notes say which are left out and why");
}
