#include "sections.h"

#include "probes.h"

int page_has_probes(const Page *page) {
  for (int i = 0; i < N_PROBE_PLOTS; i++)
    if (plots_find(page->plots, "%s", PROBE_PLOTS[i].lines.name)) return 1;
  return 0;
}

Status section_probes(const Page *page) {
  page_paragraph(page, "What was looked at in training before some of the steps. Lines and bands "
                       "are means over seeds; where nothing else is said, bands reach from the "
                       "smallest to the largest seed.");
  page_legend(page);
  fputs("<div class=\"grid\">\n", page->out);
  for (int i = 0; i < N_PROBE_PLOTS; i++) {
    const Plot *plot = plots_find(page->plots, "%s", PROBE_PLOTS[i].lines.name);
    if (!plot) continue;
    fputs("<div>\n", page->out);
    page_figure(page, plot, NULL);
    page_paragraph(page, "%s", PROBE_PLOTS[i].text);
    fputs("</div>\n", page->out);
  }
  fputs("</div>\n", page->out);
  return status_ok();
}
