#ifndef NORMLAB_REPORT_SECTIONS_H
#define NORMLAB_REPORT_SECTIONS_H
/* The parts of a page. Each writes what comes below its heading. */
#include "comparison_tables.h"
#include "markup.h"
#include "plots.h"

typedef struct Page {
  FILE *out; /* in memory */
  const Comparison *comparison;
  const Details *details;
  const Plots *plots;
} Page;

typedef Status Section(const Page *page);
Section section_result, section_curves, section_final, section_mistakes, section_confusion,
    section_layers, section_time, section_config, section_machine, section_runs;

/* <p> with escaped text. */
void page_paragraph(const Page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What is missing, and why. */
void page_missing(const Page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A box that wide tables scroll in, and its end. */
void page_scroll(const Page *page, const char *label);
void page_scroll_end(const Page *page);
/* An existing table, in such a box. */
Status page_table(const Page *page, Table *table, const char *caption) MUST_CHECK;

/* A plot as a figure; a sentence where there is none. caption may be NULL for the plot's title. */
void page_figure(const Page *page, const Plot *plot, const char *caption);
/* Markers that plots and legends refer to; once a page. */
void page_markers(const Page *page);
/* Which line is which variant. */
void page_legend(const Page *page);
/* Colours of plots as variables of the style sheet. */
void page_colours(const Page *page);

/* <img> of pixels [c][h][w], c 1 or 3, as PNG within the page. */
Status page_picture(const Page *page, const uint8_t *pixels, int c, int h, int w,
                    const char *alternative) MUST_CHECK;

/* Variants with finished runs, which come first in the ranking. */
size_t page_finished(const Page *page);

#endif
