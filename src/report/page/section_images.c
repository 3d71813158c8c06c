#include "sections.h"

#include "base/memory.h"
#include "mistakes.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { SHOWN = 10, MOST_CLASSES = 50 };

/* The names of classes by the first run that has any: of a variant or, if that is NULL, of all. */
static const ClassNames *names_of(const Page *page, const Variant *variant) {
  static const ClassNames NONE = {.n = 0};
  const Comparison *comparison = page->comparison;
  for (size_t i = 0; variant && i < variant->n_runs; i++)
    if (variant->runs[i]->classes.n > 0) return &variant->runs[i]->classes;
  for (size_t i = 0; !variant && i < comparison->n_runs; i++)
    if (comparison->runs[i].classes.n > 0) return &comparison->runs[i].classes;
  return &NONE;
}

static Status print_mistake(const Page *page, const Mistake *m, const Mistakes *of,
                            const ClassNames *names) {
  char words[200 + 2 * CLASS_LABEL], share[32] = "", label[CLASS_LABEL], prediction[CLASS_LABEL];
  class_label(label, names, m->label);
  class_label(prediction, names, m->prediction);
  if (!isnan(m->probability)) snprintf(share, sizeof share, ", %.0f\u00a0%%", 100 * m->probability);
  snprintf(words, sizeof words, "Image %zu: a %s, taken for %s by %zu of %zu%s", m->image, label,
           prediction, m->n_wrong, of->n_runs, share);
  fputs("<li><figure>", page->out);
  if (m->pixels)
    TRY(page_picture(page, m->pixels, m->set->c, m->set->h, m->set->w, words));
  else
    fputs("<span class=\"none\">no pixels</span>", page->out);
  fputs("<figcaption><b>", page->out);
  html_text(page->out, label);
  fputs("</b> as <b>", page->out);
  html_text(page->out, prediction);
  fprintf(page->out, "</b><br>%zu of %zu%s<br><small>no. %zu</small></figcaption></figure></li>\n",
          m->n_wrong, of->n_runs, share, m->image);
  return status_ok();
}

static Status print_gallery(const Page *page, const Mistakes *mistakes, const char *label,
                            const ClassNames *names) {
  if (mistakes->n == 0) return status_ok();
  fputs("<ul class=\"gallery\" role=\"list\" aria-label=\"", page->out);
  html_text(page->out, label);
  fputs("\">\n", page->out);
  for (size_t i = 0; i < mistakes->n; i++)
    TRY(print_mistake(page, &mistakes->mistake[i], mistakes, names));
  fputs("</ul>\n", page->out);
  return status_ok();
}

static Status print_variant(const Page *page, const Variant *variant) {
  Mistakes mistakes;
  TRY(mistakes_find(&mistakes, page->comparison, page->details, variant, SHOWN));
  fputs("<section class=\"card\"><h3>", page->out);
  html_text(page->out, variant->name);
  fputs("</h3>\n", page->out);
  Status status = status_ok();
  if (mistakes.n_runs == 0) {
    page_missing(page, "No run of this variant stores predictions.");
  } else if (mistakes.n_any == 0) {
    page_paragraph(page, "All images are classified right.");
  } else {
    page_paragraph(page, "%zu images are misclassified by some run, %zu by %s.", mistakes.n_any,
                   mistakes.n_all, mistakes.n_runs > 1 ? "all of them" : "the only one");
    status = print_gallery(page, &mistakes, variant->name, names_of(page, variant));
  }
  fputs("</section>\n", page->out);
  mistakes_free(&mistakes);
  return status;
}

static Status print_common(const Page *page) {
  Mistakes mistakes;
  TRY(mistakes_find(&mistakes, page->comparison, page->details, NULL, 2 * SHOWN));
  Status status = status_ok();
  fputs("<h3>Wrong in every run</h3>\n", page->out);
  if (mistakes.is_mixed) {
    page_missing(page, "The runs were evaluated on different images: none to be wrong in all.");
  } else if (mistakes.n_runs == 0) {
    page_missing(page, "No finished run stores predictions.");
  } else {
    page_paragraph(page, "%zu image%s misclassified by all %zu runs of all variants%s.",
                   mistakes.n_all, mistakes.n_all == 1 ? " is" : "s are", mistakes.n_runs,
                   mistakes.n_all > mistakes.n ? "; these have the largest loss" : "");
    status = print_gallery(page, &mistakes, "Wrong in every run", names_of(page, NULL));
  }
  mistakes_free(&mistakes);
  return status;
}

static size_t count_predictions(const Variant *variant) {
  size_t n = 0;
  for (size_t i = 0; i < variant->n_runs; i++) n += variant->runs[i]->n_test > 0;
  return n;
}

Status section_mistakes(const Page *page) {
  size_t n = 0;
  for (size_t i = 0; i < page_finished(page); i++)
    n += count_predictions(&page->comparison->variants.variant[i]);
  if (n == 0) {
    page_missing(page, "No finished run stores predictions.");
    return status_ok();
  }
  page_paragraph(page, "True class, and the class that most of the runs take it for instead; how "
                       "many runs are wrong, and the mean probability of that class in those that "
                       "take it for that; the number of the image in its file, from 0. First those "
                       "that most runs get wrong, and of "
                       "these those with the largest loss.");
  fputs("<div class=\"cards\">\n", page->out);
  for (size_t i = 0; i < page_finished(page); i++)
    TRY(print_variant(page, &page->comparison->variants.variant[i]));
  fputs("</div>\n", page->out);
  return print_common(page);
}

/* Classes as far as labels and predictions tell; 0 if one is negative or there are too many. */
static int count_classes(const Page *page) {
  int32_t most = -1;
  for (size_t i = 0; i < page->comparison->n_runs; i++) {
    const Run *run = &page->comparison->runs[i];
    for (size_t k = 0; k < run->n_test; k++) {
      if (run->label[k] < 0 || run->prediction[k] < 0) return 0;
      if (run->label[k] > most) most = run->label[k];
      if (run->prediction[k] > most) most = run->prediction[k];
    }
  }
  return most < MOST_CLASSES ? most + 1 : 0;
}

/* A head of a row or column: short, with the whole name where the pointer rests. */
static void print_class(const Page *page, const ClassNames *names, int k, int is_row) {
  char label[CLASS_LABEL];
  const char *name = class_name(names, k);
  fputs(is_row ? "<th scope=\"row\"" : "<th scope=\"col\" class=\"n\"", page->out);
  if (name) {
    fputs(" title=\"", page->out);
    html_text(page->out, name);
    fputs("\"", page->out);
  }
  fputs(">", page->out);
  html_text(page->out, class_label(label, is_row ? names : &(ClassNames){.n = 0}, k));
  fputs("</th>", page->out);
}

static void print_matrix(const Page *page, const uint64_t *matrix, int n, const ClassNames *names) {
  uint64_t most = 1;
  for (int i = 0; i < n * n; i++)
    if (i / n != i % n && matrix[i] > most) most = matrix[i];
  fputs("<thead><tr><th scope=\"col\">true</th>", page->out);
  for (int k = 0; k < n; k++) print_class(page, names, k, 0);
  fputs("<th scope=\"col\" class=\"n\">all</th></tr></thead>\n<tbody>\n", page->out);
  for (int i = 0; i < n; i++) {
    uint64_t sum = 0;
    fputs("<tr>", page->out);
    print_class(page, names, i, 1);
    for (int k = 0; k < n; k++) {
      uint64_t count = matrix[i * n + k];
      sum += count;
      if (i == k)
        fprintf(page->out, "<td class=\"n right\">%" PRIu64 "</td>", count);
      else if (count == 0)
        fputs("<td class=\"n zero\">0</td>", page->out);
      else
        fprintf(page->out, "<td class=\"n\" style=\"--s:%" PRIu64 "\">%" PRIu64 "</td>",
                (100 * count + most - 1) / most, count);
    }
    fprintf(page->out, "<td class=\"n\">%" PRIu64 "</td></tr>\n", sum);
  }
  fputs("</tbody>\n</table>\n", page->out);
}

/* What a matrix of n classes takes in units of its letters, so that it fits its place: a bold
 * digit is 0.7 wide, a cell has 0.84 beside them, and the names of the rows have 3.4, or 0.65 for
 * each letter. */
static int width_of_matrix(uint64_t all, int n, const ClassNames *names) {
  char label[CLASS_LABEL];
  double longest = 0;
  int n_digits = snprintf(NULL, 0, "%" PRIu64, all / (uint64_t)n);
  for (int k = 0; k < n; k++) {
    double letters = 0;
    class_label(label, names, k);
    for (const char *at = label; *at; at++) letters += ((unsigned char)*at & 0xc0) != 0x80;
    longest = fmax(longest, letters);
  }
  return (int)ceil((n + 1) * (0.71 * n_digits + 0.84) + fmax(3.4, 0.65 * longest + 1));
}

static Status print_confusion(const Page *page, const Variant *variant, int n) {
  uint64_t *matrix, wrong = 0, all = 0;
  size_t n_runs = count_predictions(variant);
  fputs("<section class=\"card\"><h3>", page->out);
  html_text(page->out, variant->name);
  fputs("</h3>\n", page->out);
  if (n_runs == 0) {
    page_missing(page, "No run of this variant stores predictions.");
    fputs("</section>\n", page->out);
    return status_ok();
  }
  TRY(memory_allocate(&matrix, (size_t)(n * n), sizeof *matrix, "a confusion matrix"));
  for (size_t r = 0; r < variant->n_runs; r++)
    for (size_t i = 0; i < variant->runs[r]->n_test; i++) {
      const Run *run = variant->runs[r];
      matrix[run->label[i] * n + run->prediction[i]]++;
      wrong += run->label[i] != run->prediction[i];
      all++;
    }
  char label[256];
  snprintf(label, sizeof label, "Confusion matrix of %.200s", variant->name);
  page_scroll(page, label);
  fprintf(page->out, "<table class=\"confusion\" style=\"--wide:%d\">\n<caption><span>",
          width_of_matrix(all, n, names_of(page, variant)));
  html_print(page->out, "%s: %zu run%s, %" PRIu64 " of %" PRIu64 " wrong; columns: predicted",
             variant->name, n_runs, n_runs == 1 ? "" : "s", wrong, all);
  fputs("</span></caption>\n", page->out);
  print_matrix(page, matrix, n, names_of(page, variant));
  page_scroll_end(page);
  fputs("</section>\n", page->out);
  free(matrix);
  return status_ok();
}

Status section_confusion(const Page *page) {
  size_t n_predictions = 0;
  for (size_t i = 0; i < page_finished(page); i++)
    n_predictions += count_predictions(&page->comparison->variants.variant[i]);
  int n = count_classes(page);
  if (n_predictions == 0 || n == 0) {
    page_missing(page,
                 n_predictions == 0 ? "No finished run stores predictions."
                                    : "The classes are not 0, 1, .. and at most %d.",
                 MOST_CLASSES);
    return status_ok();
  }
  page_paragraph(
      page, "How many images of a class (row) are taken for which class (column), "
            "summed over seeds. The more, the stronger the colour; right ones are underlined.");
  fputs("<div class=\"cards\">\n", page->out);
  for (size_t i = 0; i < page_finished(page); i++)
    TRY(print_confusion(page, &page->comparison->variants.variant[i], n));
  fputs("</div>\n", page->out);
  return status_ok();
}
