#include "sections.h"

#include "series.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

Status section_curves(const Page *page) {
  static const char *const names[] = {"accuracy", "accuracy-train", "loss", "loss-train",
                                      "loss-steps"};
  enum { N = sizeof names / sizeof *names };
  int n = 0;
  for (int i = 0; i < N; i++) n += plots_find(page->plots, "%s", names[i]) != NULL;
  if (n == 0) {
    page_missing(page, "No finished run stores several epochs, or its steps.");
    return status_ok();
  }
  page_paragraph(page, "Lines are means over seeds; bands reach from the smallest to the largest "
                       "seed. Axes are logarithmic, that of the accuracy by the share that is "
                       "wrong.");
  page_legend(page);
  fputs("<div class=\"grid\">\n", page->out);
  for (int i = 0; i < N; i++) page_figure(page, plots_find(page->plots, "%s", names[i]), NULL);
  fputs("</div>\n", page->out);
  return status_ok();
}

/* The figures along the keys in which variants differ. */
void page_sweeps(const Page *page) {
  for (size_t i = 0; i < page->plots->n; i++) {
    const Plot *plot = &page->plots->plot[i];
    if (strncmp(plot->name, SWEEP_PREFIX, strlen(SWEEP_PREFIX)) != 0) continue;
    fputs("<h3>", page->out);
    html_text(page->out, plot->title);
    fputs("</h3>\n", page->out);
    page_figure(page, plot, NULL);
  }
}

static void print_phase_legend(const Page *page, const Detail *phases) {
  page_legend_begin(page, SERIES_PHASES, "Phases, from left to right");
  for (int p = 0; p < phases->n_phases; p++) {
    fprintf(page->out,
            "<li><svg class=\"c%d\" viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M1 1H13V13"
            "H1z\" fill=\"currentColor\"/></svg><span>",
            p % N_SERIES_COLOURS + 1);
    html_text(page->out, phases->phases[p].name);
    fputs("</span></li>\n", page->out);
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
