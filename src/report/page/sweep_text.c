/* What stands in and below a figure. */
#include "comparison_tables.h"
#include "sweep_figure.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void figure_value_text(char text[SWEEP_TEXT], const Figure *figure, const SweepPoint *point) {
  if (!figure->sweep[0].is_number) {
    snprintf(text, SWEEP_TEXT, "%s", point->text);
    return;
  }
  snprintf(text, SWEEP_TEXT, "%g", point->value);
  char *exponent = strchr(text, 'e'); /* 1e-05 becomes 1e-5 */
  char *zeros = exponent ? exponent + 2 : text;
  size_t n = exponent ? strspn(zeros, "0") : 0;
  memmove(zeros, zeros + n, strlen(zeros + n) + 1);
}

static int is_norm(const Figure *figure) {
  return strcmp(figure->sweep[0].key, "network.norm") == 0;
}

static int all_cross_samples(const Figure *figure) {
  for (size_t i = 0; i < figure->sweep[0].n; i++) {
    const SweepLine *line = &figure->sweep[0].line[i];
    if (!line->is_level && !figure_crosses_samples(line)) return 0;
  }
  return 1;
}

/* "samples that share statistics (N of batch:N)" */
void figure_print_axis(FILE *out, const Figure *figure) {
  const Sweep *sweep = &figure->sweep[0];
  const int all_cross = all_cross_samples(figure);
  const char *before = all_cross ? "samples that share statistics (N of " : "N of ";
  if (!is_norm(figure)) {
    fputs(sweep->key, out);
    return;
  }
  for (size_t i = 0; i < sweep->n; i++) {
    double number;
    char kind[SWEEP_TEXT], other[SWEEP_TEXT];
    int is_new = !sweep->line[i].is_level &&
                 sweep_split(sweep->line[i].point[0].variant->norm, &number, kind);
    for (size_t k = 0; k < i && is_new; k++)
      if (!sweep->line[k].is_level &&
          sweep_split(sweep->line[k].point[0].variant->norm, &number, other))
        is_new = strcmp(kind, other) != 0;
    if (!is_new) continue;
    fprintf(out, "%s%s", before, kind);
    before = ", ";
  }
  if (all_cross) fputc(')', out);
}

void figure_metric_text(char text[SWEEP_TEXT], const Metric *metric, const Comparison *comparison) {
  snprintf(text, SWEEP_TEXT, "%s%s", metric->is_evaluated ? evaluated_word(comparison) : "",
           metric->title);
}

void figure_print_subject(FILE *out, const Metric *metric, const Comparison *comparison,
                          const char *by) {
  char text[SWEEP_TEXT], *subject = NULL;
  figure_metric_text(text, metric, comparison);
  text[0] = (char)toupper((unsigned char)text[0]);
  fprintf(out, "%s%s", text, by);
  if (sentence_text(&subject, subject_sentence, comparison).code == STATUS_OK)
    fprintf(out, ", %s", subject);
  free(subject);
}

void figure_print_title(FILE *out, const Figure *figure) {
  char by[SWEEP_TEXT];
  snprintf(by, sizeof by, " against %s",
           !is_norm(figure)            ? figure->sweep[0].key
           : all_cross_samples(figure) ? "samples that share statistics"
                                       : "the number in the norm");
  figure_print_subject(out, figure->metric, figure->comparison, by);
}

void figure_print_seeds(FILE *out, const size_t n_seeds[2]) {
  if (n_seeds[1] <= 1) {
    fputs("One seed each, so there are no intervals.", out);
    return;
  }
  fputs("Means over ", out);
  if (n_seeds[0] < n_seeds[1]) fprintf(out, "%zu to ", n_seeds[0]);
  fprintf(out, "%zu seeds with %g %% t intervals of the mean; small rings: single seeds.",
          n_seeds[1], 100 * VARIANT_CONFIDENCE);
}

void figure_print_failures(FILE *out, const Comparison *comparison) {
  const double failure = comparison->options.variants.failure;
  fputs(" Failed are runs that diverged", out);
  if (failure > 0) fprintf(out, " or stayed below %g %% accuracy", 100 * failure);
  fputs("; they are not in the means.", out);
}

void figure_print_caption(FILE *out, const Figure *figure) {
  char *data = NULL;
  figure_print_seeds(out, figure->n_seeds);
  if (figure->fails) figure_print_failures(out, figure->comparison);
  if (figure->fails)
    fputs(" Their share is drawn beneath. A cross stands where all have failed.", out);
  if (figure->n > FIGURE_MOST_LINES) fputs(" In grey: the lines of the other panels.", out);
  if (figure->marks_best)
    fputs(" Large rings: the best value of each line, among those without failures if there are "
          "any.",
          out);
  Sentence *sentence = figure->n_sweeps > 1 ? images_of_sentence : data_sentence;
  if (sentence_text(&data, sentence, figure->comparison).code == STATUS_OK && data[0])
    fprintf(out, " %s", data);
  free(data);
  if (figure->n_sweeps > 1)
    fputs(" Norms that cross samples are evaluated with the statistics that the legend names.",
          out);
}

static void describe_point(FILE *out, const Figure *figure, const FigureLine *line,
                           const SweepPoint *point) {
  char text[SWEEP_TEXT];
  const MetricValue value = metric_of_variant(figure->metric, point->variant);
  const char *format = figure->metric->format;
  figure_value_text(text, figure, point);
  if (!line->line->is_level) fprintf(out, " %s:", text);
  if (value.n > 0) {
    fputc(' ', out);
    fprintf(out, format, value.mean);
  }
  if (value.n > 1) {
    fputs(" (", out);
    fprintf(out, format, value.low);
    fputs(" to ", out);
    fprintf(out, format, value.high);
    fputc(')', out);
  }
  if (point->variant->n_failed > 0)
    fprintf(out, " %zu of %zu failed", point->variant->n_failed, point->variant->n_tried);
}

void figure_describe(FILE *out, const Figure *figure) {
  fprintf(out, "%s by line, in %s: ", figure->metric->title, figure->metric->unit);
  for (size_t i = 0; i < figure->n; i++) {
    const FigureLine *line = &figure->line[i];
    fprintf(out, "%s%s,", i ? ". " : "", line->name);
    for (size_t p = 0; p < line->line->n; p++) {
      fputs(p ? ";" : "", out);
      describe_point(out, figure, line, &line->line->point[p]);
    }
  }
  fputc('.', out);
}
