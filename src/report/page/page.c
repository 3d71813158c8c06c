#include "report/page.h"

#include "base/log.h"
#include "base/version.h"
#include "gnuplot.h"
#include "page_css.h"
#include "page_js.h"
#include "sections.h"
#include "store/file.h"
#include "store/replace.h"
#include "sweep_figure.h"
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
    {"tuning", "Tuning", section_tuning, page_has_tuning},
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
  char *text = NULL;
  if (sentence_text(&text, subject_sentence, page->comparison).code == STATUS_OK)
    html_text(page->out, text);
  free(text);
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

/* Whether a text ends so. */
static int ends_in(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n > m && strcmp(text + n - m, end) == 0;
}

static Status check_picture(const PageOptions *options) {
  const char *file = options->picture;
  if (!options->figure)
    return status_error(STATUS_USAGE,
                        "--picture: a picture of what? Give --plot, as in --plot error:norm");
  if (!ends_in(file, ".svg") && !ends_in(file, ".png"))
    return status_error(STATUS_USAGE, "--picture %.400s: expected a name that ends in .svg or .png",
                        file);
  return file_replace_check(file);
}

/* Splits "error:norm"; the caller frees both. *key is NULL where there is none. */
static Status split_figure(char **metric, char **key, const char *figure) {
  const char *colon = strchr(figure, ':');
  *metric = colon ? strndup(figure, (size_t)(colon - figure)) : strdup(figure);
  *key = colon ? strdup(colon + 1) : NULL;
  if (*metric && (*key || !colon)) return status_ok();
  free(*metric);
  free(*key);
  return status_error(STATUS_MEMORY, "--plot: no memory");
}

static Status check_figure(const char *figure) {
  char *metric, *key;
  TRY(split_figure(&metric, &key, figure));
  Status status = metric_find(metric) ? status_ok() : figure_refuse_metric(metric);
  free(metric);
  free(key);
  if (status.code == STATUS_OK) return status;
  return status_error(STATUS_USAGE, "--plot %.100s: %.400s", figure, status.text);
}

Status page_check(const PageOptions *options) {
  const int draws = options->html || options->plots || options->picture;
  if (options->figure && !draws)
    return status_error(STATUS_USAGE,
                        "--plot %.100s: where to? Give --picture FILE, --html or --plots",
                        options->figure);
  if (options->figure) TRY(check_figure(options->figure));
  if (options->picture) TRY(check_picture(options));
  if (draws)
    TRY(gnuplot_check(options->html ? "--html" : options->picture ? "--picture" : "--plots"));
  if (options->html) TRY(file_replace_check(options->html));
  return options->plots ? result_make_folder(options->plots) : status_ok();
}

/* Adds the figure that is asked for, unless it is there, and finds it. */
static Status add_figure(const Plot **plot, Plots *plots, const char *figure) {
  char *metric, *key, name[2 * RUN_TEXT];
  *plot = NULL;
  TRY(split_figure(&metric, &key, figure));
  const char *full = key ? sweep_find_key(&plots->comparison->variants, key) : "variant";
  snprintf(name, sizeof name, "%s-by-%s", metric, full ? full : "");
  *plot = plots_find(plots, "%s", name);
  Status status = *plot ? status_ok()
                  : key ? plots_add_sweep(plots, plots->comparison, name, metric, key)
                        : plots_add_forest(plots, name, metric);
  free(metric);
  free(key);
  *plot = plots_find(plots, "%s", name);
  if (status.code == STATUS_OK && plots->is_broken)
    status = status_error(STATUS_MEMORY, "no memory for plots");
  if (status.code == STATUS_OK || status.code == STATUS_MEMORY) return status;
  return status_error(status.code, "--plot %.100s: %.800s", figure, status.text);
}

static Status write_picture(const Comparison *comparison, const Evaluations *evaluations,
                            const PageOptions *options) {
  Plots plots = {.comparison = comparison, .evaluations = evaluations};
  const Plot *plot;
  const PictureKind kind = ends_in(options->picture, ".png") ? PICTURE_PNG : PICTURE_SVG;
  int wanted[PICTURE_KINDS] = {0};
  wanted[kind] = 1;
  Status status = add_figure(&plot, &plots, options->figure);
  if (status.code == STATUS_OK) status = plots_draw(&plots, wanted);
  if (status.code == STATUS_OK)
    status = file_replace(options->picture, plot->picture[kind], plot->bytes[kind]);
  if (status.code == STATUS_OK) log_note("the picture is %s", options->picture);
  plots_free(&plots);
  return status;
}

Status page_write(const Comparison *comparison, const Details *details,
                  const Evaluations *evaluations, const Comparison *tuning,
                  const PageOptions *options) {
  Plots plots;
  const Plot *plot;
  if (options->picture) TRY(write_picture(comparison, evaluations, options));
  if (!options->html && !options->plots) return status_ok();
  const int wanted[PICTURE_KINDS] = {[PICTURE_PAGE] = options->html != NULL,
                                     [PICTURE_SVG] = options->plots != NULL,
                                     [PICTURE_PNG] = options->plots != NULL};
  TRY(plots_make(&plots, comparison, details, evaluations, tuning));
  Status status = options->figure && comparison->baseline
                      ? add_figure(&plot, &plots, options->figure)
                      : status_ok();
  if (status.code == STATUS_OK) status = plots_draw(&plots, wanted);
  if (status.code == STATUS_OK && options->html) status = write_page(&plots, options->html);
  if (status.code == STATUS_OK && options->plots) status = write_plots(&plots, options->plots);
  plots_free(&plots);
  return status;
}
