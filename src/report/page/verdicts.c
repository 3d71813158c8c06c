#include "sections.h"

#include <stdlib.h>

/* A row of the table: a verdict, and which way it goes. Best first. */
static const struct {
  const char *class;
  Verdict verdict;
  int sign; /* of the difference; 0: either */
} ROWS[] = {
    {"better", VERDICT_BETTER, 0},
    {"separated", VERDICT_SEPARATED, 1},
    {"equivalent", VERDICT_EQUIVALENT, 0},
    {"undecided", VERDICT_UNDECIDED, 0},
    {"separated", VERDICT_SEPARATED, -1},
    {"worse", VERDICT_WORSE, 0},
    {"none", VERDICT_NONE, 0},
};
enum { N_ROWS = sizeof ROWS / sizeof *ROWS };

static int is_in_row(const Difference *difference, int row) {
  double effect = difference->effect[ENDPOINT_ACCURACY].means.difference;
  return difference->verdict == ROWS[row].verdict &&
         (ROWS[row].sign == 0 || (effect > 0) == (ROWS[row].sign > 0));
}

const char *page_verdict_class(const Difference *difference) {
  int row = 0;
  while (row + 1 < N_ROWS && !is_in_row(difference, row)) row++;
  return ROWS[row].class;
}

/* What a function writes about a difference, escaped. */
typedef void Words(FILE *out, const Comparison *comparison, const Difference *difference);

static Status print_words(const Page *page, Words *words, const Difference *difference) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "no memory for a verdict");
  words(out, page->comparison, difference);
  int failed = fclose(out) != 0;
  if (!failed) html_text(page->out, text);
  free(text);
  return failed ? status_error(STATUS_MEMORY, "no memory for a verdict") : status_ok();
}

static void effect_words(FILE *out, const Comparison *comparison, const Difference *difference) {
  (void)comparison;
  if (difference->is_comparable) verdict_effect(out, difference);
}

static Status print_row(const Page *page, int row) {
  const Comparison *comparison = page->comparison;
  const Difference *first = NULL;
  size_t n = 0;
  for (size_t i = 0; i < comparison->n_differences; i++)
    if (is_in_row(&comparison->differences[i], row) && n++ == 0)
      first = &comparison->differences[i];
  if (!first) return status_ok();
  fprintf(page->out, "<tr class=\"%s\"><th scope=\"row\">", ROWS[row].class);
  TRY(print_words(page, verdict_phrase, first));
  fprintf(page->out, "</th><td class=\"n\">%zu</td><td><ul role=\"list\">", n);
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *difference = &comparison->differences[i];
    if (!is_in_row(difference, row)) continue;
    fputs("<li>", page->out);
    html_text(page->out, difference->variant->name);
    fputs(" <small>", page->out);
    TRY(print_words(page, effect_words, difference));
    fputs("</small></li>", page->out);
  }
  fputs("</ul></td></tr>\n", page->out);
  return status_ok();
}

Status page_verdict_groups(const Page *page) {
  static const char label[] = "Verdicts, with the difference in points and its 95 % interval";
  page_scroll(page, label);
  fputs("<table class=\"groups\">\n", page->out);
  html_caption(page->out, label);
  fputs("<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\" class=\"n\">n</th>"
        "<th scope=\"col\">variants</th></tr></thead>\n<tbody>\n",
        page->out);
  for (int row = 0; row < N_ROWS; row++) TRY(print_row(page, row));
  fputs("</tbody>\n</table>\n", page->out);
  page_scroll_end(page);
  return status_ok();
}

Status page_verdict(const Page *page, const char *tag, const Difference *difference) {
  fprintf(page->out, "<%s class=\"verdict %s\">", tag, page_verdict_class(difference));
  TRY(print_words(page, verdict_print, difference));
  fprintf(page->out, "</%s>\n", tag);
  return status_ok();
}
