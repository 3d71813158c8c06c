#ifndef NORMLAB_REPORT_PAGE_H
#define NORMLAB_REPORT_PAGE_H
/* A comparison as a page of HTML, and its plots as files. Not collective. */
#include "report/comparison.h"
#include "report/detail.h"

typedef struct PageOptions {
  const char *html;  /* file of the page; NULL for none */
  const char *plots; /* folder of the plots, made if it is missing; NULL for none */
} PageOptions;

/* Before any work: whether gnuplot is there and the page can be put in its place; makes the folder.
 * STATUS_FILE otherwise. */
Status page_check(const PageOptions *options) MUST_CHECK;

/* Writes what the options ask for and says by log_note what it has written. One page holds all
 * (pictures, styles, plots), so it can be opened, sent and printed without anything beside it; what
 * comes from files is escaped. Sections whose data no run has say so. Every file is replaced as a
 * whole (store/replace.h). STATUS_FILE: a file cannot be written; STATUS_FAILED: gnuplot;
 * STATUS_MEMORY.
 *
 * Plots are NAME.svg and NAME.png: accuracy, accuracy-train, loss, loss-train (lines: means over
 * seeds; bands: from the smallest to the largest), final, layers-QUANTITY, layers-QUANTITY-N (the
 * N-th variant by epoch), time. */
Status page_write(const Comparison *comparison, const Details *details,
                  const PageOptions *options) MUST_CHECK;

#endif
