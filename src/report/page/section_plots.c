#include "sections.h"

#include "layers.h"
#include "series.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *find(const char *from, const char *end, const char *what) {
  return from < end ? memmem(from, (size_t)(end - from), what, strlen(what)) : NULL;
}

/* What gnuplot has drawn, without its names of groups, which would not be unique on a page. */
static void print_drawing(FILE *out, const Plot *plot) {
  static const char defs_end[] = "</defs>", group[] = "<g id=\"", title_end[] = "</title>";
  const char *at = plot->picture[PICTURE_PAGE], *end = at + plot->bytes[PICTURE_PAGE];
  const char *drawing = find(at, end, defs_end);
  at = drawing ? drawing + strlen(defs_end) : at;
  end -= strlen("</svg>");
  for (const char *next; (next = find(at, end, group));) {
    fwrite(at, 1, (size_t)(next - at), out);
    fputs("<g>", out);
    const char *title = find(next, end, title_end);
    at = title ? title + strlen(title_end) : next + strlen(group);
  }
  fwrite(at, 1, (size_t)(end - at), out);
}

void page_figure(const Page *page, const Plot *plot, const char *caption) {
  FILE *out = page->out;
  if (!plot) return;
  fprintf(out,
          "<figure class=\"plot\">\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
          "aria-labelledby=\"%s-title %s-text\">\n<title id=\"%s-title\">",
          plot->width, plot->height, plot->name, plot->name, plot->name);
  html_text(out, plot->title);
  fprintf(out, "</title><desc id=\"%s-text\">", plot->name);
  html_text(out, plot->description);
  fputs("</desc>\n<g>", out);
  print_drawing(out, plot);
  fputs("</svg>\n<figcaption>", out);
  html_text(out, caption ? caption : plot->title);
  fputs("</figcaption>\n</figure>\n", out);
}

void page_markers(const Page *page) {
  if (page->plots->n == 0) return;
  const Plot *plot = &page->plots->plot[0];
  const char *at = plot->picture[PICTURE_PAGE], *end = at + plot->bytes[PICTURE_PAGE];
  const char *first = find(at, end, "<defs>"), *last = find(at, end, "<filter");
  if (!last) last = find(at, end, "</defs>");
  if (!first || !last) return;
  fputs("<svg class=\"markers\" width=\"0\" height=\"0\" aria-hidden=\"true\">", page->out);
  fwrite(first, 1, (size_t)(last - first), page->out);
  fputs("</defs></svg>\n", page->out);
}

void page_colours(const Page *page) {
  for (int i = 0; i < N_SERIES_COLOURS; i++) {
    const Colour *c = &SERIES_COLOURS[i];
    char colour[24];
    snprintf(colour, sizeof colour, "rgb(%3d, %3d, %3d)", c->red, c->green, c->blue);
    fprintf(
        page->out,
        ".c%d,.plot [color=\"%s\"]{color:var(--c%d)}\n.plot [stroke=\"%s\"]{stroke:var(--c%d)}\n"
        ".plot [fill=\"%s\"]{fill:var(--c%d)}\n",
        i + 1, colour, i + 1, colour, i + 1, colour, i + 1);
  }
}

static void begin_legend(FILE *out) {
  fputs("<ul class=\"legend\" role=\"list\" aria-label=\"Legend\">\n", out);
}

/* The i-th line. */
static void legend_item(FILE *out, size_t i, const char *name) {
  Series series = series_of(i);
  fprintf(out,
          "<li><svg class=\"c%d\" viewBox=\"0 0 44 14\" aria-hidden=\"true\"><path d=\"M0 7H44\" "
          "stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"%s\"/><use "
          "href=\"#gpPt%d\" transform=\"translate(22 7) scale(4.5)\"/></svg>",
          series.colour + 1, series.dashes, series.point - 1);
  html_text(out, name);
  fputs("</li>\n", out);
}

void page_legend(const Page *page) {
  FILE *out = page->out;
  const Variants *variants = &page->comparison->variants;
  begin_legend(out);
  for (size_t i = 0; i < page->plots->n_variants; i++)
    legend_item(out, i, variants->variant[i].name);
  fputs("</ul>\n", out);
  if (page_finished(page) > page->plots->n_variants)
    page_paragraph(page, "Drawn are the %zu best of %zu variants.", page->plots->n_variants,
                   page_finished(page));
}

Status section_curves(const Page *page) {
  static const char *const names[] = {"accuracy", "accuracy-train", "loss", "loss-train"};
  int n = 0;
  for (int i = 0; i < 4; i++) n += plots_find(page->plots, "%s", names[i]) != NULL;
  if (n == 0) {
    page_missing(page, "No finished run stores its epochs.");
    return status_ok();
  }
  page_paragraph(page, "Lines are means over seeds; bands reach from the smallest to the largest "
                       "seed. Axes are logarithmic, that of the accuracy by the share that is "
                       "wrong.");
  page_legend(page);
  fputs("<div class=\"grid\">\n", page->out);
  for (int i = 0; i < 4; i++) page_figure(page, plots_find(page->plots, "%s", names[i]), NULL);
  fputs("</div>\n", page->out);
  return status_ok();
}

static void print_groups(const Page *page) {
  const Plot *plot = plots_find(page->plots, "groups");
  if (!plot) return;
  fprintf(page->out, "<h3>%s</h3>\n", plot->title);
  page_paragraph(page, "Batch norm takes its statistics over so many samples of a step; the other "
                       "norms know no batch and are level lines. Means over seeds, bands are 95 %% "
                       "t intervals of the mean; the axis of the error is logarithmic.");
  begin_legend(page->out);
  for (size_t i = 0; plots_group_line(page->plots, i); i++)
    legend_item(page->out, i, plots_group_line(page->plots, i));
  fputs("</ul>\n", page->out);
  page_figure(page, plot, NULL);
}

Status section_final(const Page *page) {
  const Plot *plot = plots_find(page->plots, "final");
  if (!plot) {
    page_missing(page, "No run is finished.");
    return status_ok();
  }
  static const char caption[] =
      "Large marks: means over seeds, with 95 % t intervals of the mean (one seed has none). Small "
      "rings: the seeds. Best on top. Intervals that overlap are no test; the verdicts are.";
  static const char cut[] = " An arrow and its numbers stand for what is far to the left.";
  char text[sizeof caption + sizeof cut];
  snprintf(text, sizeof text, "%s%s", caption, plot->is_cut ? cut : "");
  page_figure(page, plot, text);
  print_groups(page);
  return status_ok();
}

static void free_titles(char **titles, size_t n) {
  for (size_t i = 0; i < n; i++) free(titles[i]);
  free(titles);
}

/* "<layer", then the names of the variants; a blank keeps one that begins with "<" as it is. */
static Status make_titles(char ***made, const Page *page) {
  const Variants *variants = &page->comparison->variants;
  size_t n = page->plots->n_variants;
  char **titles = calloc(n + 1, sizeof *titles);
  int failed = !titles || !(titles[0] = strdup("<layer"));
  for (size_t i = 0; i < n && !failed; i++)
    if (asprintf(&titles[i + 1], " %s", variants->variant[i].name) < 0) {
      titles[i + 1] = NULL;
      failed = 1;
    }
  *made = titles;
  if (!failed) return status_ok();
  if (titles) free_titles(titles, n + 1);
  return status_error(STATUS_MEMORY, "no memory for a table");
}

/* Layer by variant, after the last epoch. */
static Status print_layers(const Page *page, int quantity) {
  const Variants *variants = &page->comparison->variants;
  size_t n = page->plots->n_variants, n_layers = 0;
  char **titles;
  TRY(make_titles(&titles, page));
  Table *table = table_new((int)n + 1, (const char *const *)titles);
  for (size_t i = 0; i < n; i++) {
    size_t more = layers_of(page->plots, &variants->variant[i]);
    if (more > n_layers) n_layers = more;
  }
  for (size_t k = 0; k < n_layers; k++) {
    table_cell(table, "%zu", k + 1);
    for (size_t i = 0; i < n; i++) {
      const Variant *v = &variants->variant[i];
      ValueBand band = band_of(page->plots, v, layer_value, quantity, epochs_of(v) - 1, k);
      table_number(table, "%.4g", band.mean);
    }
  }
  char caption[128];
  snprintf(caption, sizeof caption, "%s after the last epoch, mean over seeds",
           LAYER_WORDS[quantity].title);
  Status status = page_table(page, table, caption);
  free_titles(titles, n + 1);
  return status;
}

static void print_maps(const Page *page, int quantity) {
  const LayerWords *words = &LAYER_WORDS[quantity];
  if (!plots_find(page->plots, "%s-1", words->name)) return;
  fprintf(page->out, "<h4>%s</h4>\n<div class=\"grid maps\">\n", words->title);
  for (size_t i = 0; i < page->plots->n_variants; i++) {
    const Variant *variant = &page->comparison->variants.variant[i];
    page_figure(page, plots_find(page->plots, "%s-%zu", words->name, i + 1), variant->name);
  }
  fputs("</div>\n", page->out);
}

Status section_layers(const Page *page) {
  size_t n_layers = 0;
  for (size_t i = 0; i < page->plots->n_variants; i++)
    n_layers += layers_of(page->plots, &page->comparison->variants.variant[i]);
  if (n_layers == 0) {
    page_missing(page, "No finished run stores statistics of its layers.");
    return status_ok();
  }
  page_paragraph(page, "What the normalization does to activations and gradients, on the last "
                       "batch of an epoch: mean and standard deviation of what goes into the norm "
                       "and of what comes out of it, and the norm of the gradient of the layer's "
                       "parameters. Layers are those with weights, in the order of the network. "
                       "Lines are means over seeds, bands reach from the smallest to the largest; "
                       "the maps of a quantity share one scale.");
  page_legend(page);
  fputs("<h3>After the last epoch</h3>\n<div class=\"grid\">\n", page->out);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++)
    page_figure(page, plots_find(page->plots, "%s", LAYER_WORDS[i].name), NULL);
  fputs("</div>\n<details><summary>The numbers</summary>\n", page->out);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) TRY(print_layers(page, i));
  fputs("</details>\n<h3>By epoch</h3>\n", page->out);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) print_maps(page, i);
  return status_ok();
}

static void print_phase_legend(const Page *page, const Detail *phases) {
  fputs("<ul class=\"legend\" role=\"list\" aria-label=\"Phases, from left to right\">\n",
        page->out);
  for (int p = 0; p < phases->n_phases; p++) {
    fprintf(page->out,
            "<li><svg class=\"c%d\" viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M1 1H13V13"
            "H1z\" fill=\"currentColor\"/></svg>",
            p % N_SERIES_COLOURS + 1);
    html_text(page->out, phases->phases[p].name);
    fputs("</li>\n", page->out);
  }
  fputs("</ul>\n", page->out);
}

Status section_time(const Page *page) {
  const Detail *phases = plots_phases(page->plots);
  const Variants *variants = &page->comparison->variants;
  if (!phases) {
    page_missing(page, "No finished run stores its time by phase.");
    return status_ok();
  }
  page_paragraph(page, "Seconds an epoch in each phase: medians over epochs, means over processes "
                       "and seeds. Bars show the phases in the order of the legend, from left to "
                       "right.");
  print_phase_legend(page, phases);
  page_figure(page, plots_find(page->plots, "time"), NULL);
  const char *titles[DETAIL_MAX_PHASES + 1] = {"<variant"};
  for (int p = 0; p < phases->n_phases; p++) titles[p + 1] = phases->phases[p].name;
  Table *table = table_new(phases->n_phases + 1, titles);
  for (size_t i = 0; i < page_finished(page); i++) {
    const Variant *v = &variants->variant[i];
    table_cell(table, "%s", v->name);
    for (int p = 0; p < phases->n_phases; p++)
      table_number(table, "%.3f", band_of(page->plots, v, phase_value, 0, (size_t)p, 0).mean);
  }
  return page_table(page, table, "Seconds an epoch by phase");
}
