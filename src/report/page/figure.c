#include "sections.h"

#include "series.h"
#include <string.h>

static const char *find(const char *from, const char *end, const char *what) {
  return from < end ? memmem(from, (size_t)(end - from), what, strlen(what)) : NULL;
}

static int begins(const char *at, const char *end, const char *what) {
  size_t n = strlen(what);
  return (size_t)(end - at) >= n && memcmp(at, what, n) == 0;
}

/* Where the tag at this place ends, if it opens a group of nothing; otherwise `at`. */
static const char *after_empty_group(const char *at, const char *end) {
  static const char open[] = "<g fill", close[] = "</g>";
  const char *inside = begins(at, end, open) ? find(at, end, ">") : NULL;
  if (!inside) return at;
  for (inside++; inside < end && strchr(" \t\r\n", *inside);) inside++;
  return begins(inside, end, close) ? inside + strlen(close) : at;
}

/* What is there by default, or comes from the group around the drawing or from the style sheet. */
static const char *after_default(const char *at, const char *end) {
  static const char *const defaults[] = {" stroke-linecap=\"butt\"",
                                         " stroke-linejoin=\"miter\"",
                                         " font-family=\"sans-serif\"",
                                         " font-size=\"13.00\"",
                                         " fill=\"none\"",
                                         " color=\"black\"",
                                         " color=\"white\"",
                                         " color=\"gray\"",
                                         " stroke=\"currentColor\"",
                                         " stroke=\"black\"",
                                         " stroke='black'",
                                         "\t"};
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    if (begins(at, end, defaults[i])) return at + strlen(defaults[i]);
  return at;
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The second decimal of a coordinate is less than anyone sees. */
static int is_second_decimal(const char *at, const char *begin, const char *end) {
  return at - begin > 3 && end - at > 1 && is_digit(at[0]) && !is_digit(at[1]) &&
         is_digit(at[-1]) && at[-2] == '.' && is_digit(at[-3]);
}

/* Opens the group of the next element of the plot command, or another one with a name. */
static const char *print_group(FILE *out, const Plot *plot, const char *at, const char *end,
                               size_t *n) {
  static const char element[] = "<g id=\"gnuplot_plot_", title_end[] = "</title>";
  const char *title = find(at, end, title_end);
  if (begins(at, end, element) && *n < plot->n_elements)
    fprintf(out, "<g data-series=\"%d\">", plot->element[(*n)++]);
  else
    fputs("<g>", out);
  return title ? title + strlen(title_end) : end;
}

/* What gnuplot has drawn: without names of groups, which would not be unique on a page, and without
 * what says nothing. */
static void print_drawing(FILE *out, const Plot *plot) {
  static const char defs_end[] = "</defs>";
  const char *at = plot->picture[PICTURE_PAGE], *end = at + plot->bytes[PICTURE_PAGE];
  const char *drawing = find(at, end, defs_end);
  at = drawing ? drawing + strlen(defs_end) : at;
  end -= strlen("</svg>");
  const char *begin = at;
  size_t n = 0;
  int is_tag = 0;
  while (at < end) {
    const char *next = after_empty_group(at, end);
    if (next == at && is_tag) next = after_default(at, end);
    if (next == at && begins(at, end, "<g id=\"")) next = print_group(out, plot, at, end, &n);
    if (next == at) {
      is_tag = *at == '<' || (is_tag && *at != '>');
      if (!is_tag && strchr("\t\r\n", *at))
        ; /* between tags */
      else if (!is_tag || !is_second_decimal(at, begin, end))
        fputc(*at == '\n' ? ' ' : *at, out);
      next++;
    }
    at = next;
  }
}

static void print_data(FILE *out, const Plot *plot) {
  if (!plot->tips[0] || !plot->axes[0]) return;
  fprintf(out,
          "<script type=\"application/json\">{\"x\":\"%s\",\"axes\":[%s],\"log\":[%d,%d],"
          "\"tips\":[%s]}</script>\n",
          plot->x_name ? plot->x_name : "", plot->axes, plot->is_log_x, plot->is_log_y, plot->tips);
}

static const char *const SERIES_NAMES[] = {
    [SERIES_VARIANTS] = "variants", [SERIES_PHASES] = "phases"};

void page_figure(const Page *page, const Plot *plot, const char *caption) {
  static const char *const lookups[] = {[LOOKUP_X] = "x", [LOOKUP_Y] = "y", [LOOKUP_CELL] = "cell"};
  FILE *out = page->out;
  if (!plot) return;
  fprintf(out, "<figure class=\"plot%s\" data-lookup=\"%s\" data-legend=\"%s\">\n",
          plot->caption ? " wide" : "", lookups[plot->lookup], SERIES_NAMES[plot->series]);
  if (plot->caption) page_scroll(page, plot->title);
  fprintf(out,
          "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-text\">\n"
          "<title id=\"%s-title\">",
          plot->width, plot->height, plot->name, plot->name, plot->name);
  html_text(out, plot->title);
  fprintf(out, "</title><desc id=\"%s-text\">", plot->name);
  html_text(out, plot->description);
  fputs("</desc>\n<g fill=\"none\" stroke=\"currentColor\" font-size=\"13\">", out);
  print_drawing(out, plot);
  fputs("</svg>\n", out);
  if (plot->caption) page_scroll_end(page);
  fputs("<figcaption>", out);
  html_text(out, caption ? caption : plot->caption ? plot->caption : plot->title);
  fputs("</figcaption>\n", out);
  print_data(out, plot);
  fputs("</figure>\n", out);
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
  for (int i = 0; i < N_COLOURS; i++) {
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

void page_legend_begin(const Page *page, PlotSeries series, const char *label) {
  fprintf(page->out, "<ul class=\"legend\" role=\"list\" data-legend=\"%s\" aria-label=\"%s\">\n",
          SERIES_NAMES[series], label);
}

void page_legend_item(const Page *page, size_t i, const char *name) {
  Series series = series_of(i);
  fprintf(page->out,
          "<li><svg class=\"c%d\" viewBox=\"0 0 44 14\" aria-hidden=\"true\"><path d=\"M0 7H44\" "
          "stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"%s\"/><use "
          "href=\"#gpPt%d\" transform=\"translate(22 7) scale(4.5)\"/></svg><span>",
          series.colour + 1, series.dashes, series.point - 1);
  html_text(page->out, name);
  fputs("</span></li>\n", page->out);
}

void page_legend(const Page *page) {
  const Variants *variants = &page->comparison->variants;
  page_legend_begin(page, SERIES_VARIANTS, "Legend");
  for (size_t i = 0; i < page->plots->n_variants; i++)
    page_legend_item(page, i, variants->variant[i].name);
  fputs("</ul>\n", page->out);
  if (page_finished(page) > page->plots->n_variants)
    page_paragraph(page, "Drawn are the %zu best of %zu variants.", page->plots->n_variants,
                   page_finished(page));
}
