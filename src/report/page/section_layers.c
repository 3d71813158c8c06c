#include "sections.h"

#include "layers.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    char label[LAYER_LABEL];
    layer_label(label, page->plots, k);
    table_cell(table, "%s", label);
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

static const Variant *variant_of(const Page *page, size_t i) {
  return &page->comparison->variants.variant[i];
}

static int is_same(const char *a, const char *b) {
  return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether two variants have the same layers, apart from their norms. */
static int share_layers(const Page *page, size_t i, size_t k) {
  const LayerRow *a = layer_rows(page->plots, variant_of(page, i));
  const LayerRow *b = layer_rows(page->plots, variant_of(page, k));
  size_t n = layers_of(page->plots, variant_of(page, i));
  if (!a || !b || n != layers_of(page->plots, variant_of(page, k))) return 0;
  for (size_t r = 0; r < n; r++)
    if (!is_same(a[r].number, b[r].number) || (!a[r].number && !is_same(a[r].name, b[r].name)) ||
        a[r].n_weights != b[r].n_weights || !is_same(a[r].operation, b[r].operation) ||
        !is_same(a[r].shape, b[r].shape))
      return 0;
  return 1;
}

/* Whether their norms are the same, too. */
static int share_norms(const Page *page, size_t i, size_t k) {
  const LayerRow *a = layer_rows(page->plots, variant_of(page, i));
  const LayerRow *b = layer_rows(page->plots, variant_of(page, k));
  if (!share_layers(page, i, k)) return 0;
  for (size_t r = 0; r < layers_of(page->plots, variant_of(page, i)); r++)
    if (!is_same(a[r].norm, b[r].norm) || a[r].n_norm != b[r].n_norm) return 0;
  return 1;
}

typedef int Shares(const Page *page, size_t i, size_t k);

/* Whether no variant before shares this with it. */
static int is_new(const Page *page, size_t i, Shares *shares) {
  if (!layer_rows(page->plots, variant_of(page, i))) return 0;
  for (size_t k = 0; k < i; k++)
    if (shares(page, k, i)) return 0;
  return 1;
}

static size_t count(const Page *page, size_t i, Shares *shares) {
  size_t n = 0;
  for (size_t k = 0; k < page->plots->n_variants; k++) n += shares(page, i, k);
  return n;
}

/* The names of those that share this with variant i; "all" of all. */
static void print_names(const Page *page, size_t i, Shares *shares) {
  const char *comma = "";
  if (count(page, i, shares) == page->plots->n_variants) {
    fputs("all variants", page->out);
    return;
  }
  for (size_t k = 0; k < page->plots->n_variants; k++) {
    if (!shares(page, i, k)) continue;
    fputs(comma, page->out);
    html_text(page->out, variant_of(page, k)->name);
    comma = ", ";
  }
}

void page_layer_names(const Page *page) {
  size_t n = 0;
  for (size_t i = 0; i < page->plots->n_variants; i++) {
    size_t more = layers_of(page->plots, variant_of(page, i));
    if (more > n) n = more;
  }
  int is_common = n > 0 && count(page, 0, share_layers) == page->plots->n_variants;
  for (size_t k = 0; k < n; k++) {
    char label[LAYER_LABEL];
    layer_label(label, page->plots, k);
    fputs("<li>", page->out);
    html_text(page->out, label);
    const LayerRow *row = is_common ? &layer_rows(page->plots, variant_of(page, 0))[k] : NULL;
    if (row && row->operation) html_print(page->out, " %s", row->operation);
    fputs("</li>", page->out);
  }
}

static void text_cell(FILE *out, const char *text) {
  fputs("<td>", out);
  html_text(out, text && text[0] ? text : "-");
  fputs("</td>", out);
}

static void count_cell(FILE *out, int64_t n) {
  if (n < 0)
    fputs("<td class=\"n\">-</td>", out);
  else
    fprintf(out, "<td class=\"n\">%" PRId64 "</td>", n);
}

static void print_row(const Page *page, size_t first, size_t r) {
  FILE *out = page->out;
  char label[LAYER_LABEL];
  const LayerRow *row = &layer_rows(page->plots, variant_of(page, first))[r];
  layer_label(label, page->plots, r);
  fputs("<tr><th scope=\"row\">", out);
  html_text(out, label);
  fputs("</th>", out);
  text_cell(out, row->operation ? row->operation : row->name);
  text_cell(out, row->shape);
  count_cell(out, row->n_weights);
  for (size_t i = first; i < page->plots->n_variants; i++) {
    if (!share_layers(page, first, i) || !is_new(page, i, share_norms)) continue;
    row = &layer_rows(page->plots, variant_of(page, i))[r];
    text_cell(out, row->norm);
    count_cell(out, row->norm && row->norm[0] ? row->n_norm : -1);
  }
  fputs("</tr>\n", out);
}

/* The layers of the variants that share those of variant i, with a pair of columns for each choice
 * of norms. */
static void print_layer_table(const Page *page, size_t i) {
  static const char label[] = "What the numbers of layers stand for";
  FILE *out = page->out;
  page_scroll(page, label);
  fprintf(out, "<table>\n<caption><span>%s: ", label);
  print_names(page, i, share_layers);
  fputs("</span></caption>\n<thead><tr><th scope=\"col\">layer</th><th scope=\"col\">operation</th>"
        "<th scope=\"col\">output</th><th scope=\"col\" class=\"n\">weights</th>",
        out);
  for (size_t k = i; k < page->plots->n_variants; k++) {
    if (!share_layers(page, i, k) || !is_new(page, k, share_norms)) continue;
    fputs("<th scope=\"col\">norm of ", out);
    print_names(page, k, share_norms);
    fputs("</th><th scope=\"col\" class=\"n\">its parameters</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t r = 0; r < layers_of(page->plots, variant_of(page, i)); r++) print_row(page, i, r);
  fputs("</tbody>\n</table>\n", out);
  page_scroll_end(page);
}

static const Plot *first_map(const Page *page, int quantity) {
  const Plot *plot = NULL;
  for (size_t i = 0; i < page->plots->n_variants && !plot; i++)
    plot = plots_find(page->plots, "%s-%zu", LAYER_WORDS[quantity].name, i + 1);
  return plot;
}

/* The colours that all maps of a quantity share: both ends and the middle. */
static void print_scale(const Page *page, const Plot *plot) {
  FILE *out = page->out;
  double from = plot->colours_from, to = plot->colours_to;
  fputs("<div class=\"scale\"><span style=\"background:linear-gradient(to right", out);
  for (int i = 0; i < N_PALETTE_STOPS; i++)
    fprintf(out, ",%s %g%%", MAP_PALETTE[i].colour, 100 * MAP_PALETTE[i].at);
  fprintf(out, ")\"></span><span>%.3g</span><span>%.3g</span><span>%.3g</span></div>\n", from,
          sqrt(from * to), to);
}

static void print_maps(const Page *page, int quantity) {
  const LayerWords *words = &LAYER_WORDS[quantity];
  const Plot *first = first_map(page, quantity);
  if (!first) return;
  fprintf(page->out, "<h4>%s</h4>\n", words->title);
  print_scale(page, first);
  fputs("<div class=\"grid maps\">\n", page->out);
  for (size_t i = 0; i < page->plots->n_variants; i++) {
    const Variant *variant = &page->comparison->variants.variant[i];
    page_figure(page, plots_find(page->plots, "%s-%zu", words->name, i + 1), variant->name);
  }
  fputs("</div>\n", page->out);
}

static void print_all_maps(const Page *page) {
  int n = 0;
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) n += first_map(page, i) != NULL;
  if (n == 0) return;
  fputs("<h3>By epoch</h3>\n", page->out);
  page_fold(page, "Maps of layers and epochs");
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) print_maps(page, i);
  page_fold_end(page);
}

Status section_layers(const Page *page) {
  size_t n_layers = 0;
  for (size_t i = 0; i < page->plots->n_variants; i++)
    n_layers += layers_of(page->plots, &page->comparison->variants.variant[i]);
  if (n_layers == 0) {
    page_missing(page, "No finished run stores statistics of its layers.");
    return status_ok();
  }
  page_paragraph(
      page, "What the normalization does to activations and gradients, on the last "
            "batch of an epoch: mean and standard deviation of what goes into the norm "
            "and of what comes out of it, and the norm of the gradient of the layer's "
            "parameters. Layers are those with weights or a norm, in the order of the network. "
            "Lines are means over seeds, bands reach from the smallest to the largest; "
            "the maps of a quantity share one scale.");
  for (size_t i = 0; i < page->plots->n_variants; i++)
    if (is_new(page, i, share_layers)) print_layer_table(page, i);
  page_legend(page);
  fputs("<h3>After the last epoch</h3>\n<div class=\"grid\">\n", page->out);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++)
    page_figure(page, plots_find(page->plots, "%s", LAYER_WORDS[i].name), NULL);
  fputs("</div>\n<details><summary>The numbers</summary>\n", page->out);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) TRY(print_layers(page, i));
  fputs("</details>\n", page->out);
  print_all_maps(page);
  return status_ok();
}
