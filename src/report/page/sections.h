#ifndef NORMLAB_REPORT_SECTIONS_H
#define NORMLAB_REPORT_SECTIONS_H
/* The sections of a page. Each writes what comes below its heading. Not collective. */
#include "comparison_tables.h"
#include "plots.h"
#include "report/markup.h"

typedef struct Page {
  FILE *out; /* a stream in memory */
  const Comparison *comparison;
  const Details *details;
  const Plots *plots;
} Page;

typedef Status Section(const Page *page);
Section section_result, section_curves, section_probes, section_tuning, section_mistakes,
    section_confusion, section_layers, section_time, section_config, section_machine, section_runs;

/* Writes a paragraph <p> with printf-style text, which is escaped. */
void page_paragraph(const Page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Writes a paragraph about what is missing, and why. */
void page_missing(const Page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Begin and end a box in which wide tables scroll. */
void page_scroll(const Page *page, const char *label);
void page_scroll_end(const Page *page);
/* Writes a table in such a box, and frees it. */
Status page_table(const Page *page, Table *table, const char *caption) MUST_CHECK;

/* Writes a plot as a figure, or a sentence in its place if there is none. If caption is NULL, the
 * plot's title is the caption. */
void page_figure(const Page *page, const Plot *plot, const char *caption);
/* Writes the markers that plots and legends refer to, once for each page. */
void page_markers(const Page *page);
/* Writes the legend: which line is which variant. */
void page_legend(const Page *page);
/* Begins a legend of a figure's series, which the caller ends by </ul>. */
void page_legend_begin(const Page *page, PlotSeries series, const char *label);
/* Writes its i-th line. */
void page_legend_item(const Page *page, size_t i, const char *name);
/* Writes the colours of plots as variables of the style sheet. */
void page_colours(const Page *page);

/* Writes a verdict as a sentence in an element with this tag, and all of them as a table of what is
 * better, equivalent, worse and so on. page_verdict_class() returns what the style sheet calls
 * it. */
Status page_verdict(const Page *page, const char *tag, const Difference *difference) MUST_CHECK;
Status page_verdict_groups(const Page *page) MUST_CHECK;
const char *page_verdict_class(const Difference *difference);
/* Returns whether any run has what probes saw. */
int page_has_probes(const Page *page);
/* Returns whether there is a plot of the tuning. */
int page_has_tuning(const Page *page);
/* Writes items of a list: what layers are called, by their number and operation where all variants
 * share them. */
void page_layer_names(const Page *page);
/* Writes the figures along the keys in which variants differ. */
void page_sweeps(const Page *page);
/* Begins and ends a part that is folded up on the screen, but not on paper. */
void page_fold(const Page *page, const char *summary);
void page_fold_end(const Page *page);

/* Writes pixels [c][h][w], where c is 1 or 3, as an <img> whose PNG is within the page. */
Status page_picture(const Page *page, const uint8_t *pixels, int c, int h, int w,
                    const char *alternative) MUST_CHECK;

/* Returns the number of variants with finished runs, which come first in the ranking. */
size_t page_finished(const Page *page);

#endif
