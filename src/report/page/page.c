#include "report/page.h"

#include "base/log.h"
#include "base/version.h"
#include "gnuplot.h"
#include "page_css.h"
#include "page_js.h"
#include "sections.h"
#include "store/file.h"
#include "store/replace.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* has: whether a page has the section; NULL: every page has it, and where nothing is known it says
 * so. */
static const struct {
  const char *id, *title;
  Section *print;
  int (*has)(const Page *page);
} SECTIONS[] = {
    {"result", "Result", section_result, NULL},
    {"curves", "Training curves", section_curves, NULL},
    {"probes", "Probes", section_probes, page_has_probes},
    {"layers", "Layers", section_layers, NULL},
    {"mistakes", "Misclassified images", section_mistakes, NULL},
    {"confusion", "Confusion matrices", section_confusion, NULL},
    {"time", "Time", section_time, NULL},
    {"configuration", "Configuration", section_config, NULL},
    {"machine", "Machine", section_machine, NULL},
    {"runs", "Runs", section_runs, NULL},
};
enum { N_SECTIONS = sizeof SECTIONS / sizeof *SECTIONS };

static int has_section(const Page *page, int i) {
  return !SECTIONS[i].has || SECTIONS[i].has(page);
}

static void print_escaped(const Page *page, const char *before, const char *format, va_list list) {
  char *text;
  if (vasprintf(&text, format, list) < 0) return;
  fputs(before, page->out);
  html_text(page->out, text);
  fputs("</p>\n", page->out);
  free(text);
}

void page_paragraph(const Page *page, const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_escaped(page, "<p>", format, list);
  va_end(list);
}

void page_missing(const Page *page, const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_escaped(page, "<p class=\"none\">", format, list);
  va_end(list);
}

void page_scroll(const Page *page, const char *label) {
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", page->out);
  html_text(page->out, label);
  fputs("\">\n", page->out);
}

void page_scroll_end(const Page *page) {
  fputs("</div>\n", page->out);
}

void page_fold(const Page *page, const char *summary) {
  fputs("<details class=\"paper\"><summary>", page->out);
  html_text(page->out, summary);
  fputs("</summary>\n", page->out);
}

void page_fold_end(const Page *page) {
  fputs("</details>\n", page->out);
}

Status page_table(const Page *page, Table *table, const char *caption) {
  page_scroll(page, caption);
  Status status = table_finish_html(table, page->out, caption);
  page_scroll_end(page);
  return status;
}

size_t page_finished(const Page *page) {
  return variants_finished(&page->comparison->variants);
}

/* "s6 on MNIST", of the best. */
static void print_subject(const Page *page) {
  const Comparison *comparison = page->comparison;
  const Run *run = comparison->baseline     ? comparison->baseline->example
                   : comparison->n_runs > 0 ? &comparison->runs[0]
                                            : NULL;
  if (run && run->name[0]) html_print(page->out, "%s", run->name);
  if (run && run->data[0]) html_print(page->out, "%s%s", run->name[0] ? " on " : "", run->data);
  if (!run || (!run->name[0] && !run->data[0])) fputs("Comparison", page->out);
}

static void print_head(const Page *page) {
  FILE *out = page->out;
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>normlab: ",
        out);
  print_subject(page);
  fputs("</title>\n<style>\n", out);
  fwrite(PAGE_CSS, 1, sizeof PAGE_CSS, out);
  page_colours(page);
  fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n<header>\n"
        "<p class=\"kind\">normlab compare</p>\n<h1>",
        out);
  print_subject(page);
  const Comparison *comparison = page->comparison;
  size_t n_finished = 0;
  for (size_t i = 0; i < comparison->n_runs; i++)
    n_finished += comparison->runs[i].state == RUN_FINISHED;
  fputs("</h1>\n", out);
  page_paragraph(page, "%zu variant%s, %zu run%s, %zu of them finished.", comparison->variants.n,
                 comparison->variants.n == 1 ? "" : "s", comparison->n_runs,
                 comparison->n_runs == 1 ? "" : "s", n_finished);
  fputs("</header>\n<nav aria-label=\"Contents\"><ol>\n", out);
  for (int i = 0; i < N_SECTIONS; i++)
    if (has_section(page, i))
      fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", SECTIONS[i].id, SECTIONS[i].title);
  fputs("</ol></nav>\n<main id=\"main\">\n", out);
}

/* What series and layers are called, for the script. */
static void print_lists(const Page *page) {
  FILE *out = page->out;
  const Variants *variants = &page->comparison->variants;
  fputs("<ul data-names=\"variants\" hidden>", out);
  for (size_t i = 0; i < variants->n; i++) {
    fputs("<li>", out);
    html_text(out, variants->variant[i].name);
    fputs("</li>", out);
  }
  fputs("</ul>\n<ul data-names=\"layers\" hidden>", out);
  page_layer_names(page);
  fputs("</ul>\n", out);
}

static Status print_page(const Page *page) {
  print_head(page);
  page_markers(page);
  print_lists(page);
  for (int i = 0; i < N_SECTIONS; i++) {
    if (!has_section(page, i)) continue;
    fprintf(page->out,
            "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n<h2 id=\"%s-heading\">"
            "%s</h2>\n",
            SECTIONS[i].id, SECTIONS[i].id, SECTIONS[i].id, SECTIONS[i].title);
    TRY(SECTIONS[i].print(page));
    fputs("</section>\n", page->out);
  }
  fputs("</main>\n<footer>\n", page->out);
  page_paragraph(page, "Made by normlab %s (%s) and gnuplot from the result files alone.",
                 version_number(), version_commit());
  fputs("</footer>\n<script>\n", page->out);
  fwrite(PAGE_JS, 1, sizeof PAGE_JS, page->out);
  fputs("</script>\n</body>\n</html>\n", page->out);
  return status_ok();
}

static Status write_page(const Plots *plots, const char *file) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "%s: no memory for the page", file);
  Page page = {out, plots->comparison, plots->details, plots};
  Status status = print_page(&page);
  if (fclose(out) != 0 && status.code == STATUS_OK)
    status = status_error(STATUS_MEMORY, "%s: no memory for the page", file);
  if (status.code == STATUS_OK) status = file_replace(file, text, bytes);
  free(text);
  if (status.code == STATUS_OK) log_note("the page is %s", file);
  return status;
}

static Status note_plots(const Plots *plots, const char *folder) {
  char *names = NULL;
  size_t bytes;
  FILE *list = open_memstream(&names, &bytes);
  if (!list) return status_error(STATUS_MEMORY, "%s: no memory for its files", folder);
  for (size_t i = 0; i < plots->n; i++) fprintf(list, "%s%s", i ? ", " : "", plots->plot[i].name);
  if (fclose(list) == 0 && plots->n > 0)
    log_note("plots in %s, each as .svg and .png: %s", folder, names);
  if (plots->n == 0) log_note("%s: no plots, as no run is finished", folder);
  free(names);
  return status_ok();
}

static Status write_plots(const Plots *plots, const char *folder) {
  static const char *const endings[] = {[PICTURE_SVG] = "svg", [PICTURE_PNG] = "png"};
  for (size_t i = 0; i < plots->n; i++)
    for (int kind = PICTURE_SVG; kind <= PICTURE_PNG; kind++) {
      const Plot *plot = &plots->plot[i];
      char *path;
      if (asprintf(&path, "%s/%s.%s", folder, plot->name, endings[kind]) < 0)
        return status_error(STATUS_MEMORY, "%s: no memory for its files", folder);
      Status status = file_replace(path, plot->picture[kind], plot->bytes[kind]);
      free(path);
      if (status.code != STATUS_OK) return status;
    }
  return note_plots(plots, folder);
}

Status page_check(const PageOptions *options) {
  if (options->html || options->plots) TRY(gnuplot_check(options->html ? "--html" : "--plots"));
  if (options->html) TRY(file_replace_check(options->html));
  return options->plots ? result_make_folder(options->plots) : status_ok();
}

Status page_write(const Comparison *comparison, const Details *details,
                  const PageOptions *options) {
  Plots plots;
  if (!options->html && !options->plots) return status_ok();
  const int wanted[PICTURE_KINDS] = {[PICTURE_PAGE] = options->html != NULL,
                                     [PICTURE_SVG] = options->plots != NULL,
                                     [PICTURE_PNG] = options->plots != NULL};
  TRY(plots_make(&plots, comparison, details));
  Status status = plots_draw(&plots, wanted);
  if (status.code == STATUS_OK && options->html) status = write_page(&plots, options->html);
  if (status.code == STATUS_OK && options->plots) status = write_plots(&plots, options->plots);
  plots_free(&plots);
  return status;
}
