#ifndef NORMLAB_REPORT_PAGE_H
#define NORMLAB_REPORT_PAGE_H
/* Writes a comparison as a page of HTML, and its plots as files. Not collective. */
#include "report/comparison.h"
#include "report/detail.h"

typedef struct PageOptions {
  const char *html;  /* the file of the page; NULL for no page */
  const char *plots; /* the folder of the plots, which is made if it is missing; NULL for no
                        files of plots */
} PageOptions;

/* Checks before any work that gnuplot is there and that the page can be put in its place, and
 * makes the folder. Returns STATUS_FILE otherwise. */
Status page_check(const PageOptions *options) MUST_CHECK;

/* Writes what the options ask for, and says by log_note() what it has written. The page contains
 * everything that it shows (pictures, styles, plots), so it can be opened, sent and printed
 * without anything beside it. Text that comes from files is escaped. A section whose data no run
 * has says so. Every file is replaced as a whole (store/replace.h). Returns STATUS_FILE if a file
 * cannot be written, STATUS_FAILED if gnuplot fails, or STATUS_MEMORY.
 *
 * Plots are files NAME.svg and NAME.png, where NAME is accuracy, accuracy-train, loss or
 * loss-train (a line is the mean over the seeds, and its band goes from the smallest to the
 * largest value), final, layers-QUANTITY, layers-QUANTITY-N (the N-th variant by epoch), or time.
 */
Status page_write(const Comparison *comparison, const Details *details,
                  const PageOptions *options) MUST_CHECK;

#endif
